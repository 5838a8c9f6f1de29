/** A failure users meet, recognised in what pods, events, logs or Helm said. */
export interface KnownCause {
  readonly pattern: RegExp;
  /** What it means and what to do; `$1`… are groups of the pattern. */
  readonly meaning: string | ((groups: readonly string[]) => string);
  /** Of several causes about one matter only the first that matches is told: the specific one goes before the general one. */
  readonly about?: 'image' | 'identity' | 'place' | 'hook' | 'quota' | 'redis' | 'postgres' | 'clickhouse';
}

const RUN_AGAIN = 'Run the pass again: it writes every key the pass needs.';

/** Most specific first; every one that matches is told, but for `about`. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    pattern: /couldn't find key (\S+) in Secret (\S+)/,
    meaning: `The Secret $2 lacks the key $1. ${RUN_AGAIN} A key edited away by hand comes back that way.`,
  },
  {
    pattern: /couldn't find key (\S+) in ConfigMap (\S+)/,
    meaning: 'The ConfigMap $2 lacks the key $1. It belongs to the release: run the pass again, which sets it right.',
  },
  {
    pattern: /secret "([^"]+)" not found/,
    meaning: 'The Secret $1 is not in the namespace. Run the pass again: it writes the Secrets before the release.',
  },
  {
    pattern: /(?:AADSTS700213|AADSTS70021\b)[^\n]*?subject '([^']+)'/,
    meaning:
      'Entra trusts no federated credential with the subject $1. Apply pass 1 again: it registers every service account of the deployment. If the namespace or the release was renamed, langsmith_namespace and langsmith_release_name must say so.',
    about: 'identity',
  },
  {
    pattern: /AADSTS700213|AADSTS70021\b/,
    meaning:
      'Entra trusts no federated credential for the service account of this pod. Apply pass 1 again: it registers every service account.',
    about: 'identity',
  },
  {
    pattern: /AADSTS700016/,
    meaning:
      'The client id on the service account is of no identity in this tenant. Apply pass 1, then this pass: both take it from there.',
    about: 'identity',
  },
  {
    pattern: /AuthorizationPermissionMismatch|AuthorizationFailure|This request is not authorized to perform this operation/,
    meaning:
      'The identity of the pods may not use the storage account. A role given a moment ago is believed some minutes later: run again; else apply pass 1.',
  },
  {
    pattern: /Failed to pull image "([^"]+)"[^\n]*(?:toomanyrequests|429)/,
    meaning: 'The registry limits how often $1 may be pulled. Wait and run again, or mirror the images and set them in the chart values.',
    about: 'image',
  },
  {
    pattern: /Failed to pull image "([^"]+)"[^\n]*(?:unauthorized|denied|403|401)/,
    meaning: 'The registry does not let the nodes pull $1: it is private and the pods name no pull secret, or the tag does not exist.',
    about: 'image',
  },
  {
    pattern: /Failed to pull image "([^"]+)"[^\n]*(?:not found|manifest unknown)/,
    meaning: 'The image $1 does not exist. Check the tag, and the registry if the images are mirrored.',
    about: 'image',
  },
  {
    pattern: /ImagePullBackOff|ErrImagePull|Failed to pull image/,
    meaning: 'The image cannot be pulled. Check that the nodes reach the registry and that the tag exists.',
    about: 'image',
  },
  {
    pattern: /\d+ nodes? are available: (.+?)\.(?=\s|;)[^\n]*?; asks for (.+?) in the pool ([\w-]+)/,
    meaning: placeMeaning,
    about: 'place',
  },
  { pattern: /\d+ nodes? are available: (.+?)\.(?=\s|;|$)/, meaning: placeMeaning, about: 'place' },
  {
    pattern: /didn't trigger scale-up: [^\n]*max node group size reached/,
    meaning: 'The node pools are at their largest. Raise the max_count of the pool in the configuration file and apply pass 1.',
  },
  {
    pattern: /exceeded quota: ([\w.-]+), requested: (\S+), used: (\S+), limited: (\S+?)(?=[\s"]|$)/,
    meaning:
      'The ResourceQuota $1 of the namespace has no room: $2 is asked for, $3 of $4 is used. Run the pass again, which sizes it for sizing_profile; if something else runs in the namespace, give it another one.',
    about: 'quota',
  },
  { pattern: /exceeded quota: ([\w.-]+)/, meaning: 'The ResourceQuota $1 of the namespace is used up.', about: 'quota' },
  {
    pattern: /failed quota: ([\w.-]+): must specify ([\w.,]+)/,
    meaning: 'The ResourceQuota $1 takes only pods that say their $2.',
    about: 'quota',
  },
  {
    pattern: /(maximum|minimum) (\S+) usage per (Container|Pod) is (\S+), but/,
    meaning: 'A LimitRange of the namespace allows a $3 a $1 $2 of $4; the chosen sizes lie outside.',
  },
  {
    pattern: /QuotaExceeded|OperationNotAllowed[^\n]*quota/i,
    meaning: 'The subscription has no vCPU quota left in this region, so the node pool cannot grow. Ask Azure for more.',
  },
  { pattern: /OOMKilled/, meaning: 'A container needed more memory than its limit. Choose a larger sizing_profile.' },
  {
    pattern: /\bEvicted\b/,
    meaning: 'A node ran out of memory or disk and put the pod out. Larger nodes, or fewer pods on each, keep it.',
  },
  {
    pattern: /password authentication failed for user "?([\w-]+)/,
    meaning: 'PostgreSQL refuses the password. An initialised volume keeps its first password: the Key Vault secret must hold that one.',
    about: 'postgres',
  },
  {
    pattern: /no pg_hba\.conf entry/,
    meaning: 'PostgreSQL admits only encrypted connections, or not from this network: the connection URL lacks sslmode=require.',
    about: 'postgres',
  },
  {
    pattern: /connection to server at "([^"]+)"[^\n]*(?:Connection refused|timed out)/,
    meaning: 'PostgreSQL at $1 does not answer. Check that the server runs and that its network admits the cluster.',
    about: 'postgres',
  },
  {
    pattern: /WRONGPASS|NOAUTH|invalid username-password pair/,
    meaning: 'Redis refuses the access key: it was renewed in Azure. Run the pass again, which reads the present one.',
    about: 'redis',
  },
  {
    pattern: /\bMOVED \d+ /,
    meaning: 'Redis answers as a cluster of shards. LangSmith needs the clustering policy EnterpriseCluster: set it and apply pass 1.',
    about: 'redis',
  },
  {
    pattern: /redis[^\n]*(?:Connection refused|ECONNREFUSED|timed out|closed by server|WRONG_VERSION_NUMBER)/i,
    meaning:
      'Redis does not answer in the way asked for. Check its port, that TLS is on or off on both sides, and that its network admits the cluster.',
    about: 'redis',
  },
  {
    pattern: /DB::Exception[^\n]*Authentication failed|AUTHENTICATION_FAILED/,
    meaning: 'ClickHouse refuses the password: the Key Vault secret clickhouse-password must hold the one its server has.',
    about: 'clickhouse',
  },
  {
    pattern: /could not translate host name "([^"]+)"|(?:getaddrinfo ENOTFOUND|Failed to resolve|no such host:?) '?([\w.-]+)/,
    meaning:
      'The host name $1$2 is not known inside the cluster. A private service needs its private DNS zone linked to the network: apply pass 1.',
  },
  {
    pattern: /(?:ended|ended with)[^\n]*exit code (?!0\b|\?)\d+[^\n]*\n(?: {2}event [^\n]*\n)* {2}log {3}\(nothing\)/,
    meaning: `A process ended without a word. LangSmith's servers do that when a key of their configuration is missing: the JWT secret, or the encryption key of their feature. ${RUN_AGAIN}`,
  },
  {
    pattern: /license[^\n]*(?:invalid|expired)|(?:invalid|expired)[^\n]*license/i,
    meaning: 'LangSmith does not accept the license key. Pass a valid one once in the input license-key.',
  },
  {
    pattern: /ProvisioningFailed|failed to provision volume/,
    meaning: 'Azure did not create the disk of a volume claim. The event says why.',
  },
  {
    pattern: /storageclass\S* "([^"]+)" not found/,
    meaning: 'The storage class $1 is not in the cluster, so the volume claim waits for ever.',
  },
  {
    pattern: /Multi-Attach error|FailedAttachVolume|AttachVolume\.Attach failed/,
    meaning: 'The disk is still attached to another node. Azure detaches it some minutes after that node is gone.',
  },
  {
    pattern: /No space left on device|no space left/i,
    meaning: 'A disk is full. The size of its volume claim can only grow.',
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
    pattern: /admission webhook "([^"]+)" denied the request/,
    meaning: 'A policy of the cluster ($1) does not admit the object. Its message says which rule; change it or exempt the namespace.',
  },
  {
    pattern: /[Jj]ob \S*-(\w+-)?migrations\S*:? [^\n]*BackoffLimitExceeded/,
    meaning: 'A migration failed. Migrations only go forward: mend what its log says and run the pass again.',
    about: 'hook',
  },
  {
    pattern: /[Jj]ob \S*auth-bootstrap\S*:? [^\n]*BackoffLimitExceeded/,
    meaning:
      'The first administrator could not be made; that Job is tried only once. Its log says why: mostly the password or the e-mail address. Then run the pass again.',
    about: 'hook',
  },
  {
    pattern: /[Jj]ob \S*agent-bootstrap\S*:? [^\n]*(?:BackoffLimitExceeded|DeadlineExceeded)/,
    meaning: 'Agents could not be registered. Mend what its log says and run the pass again: it goes on with those that are missing.',
    about: 'hook',
  },
  {
    pattern: /BackoffLimitExceeded|DeadlineExceeded/,
    meaning: 'A hook Job gave up. Mend what its log says and run the pass again.',
    about: 'hook',
  },
  {
    pattern: /timed out waiting for the condition|context deadline exceeded|client rate limiter Wait/,
    meaning: 'A hook did not end within its time. If its pod was still at work, run again with a longer timeout-minutes.',
  },
];

/** What stops the scheduler, and which knob moves it. Groups: the scheduler's words, what the pod asks for, the pool it is made for. */
function placeMeaning([, said = '', asked = '', pool = '']: readonly string[]): string {
  const pods = asked === '' ? 'the pod' : `a pod that asks for ${asked}`;
  const room = [...said.matchAll(/Insufficient ([\w./-]+)|(Too many pods)/g)].map(
    ([, resource, count]) => resource ?? (count && 'places for pods'),
  );
  const lacking = [...new Set(room)].filter((resource) => resource !== undefined);
  if (lacking.length > 0) {
    const knob = pool === '' || pool === 'default' ? 'default_node_pool_max_count' : `max_count of additional_node_pools.${pool}`;
    return `No node${pool === '' ? '' : ` of the pool ${pool}`} has ${lacking.join(' and ')} left for ${pods} (${said}). Raise ${knob} or the VM size, or choose a smaller sizing_profile, and apply pass 1.`;
  }
  if (/persistentvolumeclaim|PersistentVolumeClaims|volume node affinity/i.test(said))
    return `The volume of the pod is not where a node can use it (${said}). See the events of its volume claim.`;
  return `No node may take ${pods} (${said}): their labels or taints are for other pods. Is the pool ${pool || 'it is made for'} in the configuration file? Apply pass 1.`;
}

/** Meanings of every known cause found in `text`, each once. */
export function explain(text: string): string[] {
  const told = new Set<string>();
  const meanings = KNOWN_CAUSES.flatMap(({ pattern, meaning, about }) => {
    const matches = about !== undefined && told.has(about) ? [] : [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))];
    if (about !== undefined && matches.length > 0) told.add(about);
    return matches.map((match) =>
      typeof meaning === 'function' ? meaning(match) : meaning.replace(/\$(\d)/g, (_whole, group: string) => match[Number(group)] ?? ''),
    );
  });
  return [...new Set(meanings)];
}
