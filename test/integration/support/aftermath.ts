import path from 'node:path';
import { expect } from '@jest/globals';
import type { Rehearsal } from '../../../rehearsal/rehearsal.js';
import type { RunEvent } from '../../../rehearsal/runner/index.js';
import { errorAnnotations } from './expect.js';
import type { Outcome } from './passes.js';
import { privateDirectories, processesOf } from './witness.js';

/** What is there when the post step has ended and the runner has not yet swept the machine. */
export class Aftermath {
  processes: string[] = ['not looked'];
  directories: string[] = ['not looked'];
  /** Seen before: proof that there was something to remove. */
  directoriesBefore = 0;

  constructor(private readonly rehearsal: Rehearsal) {}

  readonly onEvent = (event: RunEvent): void => {
    const { directory } = this.rehearsal;
    if (event.type === 'log' || event.type === 'group')
      this.directoriesBefore = Math.max(this.directoriesBefore, privateDirectories(directory).length);
    if (event.type !== 'step-finished' || !event.step.startsWith('Post ')) return;
    this.processes = processesOf(path.join(directory, 'work')).map(({ program }) => program);
    this.directories = privateDirectories(directory);
  };

  expectNothingLeft(): void {
    expect(this.directoriesBefore).toBe(1);
    expect(this.directories).toEqual([]);
    expect(this.processes).toEqual([]);
  }
}

/** The run says once that it was stopped, in which phase, and what to do. */
export function expectInterrupted(outcome: Outcome, detail: RegExp): void {
  const own = errorAnnotations(outcome).filter(({ title }) => title !== undefined);
  expect(own.map(({ title }) => title)).toEqual(['run-interrupted: The run was stopped']);
  expect(own[0]?.message).toMatch(detail);
  expect(own[0]?.message).toMatch(/\nFix: Run again: every phase resumes where it stopped\.$/);
}

/** Locks of Terraform states that were taken and not given back. */
export const stateLeases = ({ world }: Rehearsal): number =>
  world.requests.to('.blob.core.windows.net').reduce((open, { path: target, headers, status }) => {
    if (!target.includes('comp=lease')) return open;
    if (headers['x-ms-lease-action'] === 'acquire' && status === 201) return open + 1;
    return headers['x-ms-lease-action'] === 'release' && status === 200 ? open - 1 : open;
  }, 0);
