import type { Container } from './types.js';
import type { Program } from './programs.js';

export interface Terminated {
  readonly exitCode: number;
  readonly reason?: 'OOMKilled' | undefined;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly id: string;
}

export type ContainerState =
  | { readonly is: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly is: 'running'; readonly startedAt: number; readonly program: Program; readonly id: string }
  | ({ readonly is: 'terminated' } & Terminated);

/** One container of one pod, as its node's kubelet keeps it. Times in ms of the world's clock. */
export class ContainerRun {
  state: ContainerState = { is: 'waiting', reason: 'ContainerCreating' };
  last: Terminated | undefined;
  restarts = 0;
  /** Not to be tried again before this moment. */
  retryAt = 0;
  failedPulls = 0;
  pulled = false;

  constructor(
    readonly spec: Container,
    readonly isInit: boolean,
  ) {}

  /** The run of which `kept` is a plain copy. */
  static of(this: void, kept: ContainerRun): ContainerRun {
    return Object.assign(new ContainerRun(kept.spec, kept.isInit), kept);
  }

  /** An init container that keeps running beside the others (a native sidecar). */
  get isSidecar(): boolean {
    return this.isInit && this.spec.restartPolicy === 'Always';
  }

  succeeded(): boolean {
    return this.state.is === 'terminated' && this.state.exitCode === 0;
  }

  /** Running for at least `readyMs`, and meant to keep running. */
  ready(now: number, readyMs: number): boolean {
    return this.state.is === 'running' && now >= this.state.startedAt + readyMs && !this.state.program.ends && !this.state.program.polls;
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function terminatedState(ended: Terminated): Record<string, unknown> {
  return {
    terminated: {
      exitCode: ended.exitCode,
      reason: ended.reason ?? (ended.exitCode === 0 ? 'Completed' : 'Error'),
      startedAt: time(ended.startedAt),
      finishedAt: time(ended.finishedAt),
      containerID: ended.id,
    },
  };
}

/** The entry of `status.containerStatuses` for a container. */
export function containerStatus(
  run: ContainerRun,
  ready: boolean,
): Record<string, unknown> & { name: string; ready: boolean; restartCount: number } {
  const { state, spec } = run;
  const shown =
    state.is === 'waiting'
      ? { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } }
      : state.is === 'running'
        ? { running: { startedAt: time(state.startedAt) } }
        : terminatedState(state);
  return {
    name: spec.name,
    image: spec.image,
    imageID: run.pulled
      ? `${spec.image.replace(/[:@][^/]*$/, '')}@sha256:${Buffer.from(spec.image).toString('hex').padEnd(64, '0').slice(0, 64)}`
      : '',
    ready,
    started: state.is === 'running',
    restartCount: run.restarts,
    state: shown,
    lastState: run.last && run.last !== state ? terminatedState(run.last) : {},
    ...(state.is === 'waiting' ? {} : { containerID: state.id }),
  };
}
