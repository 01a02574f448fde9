//go:build tools

// Package istiocrds pins the module whose CustomResourceDefinitions test:cluster installs.
package istiocrds

import _ "istio.io/api/networking/v1"
