/**
 * Writes kubernetes.json and istio.json beside this file from the projects' own published schemas:
 *   node lib/sandbox/kube/schemas/generate.mjs SWAGGER_JSON ISTIO_CRDS_YAML
 * SWAGGER_JSON is api/openapi-spec/swagger.json of k8s.io/kubernetes v1.36.3, ISTIO_CRDS_YAML is
 * kubernetes/customresourcedefinitions.gen.yaml of istio.io/api v1.26.2 (both Apache-2.0).
 * Descriptions are dropped, and definitions that no kind of the sandbox reaches.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const kubernetesKinds = [
  'api.core.v1.Namespace',
  'api.core.v1.Node',
  'api.core.v1.Pod',
  'api.core.v1.Service',
  'api.core.v1.Endpoints',
  'api.core.v1.ConfigMap',
  'api.core.v1.Secret',
  'api.core.v1.ServiceAccount',
  'api.core.v1.Event',
  'api.core.v1.ResourceQuota',
  'api.core.v1.LimitRange',
  'api.core.v1.PersistentVolumeClaim',
  'api.apps.v1.Deployment',
  'api.apps.v1.ReplicaSet',
  'api.apps.v1.StatefulSet',
  'api.apps.v1.DaemonSet',
  'api.autoscaling.v1.Scale',
  'api.autoscaling.v2.HorizontalPodAutoscaler',
  'api.discovery.v1.EndpointSlice',
  'api.policy.v1.PodDisruptionBudget',
  'api.networking.v1.NetworkPolicy',
  'api.rbac.v1.Role',
  'api.rbac.v1.RoleBinding',
  'api.rbac.v1.ClusterRole',
  'api.rbac.v1.ClusterRoleBinding',
  'api.coordination.v1.Lease',
  'api.authorization.v1.SelfSubjectAccessReview',
  'api.authorization.v1.SelfSubjectRulesReview',
  'api.authentication.v1.SelfSubjectReview',
  'apimachinery.pkg.apis.meta.v1.DeleteOptions',
  'apimachinery.pkg.apis.meta.v1.Status',
];

const istioKinds = [
  'VirtualService',
  'DestinationRule',
  'Gateway',
  'ServiceEntry',
  'Sidecar',
  'WorkloadEntry',
  'EnvoyFilter',
  'AuthorizationPolicy',
  'PeerAuthentication',
  'RequestAuthentication',
  'Telemetry',
];

/** A schema without its texts; a property that is itself called "description" stays. */
function withoutTexts(schema, isPropertyMap = false) {
  if (Array.isArray(schema)) return schema.map((item) => withoutTexts(item));
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => isPropertyMap || (key !== 'description' && key !== 'example'))
      .map(([key, value]) => [key, withoutTexts(value, !isPropertyMap && key === 'properties')]),
  );
}

function reachable(definitions, roots) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    if (!definitions[name]) throw new Error(`no definition ${name}`);
    found.add(name);
    for (const [, reference] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      visit(reference);
    }
  };
  roots.forEach(visit);
  return Object.fromEntries([...found].toSorted().map((name) => [name, withoutTexts(definitions[name])]));
}

function generateKubernetes(path) {
  const { definitions } = JSON.parse(readFileSync(path, 'utf8'));
  return {
    definitions: reachable(
      definitions,
      kubernetesKinds.map((kind) => `io.k8s.${kind}`),
    ),
  };
}

function generateIstio(path) {
  const resources = parseAllDocuments(readFileSync(path, 'utf8'))
    .map((document) => document.toJS())
    .filter((crd) => istioKinds.includes(crd?.spec?.names?.kind))
    .map(({ metadata, spec }) => {
      const schemas = spec.versions.map((version) => withoutTexts(version.schema.openAPIV3Schema));
      const same = schemas.every((schema) => JSON.stringify(schema) === JSON.stringify(schemas[0]));
      if (!same) throw new Error(`${metadata.name}: the versions' schemas differ`);
      return {
        group: spec.group,
        scope: spec.scope,
        names: spec.names,
        versions: spec.versions.map(({ name, served, storage, additionalPrinterColumns, subresources }) => ({
          name,
          served,
          storage,
          subresources,
          additionalPrinterColumns: withoutTexts(additionalPrinterColumns ?? []),
        })),
        schema: schemas[0],
      };
    });
  return { resources };
}

const [swaggerPath, crdsPath] = process.argv.slice(2);
if (!swaggerPath || !crdsPath) throw new Error('usage: generate.mjs SWAGGER_JSON ISTIO_CRDS_YAML');
const write = (name, value) => writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value)}\n`);
write('kubernetes.json', generateKubernetes(swaggerPath));
write('istio.json', generateIstio(crdsPath));
