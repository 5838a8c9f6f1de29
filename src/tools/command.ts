import path from 'node:path';
import { DeployError } from '../errors.js';
import type { ClusterAccess } from '../kubernetes/kubeconfig.js';
import type { ExecResult } from './exec.js';

/** A program that ran and said no. `message` is its last lines of stderr. */
export class CommandFailure extends Error {
  constructor(
    /** Program and verb, e.g. `helm upgrade`. */
    readonly command: string,
    readonly code: number,
    readonly stderr: string,
  ) {
    super(`${command} ended with exit code ${code}: ${lastLines(stderr, 12)}`);
    this.name = 'CommandFailure';
  }
}

export type Refusal = 'unauthorized' | 'forbidden' | 'unreachable';

const REFUSALS: readonly (readonly [Refusal, RegExp])[] = [
  ['unauthorized', /\(Unauthorized\)|: Unauthorized\b|must be logged in to the server|provide credentials/i],
  ['forbidden', /User "[^"]*" cannot \w+ resource|does not have access to the resource/],
  [
    'unreachable',
    /connection refused|connection to the server \S+ was refused|no such host|i\/o timeout|TLS handshake timeout|context deadline exceeded.*(Client\.Timeout|awaiting headers)|Unable to connect to the server|cluster unreachable|connection reset by peer|network is unreachable|certificate signed by unknown authority/i,
  ],
];

/**
 * Whether the API server refused us or could not be reached; undefined when the failure is about something else, such as a webhook
 * that the API server in its turn could not reach.
 */
export function refusalOf(stderr: string): Refusal | undefined {
  if (stderr.includes('failed calling webhook')) return undefined;
  return REFUSALS.find(([, pattern]) => pattern.test(stderr))?.[0];
}

/**
 * Standard output of a call that must succeed.
 * @throws DeployError `cluster-forbidden` or `cluster-unreachable` when the cluster does not let us in, else {@link CommandFailure}.
 */
export function demandSuccess(command: string, result: ExecResult): string {
  if (result.code === 0) return result.stdout;
  const failure = new CommandFailure(command, result.code, result.stderr);
  const refusal = refusalOf(result.stderr);
  if (refusal === undefined) throw failure;
  throw new DeployError(refusal === 'unreachable' ? 'cluster-unreachable' : 'cluster-forbidden', lastLines(result.stderr, 4), {
    cause: failure,
  });
}

export function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}

/**
 * API discovery is cached per server address; beside the kubeconfig that cache belongs to this run alone and never describes
 * another cluster that once had the same address.
 */
export const clusterEnvironment = (access: ClusterAccess): Record<string, string> => ({
  KUBECACHEDIR: path.join(path.dirname(access.kubeconfigPath), 'kube-cache'),
});
