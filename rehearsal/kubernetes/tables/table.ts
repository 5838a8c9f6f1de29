import type { KubeObject } from '../api.js';
import { kindId, type PrinterColumn, type ResourceType } from '../kinds.js';
import { since } from './age.js';
import type { Column } from './cells.js';
import { COLUMNS, PLAIN } from './columns.js';
import { readJsonPath } from './jsonpath.js';

function customCell(declared: PrinterColumn): Column['cell'] {
  return (object, now) => {
    const values = readJsonPath(object, declared.jsonPath);
    if (values.length === 0) return declared.type === 'date' ? '<unknown>' : '';
    if (declared.type === 'date') return since(values[0], now);
    if (declared.type === 'integer') return Number(values[0]);
    return values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value as string))).join(',');
  };
}

function columnsOf(type: ResourceType, version: string): readonly Column[] {
  const declared = type.custom?.get(version)?.columns ?? [];
  if (declared.length === 0) return (type.custom ? undefined : COLUMNS[kindId(type.group, type.kind)]) ?? PLAIN;
  const columns = declared.map((entry): Column => ({
    name: entry.name,
    type: entry.type === 'integer' ? 'integer' : 'string',
    priority: entry.priority ?? 0,
    cell: customCell(entry),
  }));
  return [...PLAIN.slice(0, 1), ...columns];
}

/** What a row carries of its object: `includeObject` of the request. */
export type RowObject = 'None' | 'Metadata' | 'Object';

export function metadataOnly(object: KubeObject): Record<string, unknown> {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Objects as the API server prints them for `kubectl get`. */
export function tableOf(
  type: ResourceType,
  version: string,
  objects: readonly KubeObject[],
  options: { now: number; include: RowObject; resourceVersion: string; header?: boolean },
): Record<string, unknown> {
  const columns = columnsOf(type, version);
  const carried = (object: KubeObject) =>
    options.include === 'Object' ? { object } : options.include === 'Metadata' ? { object: metadataOnly(object) } : {};
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: columns.map(({ name, type: cellType, priority }) => ({
      name,
      type: cellType,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority,
    })),
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object, options.now)), ...carried(object) })),
  };
}
