import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api.js';
import { advanceBootstrap } from './agent-bootstrap.js';
import { ContainerRun, type Terminated } from './container-run.js';
import { mountProblem, resolveEnvironment } from './environment.js';
import type { Recorder } from './events.js';
import { renderStatus } from './pod-status.js';
import { programOf, type Program } from './programs.js';
import { UNKNOWN_IMAGE } from './routing/istio-injection.js';
import { itself, type Controller, type Runtime } from './runtime.js';
import { keyOf, podSpec, podStatus, specOf, splitKey, statusOf } from './types.js';

/** Seconds of the first back-off, doubled each time up to the last, for pulls and restarts alike. */
const FIRST_BACKOFF = 10;
const LAST_BACKOFF = 300;

/** Seconds between two looks of a program that waits for something in the cluster. */
const POLL_SECONDS = 5;

interface PodRun {
  readonly init: ContainerRun[];
  readonly main: ContainerRun[];
  readonly ip: string;
  readonly startedAt: string;
  mountProblem: string | undefined;
  /** When something will change by itself. */
  wakeAt: number;
}

/** All nodes' kubelets in one: starts, watches, restarts and ends the containers of the pods that have a node. */
export class Kubelet implements Controller {
  readonly name = 'kubelet';
  readonly watches = {
    Pod: itself,
    Secret: (object: KubeObject) => this.#blockedIn(object.metadata.namespace),
    ConfigMap: (object: KubeObject) => this.#blockedIn(object.metadata.namespace),
  };
  readonly #runs: Map<string, PodRun>;
  /** Keys of pods that wait for a Secret or a ConfigMap. */
  readonly #blocked = new Set<string>();
  readonly #imagesOnNodes: Map<string, true>;
  /** The number behind the newest pod address, under one key. */
  readonly #addresses: Map<'newest', number>;

  constructor(
    private readonly runtime: Runtime,
    private readonly recorder: Recorder,
  ) {
    this.#runs = runtime.memory('kubelet-runs');
    for (const run of this.#runs.values())
      for (const containers of [run.init, run.main]) containers.splice(0, containers.length, ...containers.map(ContainerRun.of));
    this.#imagesOnNodes = runtime.memory('kubelet-images');
    this.#addresses = runtime.memory('kubelet-addresses') as Map<'newest', number>;
  }

  deleted(kind: string, pod: KubeObject): void {
    if (kind !== 'Pod') return;
    const run = this.#runs.get(pod.metadata.uid);
    for (const container of run?.main ?? []) {
      if (container.state.is === 'running') this.#normal(pod, 'Killing', `Stopping container ${container.spec.name}`);
    }
    this.#runs.delete(pod.metadata.uid);
    this.#blocked.delete(keyOf(pod));
    this.runtime.context.logs.delete(pod.metadata.uid);
    this.recorder.forget(pod);
  }

  reconcile(key: string): void {
    const [namespace, name] = splitKey(key);
    const pod = this.runtime.store.get('Pod', namespace, name);
    if (!pod || !podSpec(pod).nodeName) return;
    if (pod.metadata.deletionTimestamp) {
      this.runtime.store.remove('Pod', namespace, name);
      return;
    }
    const phase = podStatus(pod).phase;
    if (phase === 'Succeeded' || phase === 'Failed') return;

    const run = this.#runOf(pod);
    run.wakeAt = Infinity;
    this.#blocked.delete(key);
    this.#advance(pod, run);
    this.#report(pod, run);
    if (run.wakeAt < Infinity) this.runtime.after(this, key, run.wakeAt - this.runtime.now());
  }

  #blockedIn(namespace: string | undefined): string[] {
    return [...this.#blocked].filter((key) => key.startsWith(`${namespace}/`));
  }

  #runOf(pod: KubeObject): PodRun {
    const known = this.#runs.get(pod.metadata.uid);
    if (known) return known;
    const spec = podSpec(pod);
    const address = (this.#addresses.get('newest') ?? 10) + 1;
    this.#addresses.set('newest', address);
    const run: PodRun = {
      init: (spec.initContainers ?? []).map((container) => new ContainerRun(container, true)),
      main: spec.containers.map((container) => new ContainerRun(container, false)),
      ip: `10.244.${Math.floor(address / 250) % 256}.${address % 250}`,
      startedAt: this.runtime.timestamp(),
      mountProblem: undefined,
      wakeAt: Infinity,
    };
    this.#runs.set(pod.metadata.uid, run);
    return run;
  }

  #advance(pod: KubeObject, run: PodRun): void {
    const started = run.main.some((container) => container.state.is !== 'waiting' || container.restarts > 0);
    const problem = started ? undefined : mountProblem(this.runtime.store, pod);
    if (problem !== undefined) {
      this.#blocked.add(keyOf(pod));
      if (run.mountProblem !== problem) this.#warning(pod, 'FailedMount', problem);
    }
    run.mountProblem = problem;
    if (problem !== undefined) return;

    for (const container of run.init) {
      this.#tick(pod, run, container);
      const open = container.isSidecar ? container.ready(this.runtime.now(), this.#readyMs) : container.succeeded();
      if (!open) {
        for (const later of [...run.init, ...run.main])
          if (later.state.is === 'waiting' && later.restarts === 0 && later !== container)
            later.state = { is: 'waiting', reason: 'PodInitializing' };
        return;
      }
    }
    for (const container of run.main) this.#tick(pod, run, container);
  }

  get #readyMs(): number {
    return this.runtime.context.world.options.podReadyMs;
  }

  /** Takes one container as far as it can go now, and notes when it can go on. */
  #tick(pod: KubeObject, run: PodRun, container: ContainerRun): void {
    const now = this.runtime.now();
    if (container.state.is === 'waiting') {
      if (container.retryAt > now) run.wakeAt = Math.min(run.wakeAt, container.retryAt);
      else this.#start(pod, container);
    }
    if (container.state.is === 'waiting') {
      if (container.retryAt > now) run.wakeAt = Math.min(run.wakeAt, container.retryAt);
      return;
    }
    if (container.state.is === 'running') {
      const { startedAt, program } = container.state;
      if (program.polls) {
        const ends = advanceBootstrap(this.runtime, pod, container.spec, startedAt);
        if (ends) this.#end(pod, run, container, container.state, ends);
        else run.wakeAt = Math.min(run.wakeAt, now + this.runtime.scaled(POLL_SECONDS));
        return;
      }
      const next = startedAt + (program.ends?.afterMs ?? this.#readyMs);
      if (now < next) run.wakeAt = Math.min(run.wakeAt, next);
      else if (program.ends) this.#end(pod, run, container, container.state, program.ends);
    }
  }

  #start(pod: KubeObject, container: ContainerRun): void {
    if (!container.pulled && !this.#pull(pod, container)) return;
    const environment = resolveEnvironment(this.runtime.store, pod, container.spec);
    if (environment.problem !== undefined) {
      this.#blocked.add(keyOf(pod));
      if (container.state.is !== 'waiting' || container.state.message !== environment.problem)
        this.#warning(pod, 'Failed', `Error: ${environment.problem}`);
      container.state = { is: 'waiting', reason: 'CreateContainerConfigError', message: environment.problem };
      return;
    }
    if (container.last) container.restarts += 1;
    const program = programOf(this.runtime, pod, container.spec, environment.values, container.isInit && !container.isSidecar);
    container.state = { is: 'running', startedAt: this.runtime.now(), program, id: `containerd://${randomBytes(32).toString('hex')}` };
    this.#printed(pod, container, [...program.log], true);
    this.#normal(pod, 'Created', `Created container: ${container.spec.name}`);
    this.#normal(pod, 'Started', `Started container ${container.spec.name}`);
  }

  #pull(pod: KubeObject, container: ContainerRun): boolean {
    const { image } = container.spec;
    if (image === UNKNOWN_IMAGE || this.runtime.context.world.faults.imagePull?.test(image)) {
      this.#pullFailed(pod, container);
      return false;
    }
    const onNode = `${podSpec(pod).nodeName} ${image}`;
    if (this.#imagesOnNodes.has(onNode)) this.#normal(pod, 'Pulled', `Container image "${image}" already present on machine`);
    else {
      this.#normal(pod, 'Pulling', `Pulling image "${image}"`);
      this.#normal(pod, 'Pulled', `Successfully pulled image "${image}"`);
    }
    this.#imagesOnNodes.set(onNode, true);
    container.pulled = true;
    return true;
  }

  /** Alternates between the failed attempt and the back-off after it, as `kubectl get pods` shows it. */
  #pullFailed(pod: KubeObject, container: ContainerRun): void {
    const { image } = container.spec;
    const reference =
      image.includes('/') && /[.:]/.test(image.split('/')[0] ?? '') ? image : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`;
    const cause = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
    if (container.state.is === 'waiting' && container.state.reason === 'ErrImagePull') {
      const delay = this.runtime.scaled(Math.min(FIRST_BACKOFF * 2 ** (container.failedPulls - 1), LAST_BACKOFF));
      container.state = {
        is: 'waiting',
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${image}": ErrImagePull: rpc error: code = NotFound desc = ${cause}`,
      };
      container.retryAt = this.runtime.now() + delay;
      this.#normal(pod, 'BackOff', `Back-off pulling image "${image}"`);
      this.#warning(pod, 'Failed', 'Error: ImagePullBackOff');
      return;
    }
    container.failedPulls += 1;
    container.state = { is: 'waiting', reason: 'ErrImagePull', message: `rpc error: code = NotFound desc = ${cause}` };
    container.retryAt = this.runtime.now() + this.runtime.scaled(1);
    this.#normal(pod, 'Pulling', `Pulling image "${image}"`);
    this.#warning(pod, 'Failed', `Failed to pull image "${image}": rpc error: code = NotFound desc = ${cause}`);
    this.#warning(pod, 'Failed', 'Error: ErrImagePull');
  }

  #end(
    pod: KubeObject,
    run: PodRun,
    container: ContainerRun,
    state: { startedAt: number; id: string },
    ends: NonNullable<Program['ends']>,
  ): void {
    const ended: Terminated = {
      exitCode: ends.exitCode,
      ...(ends.reason === undefined ? {} : { reason: ends.reason }),
      startedAt: state.startedAt,
      finishedAt: this.runtime.now(),
      id: state.id,
    };
    this.#printed(pod, container, ends.log, false);
    container.last = ended;
    const policy = podSpec(pod).restartPolicy ?? 'Always';
    const restart = policy === 'Always' ? !container.isInit || ended.exitCode !== 0 : policy === 'OnFailure' && ended.exitCode !== 0;
    if (!restart) {
      container.state = { is: 'terminated', ...ended };
      // What waits for this container (the next init container, the pod's phase) is looked at again at once.
      run.wakeAt = Math.min(run.wakeAt, this.runtime.now());
      return;
    }
    const seconds = Math.min(FIRST_BACKOFF * 2 ** container.restarts, LAST_BACKOFF);
    const where = `pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    const backoff = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
    container.state = {
      is: 'waiting',
      reason: 'CrashLoopBackOff',
      message: `back-off ${backoff} restarting failed container=${container.spec.name} ${where.replace('pod ', 'pod=')}`,
    };
    container.retryAt = this.runtime.now() + this.runtime.scaled(seconds);
    run.wakeAt = Math.min(run.wakeAt, container.retryAt);
    this.#warning(pod, 'BackOff', `Back-off restarting failed container ${container.spec.name} in ${where}`);
  }

  #report(pod: KubeObject, run: PodRun): void {
    const now = this.runtime.now();
    const node = this.runtime.store.get('Node', undefined, podSpec(pod).nodeName ?? '');
    const addresses = node ? (statusOf<{ addresses: { type: string; address: string }[] }>(node).addresses ?? []) : [];
    this.runtime.change(
      'Pod',
      pod.metadata.namespace,
      pod.metadata.name,
      (fresh) => {
        fresh['status'] = renderStatus(
          {
            pod: fresh,
            init: run.init,
            main: run.main,
            phase: phaseOf(pod, run),
            podIP: run.ip,
            hostIP: addresses.find((address) => address.type === 'InternalIP')?.address ?? '',
            startedAt: run.startedAt,
            mounted: run.mountProblem === undefined,
            isReady: (container) => container.ready(now, this.#readyMs),
          },
          this.runtime.timestamp(),
        );
      },
      'status',
    );
  }

  #printed(pod: KubeObject, container: ContainerRun, lines: readonly string[], anew: boolean): void {
    const { logs } = this.runtime.context;
    const ofPod = logs.get(pod.metadata.uid) ?? new Map<string, string[]>();
    const kept = anew ? [] : (ofPod.get(container.spec.name) ?? []);
    kept.push(...lines);
    ofPod.set(container.spec.name, kept);
    logs.set(pod.metadata.uid, ofPod);
  }

  #normal(pod: KubeObject, reason: string, message: string): void {
    this.recorder.normal(pod, reason, message, 'kubelet');
  }

  #warning(pod: KubeObject, reason: string, message: string): void {
    this.recorder.warning(pod, reason, message, 'kubelet');
  }
}

function phaseOf(pod: KubeObject, run: PodRun): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const failedInit = run.init.some((container) => container.state.is === 'terminated' && container.state.exitCode !== 0);
  if (failedInit) return 'Failed';
  const ended = run.main.every((container) => container.state.is === 'terminated');
  if (ended && specOf<{ restartPolicy?: string }>(pod).restartPolicy !== 'Always')
    return run.main.every((container) => container.succeeded()) ? 'Succeeded' : 'Failed';
  return run.main.every((container) => container.state.is === 'waiting' && container.restarts === 0 && !container.last)
    ? 'Pending'
    : 'Running';
}
