import type { KubeObject, Pod } from '../kubernetes/objects.js';
import { clientIdOf, identityProblems } from './accounts.js';
import type { IdentityState } from './rows.js';

export interface IdentityExpectation {
  readonly readsBlob: boolean;
  readonly clientId: string;
  /** Service accounts with a federated credential. */
  readonly federated: readonly string[];
}

export interface IdentityFinding {
  readonly state: IdentityState;
  readonly problems: readonly string[];
}

const isLabelled = (pod: KubeObject): boolean => pod.metadata.labels?.['azure.workload.identity/use'] === 'true';

/**
 * The Workload Identity triple of one workload's pods: pod label, client id on the service account, federated credential in Entra.
 * All three for a reader of Blob Storage, neither label nor client id for anything else.
 */
export function judgeIdentity(pods: readonly Pod[], accounts: readonly KubeObject[], expected: IdentityExpectation): IdentityFinding {
  const names = [...new Set(pods.map((pod) => pod.spec.serviceAccountName ?? 'default'))];
  const account = (name: string): KubeObject | undefined => accounts.find((candidate) => candidate.metadata.name === name);
  const problems = expected.readsBlob
    ? [
        ...pods
          .filter((pod) => !isLabelled(pod))
          .map((pod) => `pod ${pod.metadata.name} lacks the label azure.workload.identity/use: "true"`),
        ...names.flatMap((name) => identityProblems(account(name), name, expected)),
      ]
    : [
        ...pods.filter(isLabelled).map((pod) => `pod ${pod.metadata.name} has a Workload Identity label it does not need`),
        ...names
          .filter((name) => clientIdOf(account(name)) !== undefined)
          .map((name) => `service account ${name} has a client id it does not need`),
      ];
  if (problems.length > 0) return { state: 'wrong', problems };
  return { state: expected.readsBlob && pods.length > 0 ? 'complete' : 'none', problems };
}
