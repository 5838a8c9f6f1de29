import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Demand } from '../capacity/demand.js';
import type { Shape } from '../passes.js';
import type { Outputs } from '../phases/outputs.js';
import { readValuesFile } from '../values/files.js';
import { merge, nest, type Tree } from '../values/merge.js';

const chart = z.strictObject({
  /** `https://` of a Helm repository, or `oci://` of the folder the chart is in. */
  repository: z.string(),
  name: z.string(),
  version: z.string(),
});

/** A fact of the deployment ({@link Facts}) → values of it that the row is for. */
const condition = z.record(z.string(), z.array(z.string()));

/** A row of helm/addons.yaml. */
const addon = z.strictObject({
  /** Also the Helm release. */
  name: z.string(),
  namespace: z.string(),
  chart,
  /** Range of the cluster versions its project supports; none when it is retired. */
  kubernetes: z.string().optional(),
  /** Why nobody should choose it any more. */
  retired: z.string().optional(),
  /** Values file, relative to the action's root. */
  values: z.string(),
  /** Deployments that must roll out before the add-on counts as there. */
  deployments: z.array(z.string()),
  /** Add-ons that must be there first, as far as the deployment has them. */
  after: z.array(z.string()).default([]),
  /** Objects of the chart that are there already become the release's own. */
  take_ownership: z.boolean().default(false),
  when: condition,
  /** Further values files for some deployments. */
  extras: z.array(z.strictObject({ when: condition, values: z.string() })).default([]),
  /** Annotations whose value is an output of pass 1; left out when that is empty. `at` is the map of annotations in the values. */
  annotate: z.array(z.strictObject({ at: z.string(), key: z.string(), output: z.string() })).default([]),
});

export type Addon = Readonly<z.infer<typeof addon>>;

const ADDONS_FILE = 'helm/addons.yaml';

export async function readAddons(actionRoot: string): Promise<Addon[]> {
  return z.array(addon).parse(parse(await readFile(path.join(actionRoot, ADDONS_FILE), 'utf8')));
}

/** What decides about add-ons: every output of pass 1, and what follows from the shape and the chart values. */
export type Facts = Outputs & {
  readonly pass: number;
  /** The operator of pass 3 scales agents with KEDA, and the chart's workloads may be scaled by it in any pass. */
  readonly uses_keda: boolean;
};

export const factsOf = (shape: Shape, outputs: Outputs, demand: Demand): Facts => ({
  ...outputs,
  pass: shape.pass,
  uses_keda: shape.pass >= 3 || demand.workloads.some((workload) => workload.scaledBy === 'keda'),
});

/** A fact as text; '' for what is no scalar. */
function factOf(facts: Facts, name: string): string {
  const value = (facts as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const holds = (when: Addon['when'], facts: Facts): boolean =>
  Object.entries(when).every(([name, values]) => values.includes(factOf(facts, name)));

/** The add-ons a deployment needs, in the order of the list. */
export const selectAddons = (addons: readonly Addon[], facts: Facts): Addon[] => addons.filter((candidate) => holds(candidate.when, facts));

/** Its values files for this deployment, later ones winning. */
export const valuesFilesOf = (chosen: Addon, facts: Facts): string[] => [
  chosen.values,
  ...chosen.extras.filter((extra) => holds(extra.when, facts)).map((extra) => extra.values),
];

/** Values files merged, plus what only this deployment knows. */
export async function readAddonValues(actionRoot: string, chosen: Addon, facts: Facts): Promise<Tree> {
  const files = await Promise.all(valuesFilesOf(chosen, facts).map((source) => readValuesFile(actionRoot, source)));
  const annotations = chosen.annotate
    .filter(({ output }) => factOf(facts, output) !== '')
    .map(({ at, key, output }) => nest({ [at]: { [key]: factOf(facts, output) } }));
  return merge(...files.map((file) => file.values), ...annotations);
}

/**
 * Runs `install` for all at once, but for those that others must precede. Results are in the order given.
 * A failure keeps what comes after it from starting.
 */
export function inOrder<T>(addons: readonly Addon[], install: (addon: Addon) => Promise<T>): Promise<T[]> {
  const running = new Map<string, Promise<T>>();
  const start = (chosen: Addon): Promise<T> => {
    const known = running.get(chosen.name);
    if (known !== undefined) return known;
    const earlier = addons.filter((candidate) => chosen.after.includes(candidate.name));
    const work = Promise.all(earlier.map(start)).then(() => install(chosen));
    running.set(chosen.name, work);
    return work;
  };
  return Promise.all(addons.map(start));
}
