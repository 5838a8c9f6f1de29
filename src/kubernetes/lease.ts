import { randomUUID } from 'node:crypto';
import { DeployError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { until } from '../retry.js';
import type { Kubectl } from '../tools/kubectl.js';
import type { KubeObject } from './objects.js';

interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
}

export const LEASE_NAME = 'langsmith-azure';

/** How long a lease lives without being renewed, and how often a living run renews it. */
export interface LeaseTiming {
  readonly durationMs: number;
  readonly renewEveryMs: number;
}

const TIMING: LeaseTiming = { durationMs: 20_000, renewEveryMs: 6000 };

/**
 * One run at a time per namespace, by a Lease that a living run keeps renewing. It is what tells a release that is pending because
 * another run is working on it from one that is pending because its run died: whoever holds the lease knows that no other run lives.
 * The holder is judged dead by our own clock, having watched the lease stand still for its whole duration, so skewed clocks do no harm.
 */
export class RunLease {
  #namespace: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly kubectl: Kubectl,
    private readonly log: Log,
    private readonly timing: LeaseTiming = TIMING,
    private readonly holder: string = randomUUID(),
  ) {}

  /** @throws DeployError `release-failed` when another run renews it while we look. */
  async acquire(namespace: string): Promise<void> {
    if (this.#namespace === namespace) return;
    let seen: { readonly version: string; readonly since: number } | undefined;
    const acquired = await until({ deadlineMs: this.timing.durationMs * 3, firstPauseMs: 500, maximumPauseMs: 2000 }, async () => {
      const lease = await this.kubectl.get<Lease>('lease', LEASE_NAME, namespace);
      const holder = lease?.spec?.holderIdentity ?? '';
      const version = lease?.metadata.resourceVersion ?? '';
      if (lease === undefined || holder === '' || holder === this.holder) return this.#take(namespace, lease);
      if (seen === undefined) {
        this.log.info(`Another run (${holder}) holds the lease ${namespace}/${LEASE_NAME}; watching whether it lives.`);
        seen = { version, since: performance.now() };
      }
      if (seen.version !== version) throw anotherRun(namespace, holder);
      return performance.now() - seen.since < this.timing.durationMs ? undefined : this.#take(namespace, lease);
    });
    if (acquired === undefined) throw anotherRun(namespace, 'which kept changing');
    this.#namespace = namespace;
    this.#timer = setInterval(() => void this.#renew(namespace), this.timing.renewEveryMs);
    this.#timer.unref();
  }

  /** Gives the lease back; a run that dies without doing so is found dead after the duration. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#namespace === undefined) return;
    await this.#update(this.#namespace, '').catch((error: unknown) => {
      this.log.debug(`The lease was not given back: ${messageOf(error)}`);
    });
    this.#namespace = undefined;
  }

  async #take(namespace: string, current: Lease | undefined): Promise<true | undefined> {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: LEASE_NAME,
        namespace,
        ...(current?.metadata.resourceVersion === undefined ? {} : { resourceVersion: current.metadata.resourceVersion }),
      },
      spec: {
        holderIdentity: this.holder,
        leaseDurationSeconds: Math.max(1, Math.round(this.timing.durationMs / 1000)),
        renewTime: microTime(),
      },
    };
    return (await this.kubectl.write(current === undefined ? 'create' : 'replace', lease)) ? true : undefined;
  }

  async #renew(namespace: string): Promise<void> {
    try {
      await this.#update(namespace, this.holder);
    } catch (error) {
      this.log.warning(`The lease ${namespace}/${LEASE_NAME} was not renewed: ${messageOf(error)}`);
    }
  }

  /** Changes the lease only while it is ours: the patch tests the holder first. */
  async #update(namespace: string, holder: string): Promise<void> {
    await this.kubectl.patch('lease', LEASE_NAME, namespace, 'json', [
      { op: 'test', path: '/spec/holderIdentity', value: this.holder },
      { op: 'replace', path: '/spec/holderIdentity', value: holder },
      { op: 'replace', path: '/spec/renewTime', value: microTime() },
    ]);
  }
}

/** Kubernetes MicroTime: six decimals. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

const anotherRun = (namespace: string, holder: string): DeployError =>
  new DeployError('release-failed', `another run (${holder}) is working on namespace ${namespace}`, {
    fix: 'Wait for that run to end and run again.',
  });
