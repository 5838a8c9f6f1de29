import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import { CommandFailure } from '../tools/command.js';

/** @param name of what is worked on. @throws DeployError `platform-failed` with a diagnosis, when a command says no. */
export async function orPlatformFailure<T>(cluster: Cluster, name: string, namespace: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const diagnosis = await diagnose(cluster, namespace, error.stderr);
    throw new DeployError('platform-failed', `${name}: ${cluster.redact(error.message)}\n${diagnosis}`.trim(), { cause: error });
  }
}
