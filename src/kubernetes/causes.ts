/** A failure users meet, recognised in what pods, events, logs or Helm said. */
export interface KnownCause {
  readonly pattern: RegExp;
  /** What it means and what to do; `$1`… are groups of the pattern. */
  readonly meaning: string;
}

/** Most specific first; every one that matches is told. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    pattern: /couldn't find key (\S+) in Secret (\S+)/,
    meaning:
      'The Secret $2 lacks the key $1. Run the pass again: it writes every key the pass needs. A key edited away by hand comes back that way.',
  },
  {
    pattern: /secret "([^"]+)" not found/,
    meaning: 'The Secret $1 is not in the namespace. Run the pass again: it writes the Secrets before the release.',
  },
  {
    pattern: /AADSTS700213|AADSTS70021\b/,
    meaning:
      'Entra trusts no federated credential for the service account of this pod. Apply pass 1 again: it registers every service account.',
  },
  {
    pattern: /ImagePullBackOff|ErrImagePull|Failed to pull image "([^"]+)"/,
    meaning: 'The image cannot be pulled. Check that the nodes reach the registry and that the tag exists.',
  },
  {
    pattern: /(\d+\/\d+ nodes are available: [^\n]*)/,
    meaning:
      'No node can take the pod ($1). Raise default_node_pool_max_count or the VM size, or choose a smaller sizing_profile, and apply pass 1.',
  },
  { pattern: /exceeded quota: ([\w.-]+)/, meaning: 'The ResourceQuota $1 of the namespace is used up.' },
  {
    pattern: /QuotaExceeded|OperationNotAllowed[^\n]*quota/i,
    meaning: 'The subscription has no vCPU quota left in this region, so the node pool cannot grow. Ask Azure for more.',
  },
  { pattern: /OOMKilled/, meaning: 'A container needed more memory than its limit. Choose a larger sizing_profile.' },
  {
    pattern: /password authentication failed for user "?([\w-]+)/,
    meaning: 'PostgreSQL refuses the password. An initialised volume keeps its first password: the Key Vault secret must hold that one.',
  },
  {
    pattern: /ProvisioningFailed|failed to provision volume/,
    meaning: 'Azure did not create the disk of a volume claim. The event says why.',
  },
  {
    pattern: /updates to statefulset spec for fields other than/,
    meaning: 'The size or class of a volume claim template was changed. Kubernetes never allows that on a StatefulSet that exists.',
  },
  {
    pattern: /conflicts? with "([^"]+)"/,
    meaning: 'The field named above was changed by "$1" and not by Helm. Undo that change: Helm owns every field of the release.',
  },
  { pattern: /no matches for kind "(\w+)"/, meaning: 'The cluster does not know the kind $1: the add-on that brings it is missing.' },
  {
    pattern: /invalid ownership metadata|cannot be imported into the current release/,
    meaning: 'An object of that name exists and does not belong to this release. Remove it, or give the deployment a namespace of its own.',
  },
  {
    pattern: /BackoffLimitExceeded|DeadlineExceeded/,
    meaning: 'A hook Job gave up. Migrations only go forward: mend what its log says and run the pass again.',
  },
  {
    pattern: /timed out waiting for the condition|context deadline exceeded|client rate limiter Wait/,
    meaning: 'A hook did not end within timeout-minutes. If its pod was still at work, run again with a longer time.',
  },
];

/** Meanings of every known cause found in `text`, each once. */
export function explain(text: string): string[] {
  return KNOWN_CAUSES.flatMap(({ pattern, meaning }) => {
    const match = pattern.exec(text);
    return match === null ? [] : [meaning.replace(/\$(\d)/g, (_whole, group: string) => match[Number(group)] ?? '')];
  });
}
