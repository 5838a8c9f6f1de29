import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Inputs } from '../phases/inputs.js';
import type { PrivateDirectory } from '../private-directory.js';
import type { SecretResult } from '../release/secrets.js';
import { REDIS_KEY } from '../secret-catalogue.js';
import type { AppState } from './state.js';

/** The numbers that decide what of the write-only data is handed over. */
export interface Revisions {
  /** By Kubernetes Secret. */
  readonly secrets: Readonly<Record<string, number>>;
  /** Of the secret chart values. */
  readonly values: number;
}

/** What changes its number is written again, and its number must be one that the state does not have yet. */
export function revisionsOf(judged: readonly SecretResult[], state: AppState): Record<string, number> {
  return Object.fromEntries(
    judged.map(({ name, change, dataVersion }) => {
      const written = state.secretRevisions.get(name) ?? 0;
      return [name, change === 'unchanged' ? dataVersion : Math.max(dataVersion, written + 1)];
    }),
  );
}

export interface VariablesRequest {
  readonly inputs: Pick<Inputs, 'timeoutMinutes'>;
  readonly access: { readonly kubeconfigPath: string; readonly context: string };
  /** Name → value. */
  readonly secrets: ReadonlyMap<string, string>;
}

const SECRETS_FILE = 'terraform/app/secrets.auto.tfvars.json';

/**
 * Does work with Terraform while the variables of the run lie there for it. A plan does not keep ephemeral ones, so an apply needs them
 * again; the file that holds a secret is gone as soon as the work is done.
 */
export async function withVariables<T>(
  directory: PrivateDirectory,
  { inputs, access, secrets }: VariablesRequest,
  revisions: Revisions,
  work: () => Promise<T>,
): Promise<T> {
  const action = {
    kubeconfig: access.kubeconfigPath,
    kube_context: access.context,
    secret_revisions: revisions.secrets,
    langsmith_values_revision: revisions.values,
    timeout_minutes: inputs.timeoutMinutes,
  };
  await directory.writeFile('terraform/app/action.auto.tfvars.json', `${JSON.stringify(action)}\n`);
  const redisKey = secrets.get(REDIS_KEY);
  const given = { secret_values: redisKey === undefined ? {} : { [REDIS_KEY]: redisKey } };
  await directory.writeFile(SECRETS_FILE, `${JSON.stringify(given)}\n`);
  try {
    return await work();
  } finally {
    await rm(path.join(directory.path, SECRETS_FILE), { force: true });
  }
}
