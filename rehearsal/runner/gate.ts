import type { Run } from './run.js';

export interface GateReference {
  readonly environment: string;
  readonly id: string;
  readonly name: string;
}

export type GateAnswer = { readonly open: true } | { readonly open: false; readonly cancelled: boolean; readonly reason: string };

/**
 * Wait for the required reviewers of an environment. One that does not exist yet is created without any, as on GitHub, so it
 * never stops anybody.
 */
export async function passGate(run: Run, { environment, id, name }: GateReference, signal: AbortSignal): Promise<GateAnswer> {
  const { environments } = run.options.world.github;
  const known = [...environments.values()].find((candidate) => candidate.name.toLowerCase() === environment.toLowerCase());
  if (!known) environments.set(environment, { name: environment, reviewers: [] });
  const reviewers = known?.reviewers ?? [];
  const closed = (cancelled: boolean, reason: string): GateAnswer => ({ open: false, cancelled, reason });
  if (signal.aborted) return closed(true, String(signal.reason));
  if (reviewers.length === 0) return { open: true };
  run.emit({ type: 'job-waiting-approval', job: id, environment, reviewers });
  const { approve } = run.options;
  if (!approve) return closed(false, `Environment '${environment}' waits for ${reviewers.join(', ')}, and this run has nobody to approve`);
  const cancelled = new Promise<'cancelled'>((resolve) => signal.addEventListener('abort', () => resolve('cancelled'), { once: true }));
  const answer = await Promise.race([approve(environment, { id, name }), cancelled]);
  if (answer === 'cancelled') return closed(true, String(signal.reason));
  return answer ? { open: true } : closed(false, `The deployment to '${environment}' was rejected`);
}
