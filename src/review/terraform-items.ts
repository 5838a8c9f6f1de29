import { actionOf } from '../terraform-changes.js';
import { type Leaf, type Leaves, leavesOf } from './leaves.js';
import type { PlannedItem, RootName } from './items.js';

interface Change {
  readonly actions: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
}

interface ChangedResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  /** An object of the resource that lost its place and only goes. */
  readonly deposed?: string;
  readonly change: Change;
}

interface PlanJson {
  readonly resource_changes?: readonly ChangedResource[];
  readonly resource_drift?: readonly ChangedResource[];
  readonly output_changes?: Readonly<Record<string, Change>>;
}

/** What a plan (`terraform show -json <plan>`) would change, outputs of the root included, in order of addresses. PURE. */
export function terraformItems(root: RootName, plan: unknown): PlannedItem[] {
  const { resource_changes = [], output_changes = {} } = plan as PlanJson;
  const outputs = Object.entries(output_changes).map(([name, change]) => itemOf(root, `output.${name}`, 'output', change));
  return [...resourceItems(root, resource_changes), ...outputs]
    .flatMap((item) => item ?? [])
    .map((item) => ({ ...item, before: withoutTimestamps(item.before), after: withoutTimestamps(item.after) }))
    .sort(byId);
}

/**
 * What somebody else changed or deleted since Terraform last wrote its state: `before` is what the state says, `after` what stands.
 * Services note in it what they did themselves, too. PURE.
 */
export const driftItems = (root: RootName, plan: unknown): PlannedItem[] =>
  resourceItems(root, (plan as PlanJson).resource_drift ?? [])
    .flatMap((item) => item ?? [])
    .sort(byId);

const resourceItems = (root: RootName, resources: readonly ChangedResource[]): (PlannedItem | undefined)[] =>
  resources
    .filter(({ mode }) => mode === 'managed')
    .map(({ address, type, deposed, change }) =>
      itemOf(root, deposed === undefined ? address : `${address} (deposed ${deposed})`, type, change),
    );

const byId = (a: PlannedItem, b: PlannedItem): number => (a.id < b.id ? -1 : 1);

function itemOf(root: RootName, id: string, type: string, change: Change): PlannedItem | undefined {
  const action = actionOf(change.actions);
  if (action === undefined) return undefined;
  return {
    root,
    id,
    type,
    action,
    before: leavesOf(change.before, { sensitive: change.before_sensitive }),
    after: leavesOf(change.after, { sensitive: change.after_sensitive, unknown: change.after_unknown }),
  };
}

/** Attributes by which a service notes when something happened to it: they move without anybody changing anything. */
const TIMESTAMP_NAME = /(^|[._])(created|creation|updated|modified|last_[a-z_]+)(_(at|on|time|date|timestamp))?$/;
const TIMESTAMP = /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"$/;

export const isTimestamp = (path: string, leaf: Leaf): boolean => TIMESTAMP_NAME.test(path) && TIMESTAMP.test(leaf.text);

const withoutTimestamps = (leaves: Leaves): Leaves => new Map<string, Leaf>([...leaves].filter(([path, leaf]) => !isTimestamp(path, leaf)));
