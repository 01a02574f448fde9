/**
 * OpenAPI: v3 documents per group and version, made of the schemas that validation uses, with the
 * paths kubectl looks at (it reads from `patch` whether fieldValidation is served); v2 in one piece.
 */
import { createHash } from 'node:crypto';
import { groupVersion, resources, type Resource } from './resources.ts';
import { definitions, type Schema } from './schema.ts';
import { noSuchPath } from './status.ts';

const componentPrefix = '#/components/schemas/';

function moveReferences(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', `"${componentPrefix}`));
}

function reachable(roots: readonly Schema[]): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const visit = (schema: Schema) => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      const definition = definitions[name];
      if (!definition || name in found) continue;
      found[name] = definition;
      visit(definition);
    }
  };
  roots.forEach(visit);
  return found;
}

/** A definition's name: Kubernetes' own, or the CRD form `io.istio.networking.v1.VirtualService`. */
function schemaName(resource: Resource, version: string): string {
  const builtIn = Object.entries(definitions).find(([, schema]) => schema === resource.schema);
  return builtIn?.[0] ?? `${resource.group.split('.').toReversed().join('.')}.${version}.${resource.kind}`;
}

function withKind(resource: Resource, version: string): Schema {
  return {
    ...resource.schema,
    'x-kubernetes-group-version-kind': [{ group: resource.group, version, kind: resource.kind }],
  };
}

const queryParameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(queryParameter);

function operations(resource: Resource, version: string, verbs: Record<string, string>): object {
  const gvk = { group: resource.group, version, kind: resource.kind };
  const answer = { $ref: `${componentPrefix}${schemaName(resource, version)}` };
  return Object.fromEntries(
    Object.entries(verbs)
      .filter(([, verb]) => resource.verbs.includes(verb))
      .map(([method, verb]) => [
        method,
        {
          'x-kubernetes-action': verb,
          'x-kubernetes-group-version-kind': gvk,
          parameters: ['create', 'update', 'patch'].includes(verb) ? writeParameters : [],
          responses: { 200: { description: 'OK', content: { 'application/json': { schema: answer } } } },
        },
      ]),
  );
}

function paths(resource: Resource, version: string): [string, object][] {
  const root = resource.group ? `/apis/${resource.group}/${version}` : `/api/${version}`;
  const base = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.plural}` : `${root}/${resource.plural}`;
  return [
    [base, operations(resource, version, { get: 'list', post: 'create', delete: 'deletecollection' })],
    [`${base}/{name}`, operations(resource, version, { get: 'get', put: 'update', patch: 'patch', delete: 'delete' })],
  ];
}

function documentOf(group: string, version: string): object {
  const served = resources.filter((resource) => resource.group === group && resource.versions.includes(version));
  if (served.length === 0) throw noSuchPath();
  const own = served.map((resource) => [schemaName(resource, version), withKind(resource, version)] as const);
  const schemas = { ...reachable(own.map(([, schema]) => schema)), ...Object.fromEntries(own) };
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes (sandbox)', version: 'v1.32.0' },
    paths: Object.fromEntries(served.flatMap((resource) => paths(resource, version))),
    components: { schemas: moveReferences(schemas) },
  };
}

const documents = new Map<string, object>();

function cached(key: string, make: () => object): object {
  let document = documents.get(key);
  if (!document) documents.set(key, (document = make()));
  return document;
}

function pathOf(group: string, version: string): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

function v3Index(): object {
  const served = resources.flatMap(({ group, versions }) => versions.map((version) => ({ group, version })));
  return {
    paths: Object.fromEntries(
      served.map(({ group, version }) => {
        const hash = createHash('sha256').update(groupVersion(group, version)).digest('hex').toUpperCase();
        const path = pathOf(group, version);
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
      }),
    ),
  };
}

function v2Document(): object {
  const custom = resources
    .filter((resource) => resource.custom)
    .flatMap((resource) =>
      resource.versions.map((version) => [schemaName(resource, version), withKind(resource, version)] as const),
    );
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes (sandbox)', version: 'v1.32.0' },
    paths: {},
    definitions: { ...definitions, ...Object.fromEntries(custom) },
  };
}

/** The OpenAPI document of a path, or undefined for paths that are none. */
export function openApi(pathname: string): object | undefined {
  if (pathname === '/openapi/v2') return cached('v2', v2Document);
  if (pathname === '/openapi/v3') return cached('v3', v3Index);
  const parsed = /^\/openapi\/v3\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(pathname);
  if (!parsed) return undefined;
  const [, coreVersion, group = '', version = coreVersion ?? ''] = parsed;
  return cached(pathname, () => documentOf(group, version));
}
