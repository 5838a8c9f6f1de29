import { expect } from '@jest/globals';
import type { Annotation } from '../../../rehearsal/runner/index.js';
import { FAILURE_REASONS, type FailureReason } from '../../../src/errors.js';
import type { Outcome } from './passes.js';

/** The two halves of a failure's annotation. */
export interface Failure {
  readonly detail: string;
  readonly fix: string;
}

/** Every error annotation of a run, whichever job and step it came from. */
export function errorAnnotations({ result }: Pick<Outcome, 'result'>): Annotation[] {
  return result.jobs.flatMap((job) => job.steps.flatMap((step) => step.annotations)).filter(({ level }) => level === 'error');
}

/** The run failed for this reason and said so once, in the annotation, the output and the step summary. */
export function expectFailure(outcome: Outcome, reason: FailureReason): Failure {
  const errors = errorAnnotations(outcome);
  const heading = `${reason}: ${FAILURE_REASONS[reason].title}`;
  // Another failure than the expected one is shown whole: its title alone would not tell what went wrong.
  expect(errors.filter(({ title }) => title !== heading).map(({ title, message }) => `${title ?? ''}\n${message}`)).toEqual([]);
  expect(errors).toHaveLength(1);
  expect(outcome.step.conclusion).toBe('failure');
  expect(outcome.result.conclusion).toBe('failure');
  expect(outcome.outputs['failure-reason']).toBe(reason);
  expect(outcome.step.summary).toContain(`### ${heading}`);
  const [detail = '', fix = ''] = (errors[0]?.message ?? '').split('\nFix: ');
  expect(detail).not.toBe('');
  expect(fix).not.toBe('');
  return { detail, fix };
}

/** The run did what it was asked to. */
export function expectSuccess(outcome: Outcome): void {
  expect(errorAnnotations(outcome).map(({ title, message }) => `${title ?? ''}\n${message}`)).toEqual([]);
  expect(outcome.result.errors).toEqual([]);
  expect(outcome.result.conclusion).toBe('success');
  expect(outcome.outputs['failure-reason'] ?? '').toBe('');
}
