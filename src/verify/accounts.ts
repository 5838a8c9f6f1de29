import type { KubeObject } from '../kubernetes/objects.js';
import { hookJobsOf, objectName, type Shape, workloadIdentityServiceAccounts, workloadsOf } from '../passes.js';
import { AGENT_SERVICE_ACCOUNT } from '../platform/names.js';
import { plainRow, strangerRow, type VerifyRow } from './rows.js';

export interface AccountExpectation {
  readonly shape: Shape;
  readonly release: string;
  readonly clientId: string;
  /** Service accounts with a federated credential. */
  readonly federated: readonly string[];
}

/** The first pass with agents: the operator comes with it, and agents run under an account of their own. */
const AGENT_PASS = 3;

export const clientIdOf = (account: KubeObject | undefined): string | undefined =>
  account?.metadata.annotations?.['azure.workload.identity/client-id'];

/** Service accounts a deployment has, besides `default`. PURE. */
export function promisedAccounts({ shape, release }: Pick<AccountExpectation, 'shape' | 'release'>): string[] {
  const workloads = workloadsOf(shape).map(({ suffix }) => objectName(release, suffix));
  const jobs = hookJobsOf(shape.pass).map(({ serviceAccount }) => objectName(release, serviceAccount));
  return [...new Set([...workloads, ...jobs, ...(shape.pass >= AGENT_PASS ? [AGENT_SERVICE_ACCOUNT] : [])])].sort();
}

/** What an account that exchanges tokens lacks. */
export const identityProblems = (
  account: KubeObject | undefined,
  name: string,
  expected: Pick<AccountExpectation, 'clientId' | 'federated'>,
): string[] =>
  [
    clientIdOf(account) === expected.clientId ? '' : `service account ${name} is not annotated with the client id of pass 1`,
    expected.federated.includes(name) ? '' : `service account ${name} has no federated credential`,
  ].filter((problem) => problem !== '');

/**
 * Every promised service account, with its half of the identity where no workload's row tells it; and those of the release, or with our identity, that no
 * pass promises. PURE. @param accounts of the release's namespace.
 */
export function accountRows(expected: AccountExpectation, accounts: readonly KubeObject[]): VerifyRow[] {
  const promised = promisedAccounts(expected);
  // Those of workloads are judged with the pods that run under them.
  const ofWorkloads = new Set(workloadsOf(expected.shape).map(({ suffix }) => objectName(expected.release, suffix)));
  const exchanging = new Set(workloadIdentityServiceAccounts(expected.release).filter((name) => !ofWorkloads.has(name)));
  const rows = promised.map((name) => {
    const account = accounts.find(({ metadata }) => metadata.name === name);
    if (account === undefined) return plainRow('ServiceAccount', name, 'failed', 'is not in the cluster');
    if (!exchanging.has(name)) return plainRow('ServiceAccount', name, 'ok', '');
    const problems = identityProblems(account, name, expected);
    const identity = problems.length === 0 ? ('complete' as const) : ('wrong' as const);
    return { ...plainRow('ServiceAccount', name, problems.length === 0 ? 'ok' : 'failed', problems.join('; ')), identity };
  });
  const strangers = accounts
    .filter(({ metadata: { name, labels } }) => !promised.includes(name) && labels?.['app.kubernetes.io/instance'] === expected.release)
    .map(({ metadata: { name } }) => strangerRow('ServiceAccount', name, `is not part of pass ${expected.shape.pass}`));
  const borrowers = accounts
    .filter((account) => !promised.includes(account.metadata.name) && clientIdOf(account) === expected.clientId)
    .map(({ metadata: { name } }) => strangerRow('ServiceAccount', name, 'carries the identity of this deployment and is not part of it'));
  return [...rows, ...strangers, ...borrowers.filter(({ name }) => !strangers.some((row) => row.name === name))];
}
