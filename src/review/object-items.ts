import { difference, type Manifests, type ObjectIndex } from '../release/manifest.js';
import { isTree, type Tree } from '../values/merge.js';
import type { Drift } from './drift.js';
import type { PlannedItem, RootName } from './items.js';
import { type Leaf, type Leaves, leavesOf, sameLeaf } from './leaves.js';

const NOTHING: Leaves = new Map<string, Leaf>();

/** An object of an index; undefined when it is not there. */
export const parsed = (index: ObjectIndex, name: string): Tree | undefined => {
  const text = index.get(name);
  return text === undefined ? undefined : (JSON.parse(text) as Tree);
};

/** `Deployment langsmith-backend` → `Deployment`. */
export const kindOf = (name: string): string => name.split(' ')[0] ?? '';

/** Values of a Secret are compared and never shown. */
export const leavesOfObject = (object: Tree): Leaves =>
  leavesOf(
    object,
    object['kind'] === 'Secret' ? { sensitive: { data: marksOf(object['data']), stringData: marksOf(object['stringData']) } } : {},
  );

const marksOf = (data: unknown): unknown => (isTree(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, true])) : true);

const leavesIn = (index: ObjectIndex, id: string): Leaves => {
  const object = parsed(index, id);
  return object === undefined ? NOTHING : leavesOfObject(object);
};

/** Whose objects they are. */
export interface ObjectsOf {
  readonly root: RootName;
  /** `Deployment langsmith-backend` → the id under which a reader looks for it. */
  readonly name?: (id: string) => string;
}

/**
 * What a Helm release would change, object by object: what the chart has anew, and what somebody else changed since. PURE.
 * @param manifests empty where only what drifted is to be shown. @param drifted as found against `manifests.before`.
 */
export function objectItems(manifests: Manifests, drifted: readonly Drift[], { root, name = (id) => id }: ObjectsOf): PlannedItem[] {
  const { added, changed, removed } = difference(manifests.before, manifests.after);
  const drifts = new Map(drifted.map((drift) => [drift.id, drift]));
  const ids = [...new Set([...added, ...changed, ...removed, ...drifts.keys()])].sort();
  return ids.map((id) => {
    const drift = drifts.get(id);
    const isRemoved = removed.includes(id);
    const sides = { before: leavesIn(manifests.before, id), after: leavesIn(manifests.after, id) };
    const { before, after } = drift === undefined ? sides : withDrift(sides, drift, isRemoved);
    const action = isRemoved ? 'delete' : added.includes(id) || drift?.missing === true ? 'create' : 'update';
    return { root, id: name(id), type: kindOf(id), action, before, after };
  });
}

interface Sides {
  readonly before: Leaves;
  readonly after: Leaves;
}

/** Where somebody changed an object, it stands as it was found; there the apply sets what the chart has now. */
function withDrift({ before, after }: Sides, drift: Drift, isRemoved: boolean): Sides {
  if (drift.missing) return { before: NOTHING, after: after.size > 0 || isRemoved ? after : drift.after };
  const [was, is] = [new Map(before), new Map(after)];
  for (const path of new Set([...drift.before.keys(), ...drift.after.keys()])) {
    // Written as the server writes it, which may be another spelling of the same.
    if (!isRemoved && sameLeaf(before.get(path), after.get(path))) put(is, path, drift.after.get(path));
    put(was, path, drift.before.get(path));
  }
  return { before: was, after: is };
}

function put(leaves: Map<string, Leaf>, path: string, leaf: Leaf | undefined): void {
  if (leaf === undefined) leaves.delete(path);
  else leaves.set(path, leaf);
}
