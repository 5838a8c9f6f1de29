import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Rehearsal } from './rehearsal.js';

const run = promisify(execFile);

const CLUSTER_ADMIN = 'Azure Kubernetes Service RBAC Cluster Admin';
const AKS_AUDIENCE = '6dae42f8-4368-4678-94ff-3960e28e3630';

/** A look at the cluster from outside the run: the real kubectl and helm with a login of their own. */
export class Observer {
  private constructor(
    private readonly rehearsal: Rehearsal,
    /** Path of a kubeconfig that signs its reader in for an hour. */
    readonly kubeconfig: string,
  ) {}

  /** @param fqdn of one cluster among several. @returns undefined while there is no cluster. */
  static async of(rehearsal: Rehearsal, fqdn?: string): Promise<Observer | undefined> {
    const clusters = [...rehearsal.world.clusters.values()];
    const cluster = fqdn === undefined ? clusters[0] : clusters.find((candidate) => candidate.fqdn === fqdn);
    if (cluster === undefined) return undefined;
    // Each deployment has an identity of its own, and only that one may look into its cluster.
    const { directory: people, resources } = rehearsal.world;
    const admin = resources.assignments().find(({ roleName, scope }) => roleName === CLUSTER_ADMIN && scope === cluster.resourceId);
    const principal = admin === undefined ? undefined : people.byObjectId(admin.principalId);
    const token = await people.mint(principal ?? rehearsal.world.deployer(), AKS_AUDIENCE);
    const directory = path.join(rehearsal.directory, 'observer', cluster.fqdn);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const kubeconfig = path.join(directory, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'rehearsal', cluster: { server: `https://${cluster.fqdn}:443`, 'certificate-authority': rehearsal.hosts.caFile } },
      ],
      users: [{ name: 'rehearsal', user: { token } }],
      contexts: [{ name: 'rehearsal', context: { cluster: 'rehearsal', user: 'rehearsal' } }],
      'current-context': 'rehearsal',
    };
    await writeFile(kubeconfig, stringify(config), { mode: 0o600 });
    return new Observer(rehearsal, kubeconfig);
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#run(this.rehearsal.tools.kubectl, args);
  }

  helm(...args: string[]): Promise<string> {
    return this.#run(this.rehearsal.tools.helm, args);
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, [...args, '--kubeconfig', this.kubeconfig], {
      env: {
        ...this.rehearsal.hosts.env,
        PATH: process.env['PATH'] ?? '',
        HOME: path.dirname(this.kubeconfig),
        KUBECACHEDIR: path.join(path.dirname(this.kubeconfig), 'cache'),
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trimEnd();
  }
}
