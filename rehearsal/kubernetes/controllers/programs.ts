import type { KubeObject } from '../api.js';
import { isAgentBootstrap } from './agent-bootstrap.js';
import { missingGatewayApi } from './cert-manager.js';
import { storeCheck } from './data-stores.js';
import type { Runtime } from './runtime.js';
import { controllerOf, podSpec, type Container } from './types.js';
import { blobHealthCheck } from './workload-identity.js';

/** What a container does once started: the lines it prints, and how it ends if it ends by itself. */
export interface Program {
  readonly log: readonly string[];
  readonly ends?: {
    readonly afterMs: number;
    readonly exitCode: number;
    readonly log: readonly string[];
    /** Why, when it was not the program's own doing. */
    readonly reason?: 'OOMKilled';
  };
  /** Ends when what it does in the cluster is done: its end is asked for again and again. */
  readonly polls?: true;
}

/** A Go program that panics exits with 2; everything else that fails here, with 1. */
const PANIC = 2;
/** 128 and the number of SIGKILL. */
const KILLED = 137;

/** Does the container run to completion: in a Job, or in a bare pod that is not to be restarted? */
function completes(pod: KubeObject, isInit: boolean): boolean {
  return isInit || controllerOf(pod)?.kind === 'Job' || (podSpec(pod).restartPolicy ?? 'Always') !== 'Always';
}

function runsLine(container: Container): string {
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ').split('\n')[0] ?? '';
  return `INFO starting ${container.name}${command ? `: ${command.slice(0, 160)}` : ''}`;
}

function listening(container: Container): string[] {
  const ports = (container.ports ?? []).map((port) => `INFO listening on 0.0.0.0:${port.containerPort}`);
  return [...ports, `INFO ${container.name} is ready`];
}

/** Decides a container's fate by the faults of the world, its Job, its data stores and the blob health check. */
export function programOf(
  runtime: Runtime,
  pod: KubeObject,
  container: Container,
  environment: Readonly<Record<string, string>>,
  isInit: boolean,
): Program {
  const { context } = runtime;
  const { faults, options } = context.world;
  const crashMs = Math.ceil(options.podReadyMs / 3);
  const start = runsLine(container);
  const job = controllerOf(pod)?.kind === 'Job' ? controllerOf(pod)?.name : undefined;
  if (job === undefined && faults.podCrashes?.test(pod.metadata.name)) {
    return {
      log: [start],
      ends: { afterMs: crashMs, exitCode: 1, log: [`ERROR ${container.name}: unrecoverable error during startup, exiting`] },
    };
  }
  if (faults.outOfMemory?.test(pod.metadata.name))
    return { log: [start], ends: { afterMs: crashMs, exitCode: KILLED, log: [], reason: 'OOMKilled' } };
  const misconfigured = missingGatewayApi(runtime, pod, container);
  if (misconfigured) return { log: [start], ends: { afterMs: crashMs, exitCode: 1, log: [misconfigured] } };
  const disconnected = storeCheck(runtime, pod, environment);
  if (disconnected) return { log: [start], ends: { afterMs: crashMs, exitCode: 1, log: disconnected } };
  const panicked = blobHealthCheck(context, pod, environment);
  if (panicked) return { log: [start], ends: { afterMs: crashMs, exitCode: PANIC, log: panicked } };

  const blob = environment['AZURE_STORAGE_ACCOUNT_NAME'];
  const log = blob ? [start, `INFO blob storage: container ${environment['AZURE_STORAGE_CONTAINER_NAME']} in account ${blob}`] : [start];
  if (job !== undefined && !isInit && faults.jobFails?.test(job)) {
    return { log, ends: { afterMs: options.podReadyMs, exitCode: 1, log: [`ERROR ${job}: task failed, see the lines above`] } };
  }
  if (isAgentBootstrap(pod, container)) return { log, polls: true };
  if (completes(pod, isInit))
    return { log, ends: { afterMs: options.podReadyMs, exitCode: 0, log: [`INFO ${job ?? container.name} finished`] } };
  return { log: [...log, ...listening(container)] };
}
