import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { DeployError } from '../errors.js';
import type { PassNumber, TopologyName } from '../passes.js';
import { isTree, type Tree } from './merge.js';

/** A values file, parsed. */
export interface ValuesFile {
  /** Relative to the action's root, or to the workspace for a file of the user: how layers name their source. */
  readonly source: string;
  readonly values: Tree;
}

/** The files of `helm/values` one deployment is layered from. */
export interface ValuesFiles {
  readonly base: ValuesFile;
  readonly topology: ValuesFile;
  readonly sizing: ValuesFile;
  readonly ingress: ValuesFile;
  /** What the passes so far bring besides their switches, in order. */
  readonly passes: readonly ValuesFile[];
}

export interface ValuesChoice {
  readonly topology: TopologyName;
  readonly sizing: string;
  readonly ingress: string;
  readonly pass: PassNumber;
}

/** Passes with a values file of their own. */
const PASS_FILES: readonly PassNumber[] = [3];

/** @throws DeployError `values-invalid` naming the file when one is missing or no map. */
export async function readValuesFiles(actionRoot: string, choice: ValuesChoice): Promise<ValuesFiles> {
  const read = (name: string): Promise<ValuesFile> => readValuesFile(actionRoot, `helm/values/${name}.yaml`);
  const [base, topology, sizing, ingress, ...passes] = await Promise.all([
    read('base'),
    read(`topology-${choice.topology}`),
    read(`sizing-${choice.sizing}`),
    read(`ingress-${choice.ingress}`),
    ...PASS_FILES.filter((pass) => pass <= choice.pass).map((pass) => read(`pass-${pass}`)),
  ]);
  return { base, topology, sizing, ingress, passes };
}

export async function readValuesFile(actionRoot: string, source: string): Promise<ValuesFile> {
  try {
    const values = parse(await readFile(path.join(actionRoot, source), 'utf8'), { uniqueKeys: true }) as unknown;
    if (!isTree(values)) throw new Error('is not a map');
    return { source, values };
  } catch (cause) {
    throw new DeployError('values-invalid', `the values file ${source} cannot be read`, { cause });
  }
}
