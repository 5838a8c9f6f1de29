import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { DeployError } from '../errors.js';
import { isTree, type Tree } from './merge.js';

/** A values file of `helm/values`, parsed. */
export interface ValuesFile {
  /** Relative to the action's root: how layers name their source. */
  readonly source: string;
  readonly values: Tree;
}

/** The files one deployment is layered from. */
export interface ValuesFiles {
  readonly base: ValuesFile;
  readonly topology: ValuesFile;
  readonly sizing: ValuesFile;
  readonly ingress: ValuesFile;
}

/** What picks the files. */
export interface ValuesChoice {
  readonly topology: string;
  readonly sizing: string;
  readonly ingress: string;
}

/** @throws DeployError `values-invalid` naming the file when one is missing or no map. */
export async function readValuesFiles(actionRoot: string, choice: ValuesChoice): Promise<ValuesFiles> {
  const read = (name: string): Promise<ValuesFile> => readValuesFile(actionRoot, `helm/values/${name}.yaml`);
  const [base, topology, sizing, ingress] = await Promise.all([
    read('base'),
    read(`topology-${choice.topology}`),
    read(`sizing-${choice.sizing}`),
    read(`ingress-${choice.ingress}`),
  ]);
  return { base, topology, sizing, ingress };
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
