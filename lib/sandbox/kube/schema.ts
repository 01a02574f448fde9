/**
 * The OpenAPI schemas of the served kinds: Kubernetes' own definitions for built-in kinds, the
 * CustomResourceDefinitions' for Istio's. Both come from schemas/, made by schemas/generate.mjs.
 */
import { readFileSync } from 'node:fs';

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  nullable?: boolean;
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  priority?: number;
  description?: string;
}

interface CustomResourceFile {
  resources: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames?: string[];
      categories?: string[];
    };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      subresources?: { status?: object };
      additionalPrinterColumns: PrinterColumn[];
    }[];
    schema: Schema;
  }[];
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`schemas/${name}`, import.meta.url), 'utf8'));
}

// The files are ours: schemas/generate.mjs makes two of them and fixes their shape; the third is written by hand after the
// Prometheus operator's CRD of rules.
export const definitions = (readJson('kubernetes.json') as { definitions: Record<string, Schema> }).definitions;
export const customResources = ['istio.json', 'prometheus-operator.json'].flatMap(
  (name) => (readJson(name) as CustomResourceFile).resources,
);

const referencePrefix = '#/definitions/';
const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Follows a `$ref` (Kubernetes' definitions nest them one deep). */
export function resolve(schema: Schema): Schema {
  let resolved = schema;
  while (resolved.$ref) {
    const target = definitions[resolved.$ref.slice(referencePrefix.length)];
    if (!target) throw new Error(`no schema ${resolved.$ref}`);
    resolved = target;
  }
  return resolved;
}

/** The schema of a built-in kind. */
export function builtInSchema(group: string, version: string, kind: string): Schema {
  for (const schema of Object.values(definitions)) {
    const named = schema['x-kubernetes-group-version-kind'];
    if (named?.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind)) return schema;
  }
  throw new Error(`no schema for ${group}/${version} ${kind}`);
}

/** A custom resource's schema with the parts that every CRD leaves to the server. */
export function completeCustomSchema(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      ...schema.properties,
      metadata: { $ref: `${referencePrefix}${objectMetaName}` },
    },
  };
}

/** Scalars by nature, whatever their definition's `type` says. */
export function isFreeForm(schema: Schema): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    (schema.type === 'object' && !schema.properties && schema.additionalProperties === undefined) ||
    (schema.type === undefined && !schema.properties && !schema.items)
  );
}
