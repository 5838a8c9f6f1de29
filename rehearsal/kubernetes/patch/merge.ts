import { isTree, type Tree } from '../admission/tree.js';
import { copy } from '../json.js';

/** JSON merge patch (RFC 7386): null deletes, mappings merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return copy(patch);
  const merged: Tree = isTree(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
