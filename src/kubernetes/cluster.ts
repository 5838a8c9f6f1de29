import type { Log } from '../log.js';
import type { Exec } from '../tools/exec.js';
import { Helm } from '../tools/helm.js';
import { Kubectl } from '../tools/kubectl.js';
import { buildKubeconfig, CONTEXT, type ClusterAccess } from './kubeconfig.js';
import { RunLease } from './lease.js';
import { createRedactor, type Redact } from './redact.js';

/** What Azure gives to reach a cluster: where it is and who we are. */
export interface ClusterCredential {
  /** Answer of `listClusterUserCredential`: only its server and CA are used. */
  readonly kubeconfigYaml: string;
  /** Entra bearer token for the AKS server application. */
  readonly token: string;
  readonly expiresOn: Date;
}

/** Where files that may hold a secret go: 0600, gone at the end of the run. */
export interface PrivateFiles {
  readonly path: string;
  writeFile(name: string, content: string): Promise<string>;
}

export interface ClusterOptions {
  readonly exec: Exec;
  readonly log: Log;
  readonly files: PrivateFiles;
  readonly getCredential: () => Promise<ClusterCredential>;
  /** Key Vault name → value: whatever a pod prints is searched for these before it is shown. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** An open cluster: the two tools bound to it. */
export interface Cluster {
  readonly access: ClusterAccess;
  readonly kubectl: Kubectl;
  readonly helm: Helm;
  readonly files: PrivateFiles;
  readonly log: Log;
  /** Takes secrets out of text that came from the cluster. */
  readonly redact: Redact;
  /** One run at a time; taken by the phases that change the cluster. */
  readonly lease: RunLease;
  /** Gives the lease back and ends the renewal of the token. */
  close(): Promise<void>;
}

const RENEW_BEFORE_EXPIRY_MS = 10 * 60_000;
const RENEW_AT_MOST_EVERY_MS = 60_000;

/**
 * Writes the kubeconfig and the token beside it. The token is a file of its own because client-go reads `tokenFile` again
 * every minute: a Helm hook may outlive the hour an Entra token lives, and renewal reaches a helm that is already running.
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { exec, files, log, getCredential } = options;
  const first = await getCredential();
  const tokenFile = await files.writeFile('cluster-token', first.token);
  const kubeconfigPath = await files.writeFile('kubeconfig', buildKubeconfig(first.kubeconfigYaml, tokenFile));
  const access = { kubeconfigPath, context: CONTEXT };

  let timer: NodeJS.Timeout | undefined;
  const renewBefore = (expiresOn: Date): void => {
    const delay = Math.max(expiresOn.getTime() - Date.now() - RENEW_BEFORE_EXPIRY_MS, RENEW_AT_MOST_EVERY_MS);
    timer = setTimeout(() => void renew(expiresOn), delay);
    timer.unref();
  };
  const renew = async (previousExpiry: Date): Promise<void> => {
    try {
      const next = await getCredential();
      await files.writeFile('cluster-token', next.token);
      renewBefore(next.expiresOn);
    } catch (error) {
      log.warning(
        `The cluster token could not be renewed (${error instanceof Error ? error.message : String(error)}); the old one lasts until ${previousExpiry.toISOString()}.`,
      );
      renewBefore(previousExpiry);
    }
  };
  renewBefore(first.expiresOn);

  const kubectl = new Kubectl(exec, access);
  // What was taken is given back in a run that is asked to stop, too.
  const lease = new RunLease(new Kubectl((program, args, more) => exec(program, args, { ...more, givesBack: true }), access), log);
  return {
    access,
    kubectl,
    helm: new Helm(exec, access),
    files,
    log,
    redact: createRedactor([...options.secrets.values()]),
    lease,
    close: async () => {
      clearTimeout(timer);
      await lease.release();
    },
  };
}
