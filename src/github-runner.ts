import * as core from '@actions/core';
import type { DeployError } from './errors.js';
import { FAILURE_REASONS } from './errors.js';
import type { OutputName } from './interface.js';
import { givenUp } from './interrupt.js';
import type { Log } from './log.js';
import type { PhaseHost, PhaseName } from './phase.js';

/** What the main step leaves for the post step, which runs even when main was killed. */
export const SAVED = { directory: 'private-directory', phase: 'phase', finished: 'finished', lock: 'state-lock' } as const;

/** The workflow runner as the rest of the code sees it: the only file that speaks workflow commands. */
export class GitHubRunner implements Log, PhaseHost {
  #interrupted = false;

  info(message: string): void {
    core.info(message);
  }

  warning(message: string, title?: string): void {
    core.warning(message, title === undefined ? {} : { title });
  }

  debug(message: string): void {
    core.debug(message);
  }

  mask(value: string): void {
    if (value !== '') core.setSecret(value);
  }

  getIdToken(audience: string): Promise<string> {
    return core.getIDToken(audience);
  }

  startGroup(name: string): void {
    core.startGroup(name);
  }

  endGroup(): void {
    core.endGroup();
  }

  entering(phase: PhaseName): void {
    core.saveState(SAVED.phase, phase);
  }

  interrupt(): void {
    this.#interrupted = true;
  }

  interrupted(): boolean {
    return this.#interrupted;
  }

  givenUp(): Promise<never> {
    return givenUp;
  }

  save(name: keyof typeof SAVED, value: string): void {
    core.saveState(SAVED[name], value);
  }

  saved(name: keyof typeof SAVED): string {
    return core.getState(SAVED[name]);
  }

  setOutputs(outputs: Readonly<Partial<Record<OutputName, string>>>): void {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
  }

  async writeSummary(markdown: string): Promise<void> {
    await core.summary.addRaw(markdown, true).write();
  }

  /** The one annotation of a failed run: reason, cause, fix. */
  fail(error: DeployError): void {
    core.error(`${error.detail}\nFix: ${error.fix}`, { title: `${error.reason}: ${FAILURE_REASONS[error.reason].title}` });
    process.exitCode = 1;
  }
}
