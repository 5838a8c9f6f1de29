import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { DeployError } from '../errors.js';
import type { Outputs } from '../phases/outputs.js';
import { merge, nest, type Tree } from '../values/merge.js';

const chart = z.object({ repository: z.string(), name: z.string(), version: z.string() });

/** A row of helm/addons.yaml. */
const addon = z.strictObject({
  /** Also the Helm release. */
  name: z.string(),
  namespace: z.string(),
  chart,
  /** Values file, relative to the action's root. */
  values: z.string(),
  /** Deployments that must roll out before the add-on counts as there. */
  deployments: z.array(z.string()).min(1),
  /** Output of pass 1 → values of it that call for this add-on. */
  when: z.record(z.string(), z.array(z.string())),
  /** Set on an ingress controller: its public Service, and where in the values that Service's annotations are. */
  entrance: z.strictObject({ service: z.string(), annotations: z.string() }).optional(),
});

export type Addon = Readonly<z.infer<typeof addon>>;

const ADDONS_FILE = 'helm/addons.yaml';
const DNS_LABEL_ANNOTATION = 'service.beta.kubernetes.io/azure-dns-label-name';

export async function readAddons(actionRoot: string): Promise<Addon[]> {
  return z.array(addon).parse(parse(await readFile(path.join(actionRoot, ADDONS_FILE), 'utf8')));
}

/**
 * The add-ons a deployment needs.
 * @throws DeployError `platform-failed` when nothing in the list is the chosen ingress controller.
 */
export function selectAddons(addons: readonly Addon[], outputs: Outputs): Addon[] {
  const facts = outputs as Readonly<Record<string, unknown>>;
  const selected = addons.filter((candidate) =>
    Object.entries(candidate.when).every(([output, values]) => values.includes(String(facts[output]))),
  );
  if (selected.some((candidate) => candidate.entrance !== undefined)) return selected;
  const known = addons.flatMap((candidate) => (candidate.entrance === undefined ? [] : (candidate.when['ingress_controller'] ?? [])));
  throw new DeployError('platform-failed', `no add-on provides ingress_controller = "${outputs.ingress_controller}"`, {
    fix: `Set ingress_controller to ${known.join(' or ')} in the configuration file and run pass 1 again.`,
  });
}

/** Values file plus what only this deployment knows: the DNS label of the public address. */
export function addonValues(chosen: Addon, fileValues: Tree, outputs: Outputs): Tree {
  if (chosen.entrance === undefined || outputs.dns_label === '') return fileValues;
  return merge(fileValues, nest({ [chosen.entrance.annotations]: { [DNS_LABEL_ANNOTATION]: outputs.dns_label } }));
}
