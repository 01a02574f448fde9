/** Table answers (`as=Table;v=v1;g=meta.k8s.io`), which kubectl get prints. */
import type { KubeObject } from '../core/objects.ts';
import { humanAge } from './human-age.ts';
import { isObject } from './json.ts';
import { builtInPrinters, type Column, type Printer } from './printers.ts';
import type { Resource } from './resources.ts';
import type { PrinterColumn } from './schema.ts';

const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace. Is required when creating resources.',
};

function readJsonPath(object: unknown, path: string): unknown {
  return path
    .split('.')
    .filter((part) => part !== '')
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
}

function customCell(object: KubeObject, column: PrinterColumn, nowMs: number): unknown {
  const value = readJsonPath(object, column.jsonPath);
  if (value === undefined || value === null) return null;
  if (column.type === 'date') return humanAge(nowMs - Date.parse(String(value)));
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function customPrinter(columns: readonly PrinterColumn[]): Printer {
  // Without columns of its own a custom resource shows its age.
  const shown: readonly PrinterColumn[] =
    columns.length > 0 ? columns : [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }];
  return {
    columns: shown.map(({ name, type, priority = 0, description = '' }) => ({ name, type, priority, description })),
    cells: (object, nowMs) => shown.map((column) => customCell(object, column, nowMs)),
  };
}

const agePrinter: Printer = {
  columns: [{ name: 'Age', type: 'string' }],
  cells: (object, nowMs) => [humanAge(nowMs - Date.parse(object.metadata.creationTimestamp ?? ''))],
};

function rowObject(object: KubeObject, includeObject: string | null): unknown {
  if (includeObject === 'None') return null;
  if (includeObject === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** A Table of objects; `withColumns` is false for all but the first event of a watch. */
export function toTable(
  objects: readonly KubeObject[],
  resource: Resource,
  version: string,
  metadata: object,
  includeObject: string | null,
  nowMs: number,
  withColumns = true,
): unknown {
  const printer = resource.custom
    ? customPrinter(resource.columns[version] ?? [])
    : (builtInPrinters[resource.kind] ?? agePrinter);
  const columns = printer.namesItself ? printer.columns : [nameColumn, ...printer.columns];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns
      ? columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : [],
    rows: objects.map((object) => {
      const cells = printer.cells(object, nowMs);
      return {
        cells: printer.namesItself ? cells : [object.metadata.name, ...cells],
        object: rowObject(object, includeObject),
      };
    }),
  };
}
