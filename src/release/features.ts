import { FEATURES, type FeatureName, type PassNumber } from '../passes.js';
import { isTree, type Tree } from '../values/merge.js';

export function valueAt(tree: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), tree);
}

/** Features that the values of a deployed release turn on. */
export const deployedFeatures = (values: Tree): FeatureName[] =>
  FEATURES.filter(({ switches }) => switches.some((path) => valueAt(values, path) === true)).map(({ name }) => name);

/** Which pass a run comes to, and what it takes away. */
export interface KeptFeatures {
  readonly pass: PassNumber;
  readonly lost: readonly FeatureName[];
}

/**
 * Passes are cumulative: a deployed feature of a later pass raises the pass of this run, unless the user gives it up by its name.
 * PURE. @param givenUp lines of the input `approve-irreversible`; those that name no feature mean something else.
 */
export function keepFeatures(requested: PassNumber, deployed: readonly FeatureName[], givenUp: readonly string[]): KeptFeatures {
  const later = FEATURES.filter(({ name, pass }) => deployed.includes(name) && pass > requested);
  const kept = later.filter(({ name }) => !givenUp.includes(name));
  const pass = Math.max(requested, ...kept.map((feature) => feature.pass)) as PassNumber;
  return { pass, lost: later.filter((feature) => feature.pass > pass).map(({ name }) => name) };
}
