import { DeployError, toDeployError } from './errors.js';

/** The phases of a deployment in order; the one word each has everywhere. */
export const PHASES = [
  'inputs',
  'tools',
  'login',
  'bootstrap',
  'state',
  'secrets',
  'provision',
  'outputs',
  'cluster',
  'values',
  'plan',
  'app',
  'platform',
  'release',
  'verify',
] as const;
/**
 * Phases of other runs: `preflight` follows `tools`; `drift` follows two plans; `dismantle` and `destroy` follow `provision`, which then
 * plans a destroy.
 */
export const OTHER_PHASES = ['preflight', 'drift', 'dismantle', 'destroy'] as const;
export type PhaseName = (typeof PHASES)[number] | (typeof OTHER_PHASES)[number];

/** How one phase went; no field can hold a secret. */
export interface PhaseResult {
  readonly phase: PhaseName;
  readonly status: 'done' | 'failed';
  readonly durationMs: number;
  /** One line for the step summary. */
  readonly summary: string;
}

/** What the phase runner needs from the workflow runner. */
export interface PhaseHost {
  startGroup(name: string): void;
  endGroup(): void;
  info(message: string): void;
  /** Told before a phase starts, so that the post step of a killed run knows where it died. */
  entering(phase: PhaseName): void;
  /** True once the runner asked the process to stop. */
  interrupted(): boolean;
  /** Rejects when a run that was asked to stop need not be waited for any longer. */
  givenUp(): Promise<never>;
}

/** Runs phases one after another: a log group, the timing and the PhaseResult of each. */
export class PhaseRunner {
  readonly results: PhaseResult[] = [];

  constructor(
    private readonly host: PhaseHost,
    private readonly now: () => number = Date.now,
  ) {}

  /** @param describe what the phase found or did, in one line. */
  async run<T>(phase: PhaseName, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const start = this.now();
    this.host.entering(phase);
    this.host.startGroup(phase);
    try {
      this.#stopIfInterrupted(phase);
      const result = await Promise.race([work(), this.host.givenUp()]);
      this.#stopIfInterrupted(phase);
      const summary = describe(result);
      this.results.push({ phase, status: 'done', durationMs: this.now() - start, summary });
      this.host.info(summary);
      return result;
    } catch (thrown) {
      const error = this.host.interrupted() ? interruption(phase, thrown) : toDeployError(thrown);
      this.results.push({ phase, status: 'failed', durationMs: this.now() - start, summary: error.message.split('\n')[0] ?? error.reason });
      throw error;
    } finally {
      this.host.endGroup();
    }
  }

  #stopIfInterrupted(phase: PhaseName): void {
    if (this.host.interrupted()) throw interruption(phase, undefined);
  }
}

function interruption(phase: PhaseName, cause: unknown): DeployError {
  return cause instanceof DeployError && cause.reason === 'run-interrupted'
    ? cause
    : new DeployError('run-interrupted', `the runner asked the run to stop during ${phase}`, cause === undefined ? {} : { cause });
}
