/**
 * Writes kubernetes.json, protobuf.json and istio.json beside this file from the projects' own schemas:
 *   node lib/sandbox/kube/schemas/generate.mjs SWAGGER_JSON ISTIO_CRDS_YAML K8S_API APIMACHINERY
 * SWAGGER_JSON is api/openapi-spec/swagger.json of k8s.io/kubernetes v1.36.3, ISTIO_CRDS_YAML is
 * kubernetes/customresourcedefinitions.gen.yaml of istio.io/api v1.26.2, the last two are the folders
 * of the Go modules k8s.io/api and k8s.io/apimachinery v0.36.3 (all Apache-2.0).
 * Descriptions are dropped, and definitions that no kind of the sandbox reaches.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

// The messages that kubectl sends as protobuf: the review kinds and what `kubectl create` makes.
const protobufKinds = [
  'authentication.v1.SelfSubjectReview',
  'authorization.v1.SelfSubjectAccessReview',
  'authorization.v1.SelfSubjectRulesReview',
  'core.v1.Namespace',
  'core.v1.ConfigMap',
  'core.v1.Secret',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'core.v1.ResourceQuota',
  'apps.v1.Deployment',
  'policy.v1.PodDisruptionBudget',
  'rbac.v1.Role',
  'rbac.v1.RoleBinding',
  'rbac.v1.ClusterRole',
  'rbac.v1.ClusterRoleBinding',
];

const protoFiles = {
  api: ['authentication/v1', 'authorization/v1', 'core/v1', 'apps/v1', 'policy/v1', 'rbac/v1'],
  apimachinery: ['pkg/apis/meta/v1', 'pkg/api/resource', 'pkg/util/intstr', 'pkg/runtime'],
};

const field = /^\s*(optional|repeated|map<string,\s*([.\w]+)>)\s*([.\w]+)?\s+(\w+)\s*=\s*(\d+);/;
const scalars = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float']);

/** The messages of one generated.proto: number → [name, type, label]. */
function readProto(text) {
  const packageName = /^package ([\w.]+);/m.exec(text)[1];
  const messages = {};
  for (const [, name, body] of text.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const fields = {};
    for (const line of body.split('\n')) {
      const parsed = field.exec(line);
      if (!parsed) continue;
      const [, label, mapType, plainType, fieldName, number] = parsed;
      const type = mapType ?? plainType;
      const qualified = scalars.has(type) ? type : type.startsWith('.') ? type.slice(1) : `${packageName}.${type}`;
      fields[number] = [fieldName, qualified, mapType ? 'map' : label];
    }
    messages[`${packageName}.${name}`] = fields;
  }
  return messages;
}

function generateProtobuf(apiPath, apimachineryPath) {
  const files = [
    ...protoFiles.api.map((folder) => path.join(apiPath, folder)),
    ...protoFiles.apimachinery.map((folder) => path.join(apimachineryPath, folder)),
  ];
  const messages = Object.assign(
    {},
    ...files.map((folder) => readProto(readFileSync(path.join(folder, 'generated.proto'), 'utf8'))),
  );
  const found = {};
  const visit = (name) => {
    if (found[name] || scalars.has(name)) return;
    // A package beside the ones read names its types with dots: "k8s.io.api.core.v1.PodTemplateSpec".
    if (!messages[name]) throw new Error(`no message ${name}`);
    found[name] = messages[name];
    for (const [, type] of Object.values(messages[name])) visit(type);
  };
  for (const kind of protobufKinds) visit(`k8s.io.api.${kind}`);
  return { messages: Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

const [swaggerPath, crdsPath, apiPath, apimachineryPath] = process.argv.slice(2);
if (!apimachineryPath) throw new Error('usage: generate.mjs SWAGGER_JSON ISTIO_CRDS_YAML K8S_API APIMACHINERY');
const write = (name, value) => writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value)}\n`);
write('kubernetes.json', generateKubernetes(swaggerPath));
write('istio.json', generateIstio(crdsPath));
write('protobuf.json', generateProtobuf(apiPath, apimachineryPath));
