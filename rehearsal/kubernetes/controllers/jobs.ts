import { ApiError, type KubeObject } from '../api.js';
import type { Recorder } from './events.js';
import { active, type PodFactory } from './pods.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { randomSuffix } from './template-hash.js';
import { isReady, ownerKey, podStatus, specOf, splitKey, statusOf, withCondition, type Condition, type PodTemplate } from './types.js';

const COMPONENT = 'job-controller';
const FIRST_BACKOFF = 10;
const LAST_BACKOFF = 360;

interface JobSpec {
  template: PodTemplate;
  parallelism?: number;
  completions?: number;
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  suspend?: boolean;
}

interface JobStatus {
  startTime: string;
  completionTime: string;
  conditions: Condition[];
}

interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Runs pods until enough succeed or too many fail; removes itself after its TTL, in the world's own time. */
export class Jobs implements Controller {
  readonly name = 'job';
  readonly watches = { 'batch/Job': itself, Pod: ownerKey('Job') };
  /** When the last pod of a Job failed, by uid, in ms: the next try waits from there. */
  readonly #failedAt: Map<string, { failures: number; at: number }>;
  readonly #startedAt: Map<string, number>;

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
    private readonly pods: PodFactory,
  ) {
    this.#failedAt = runtime.memory('jobs-failed');
    this.#startedAt = runtime.memory('jobs-started');
  }

  deleted(kind: string, object: KubeObject): void {
    if (kind !== 'batch/Job') return;
    this.#failedAt.delete(object.metadata.uid);
    this.#startedAt.delete(object.metadata.uid);
  }

  reconcile(key: string): void {
    const [namespace, name] = splitKey(key);
    const job = this.runtime.store.get('batch/Job', namespace, name);
    if (!job || job.metadata.deletionTimestamp) return;
    const finished = finishedCondition(job);
    if (finished) {
      this.#expire(key, job, finished);
      return;
    }
    const spec = specOf<JobSpec>(job);
    if (spec.suspend) {
      for (const pod of active(this.pods.of(job))) this.pods.remove(pod);
      this.#report(job, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' });
      return;
    }
    if (!this.#startedAt.has(job.metadata.uid)) this.#startedAt.set(job.metadata.uid, this.runtime.now());
    const verdict = this.#verdict(key, job, spec);
    if (verdict) this.#finish(job, verdict);
    else {
      this.#run(key, job, spec);
      this.#report(job);
    }
  }

  #verdict(key: string, job: KubeObject, spec: JobSpec): Verdict | undefined {
    const pods = this.pods.of(job);
    const succeeded = pods.filter((pod) => podStatus(pod).phase === 'Succeeded').length;
    if (succeeded >= (spec.completions ?? 1))
      return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };

    const failures = this.#countFailures(job, pods);
    if (failures > (spec.backoffLimit ?? 6))
      return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    if (spec.activeDeadlineSeconds !== undefined) {
      const left = (this.#startedAt.get(job.metadata.uid) ?? 0) + spec.activeDeadlineSeconds * 1000 - this.runtime.now();
      if (left <= 0) return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
      this.runtime.after(this, key, left);
    }
    return undefined;
  }

  /** Failed pods and, where the kubelet restarts in place (OnFailure), restarts. */
  #countFailures(job: KubeObject, pods: readonly KubeObject[]): number {
    const failed = pods.filter((pod) => podStatus(pod).phase === 'Failed').length;
    const restarts = active(pods).reduce(
      (sum, pod) => sum + (podStatus(pod).containerStatuses ?? []).reduce((all, status) => all + status.restartCount, 0),
      0,
    );
    const known = this.#failedAt.get(job.metadata.uid);
    if (failed > (known?.failures ?? 0)) this.#failedAt.set(job.metadata.uid, { failures: failed, at: this.runtime.now() });
    return failed + restarts;
  }

  #run(key: string, job: KubeObject, spec: JobSpec): void {
    const pods = this.pods.of(job);
    const succeeded = pods.filter((pod) => podStatus(pod).phase === 'Succeeded').length;
    const wanted = Math.min(spec.parallelism ?? 1, (spec.completions ?? 1) - succeeded);
    const missing = wanted - active(pods).length;
    if (missing <= 0) return;
    const failure = this.#failedAt.get(job.metadata.uid);
    const wait = failure
      ? failure.at + this.runtime.scaled(Math.min(FIRST_BACKOFF * 2 ** (failure.failures - 1), LAST_BACKOFF)) - this.runtime.now()
      : 0;
    if (wait > 0) {
      this.runtime.after(this, key, wait);
      return;
    }
    for (let index = 0; index < missing; index += 1) this.#create(key, job, spec);
  }

  #create(key: string, job: KubeObject, spec: JobSpec): void {
    const { name, uid } = job.metadata;
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const generateName = `${name.slice(0, 57)}-`;
    try {
      const pod = this.pods.create(job, spec.template, generateName + randomSuffix(), { generateName, labels });
      this.recorder.normal(job, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, COMPONENT);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.recorder.warning(job, 'FailedCreate', `Error creating: ${error.message}`, COMPONENT);
      this.runtime.after(this, key, this.runtime.scaled(FIRST_BACKOFF));
    }
  }

  #finish(job: KubeObject, verdict: Verdict): void {
    const failed = verdict.type === 'Failed';
    for (const pod of active(this.pods.of(job))) {
      this.pods.remove(pod);
      this.recorder.normal(job, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, COMPONENT);
    }
    if (failed) this.recorder.warning(job, verdict.reason, verdict.message, COMPONENT);
    else this.recorder.normal(job, 'Completed', 'Job completed', COMPONENT);
    const { reason, message } = verdict;
    this.#report(
      job,
      { type: failed ? 'FailureTarget' : 'SuccessCriteriaMet', status: 'True', reason, message },
      { type: verdict.type, status: 'True', reason, message },
    );
  }

  #report(job: KubeObject, ...news: Condition[]): void {
    const pods = this.pods.of(job);
    const now = this.runtime.timestamp();
    const before = statusOf<JobStatus>(job);
    const running = active(pods);
    const count = (phase: string): number => pods.filter((pod) => podStatus(pod).phase === phase).length;
    const conditions = news.reduce<Condition[]>(
      (list, next) => withCondition(list, { ...next, lastProbeTime: now }, now),
      before.conditions ?? [],
    );
    const counters = { active: running.length, succeeded: count('Succeeded'), failed: count('Failed') };
    this.runtime.setStatus('batch/Job', job, {
      ...Object.fromEntries(Object.entries(counters).filter(([, value]) => value > 0)),
      ready: running.filter(isReady).length,
      terminating: 0,
      uncountedTerminatedPods: {},
      ...(conditions.length > 0 ? { conditions } : {}),
      ...(news.some((entry) => entry.type === 'Suspended') ? {} : { startTime: before.startTime ?? now }),
      ...(news.some((entry) => entry.type === 'Complete') ? { completionTime: now } : {}),
    });
  }

  #expire(key: string, job: KubeObject, finished: Condition): void {
    const ttl = specOf<JobSpec>(job).ttlSecondsAfterFinished;
    if (ttl === undefined) return;
    const left = Date.parse(finished.lastTransitionTime ?? job.metadata.creationTimestamp) + ttl * 1000 - this.runtime.now();
    if (left > 0) this.runtime.after(this, key, left);
    else this.runtime.store.remove('batch/Job', job.metadata.namespace, job.metadata.name);
  }
}

function finishedCondition(job: KubeObject): Condition | undefined {
  return statusOf<JobStatus>(job).conditions?.find(
    (entry) => (entry.type === 'Complete' || entry.type === 'Failed') && entry.status === 'True',
  );
}
