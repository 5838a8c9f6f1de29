import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DECIDED, fillWorkflow, lightWorkflow, SHARED, VARIABLES, WORKFLOW_SECRETS } from '../../scripts/workflows.js';
import { INPUTS, OUTPUTS } from '../../src/interface.js';
import type { PassNumber } from '../../src/passes.js';
import { filesBelow, readmeTable, text } from './files.js';

interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: { readonly name: string; readonly deployment?: boolean };
  readonly concurrency?: { readonly group: string; readonly queue?: string };
  readonly 'timeout-minutes'?: number;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly id?: string; readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, { inputs?: Record<string, { required?: boolean }>; secrets?: object } | null>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly queue?: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string): Workflow => parse(text(file)) as Workflow;

const FOLDER = '.github/workflows/';
const callable = filesBelow(FOLDER, /\.yml$/).filter((file) => 'workflow_call' in read(file).on);
const callers = [...filesBelow('examples', /^examples\/[^/]+\.yml$/), `${FOLDER}langsmith.yml`];
const everything = [...callable, ...callers];

/** The workflow of this repository that a job calls. */
const called = ({ uses }: Job): string | undefined =>
  uses === undefined ? undefined : /^(?:\.|org\/langsmith-azure)\/(\.github\/workflows\/.+\.yml)(?:@v1)?$/.exec(uses)?.[1];

const jobsOf = (file: string): [string, Job][] => Object.entries(read(file).jobs);
const deploys = (step: { uses?: string }): boolean => step.uses === '$/deploy' || step.uses?.startsWith('org/langsmith-azure@') === true;

/** What a workflow's jobs ask of their token, the workflows they call included. */
function asked(file: string): Record<string, string> {
  const all = jobsOf(file).flatMap(([, job]) => {
    const inner = called(job);
    return Object.entries(inner === undefined ? (job.permissions ?? {}) : asked(inner));
  });
  return Object.fromEntries(all.sort(([, a], [, b]) => (a === b ? 0 : a === 'write' ? 1 : -1)));
}

const depth = (file: string): number =>
  1 + Math.max(0, ...jobsOf(file).map(([, job]) => (called(job) === undefined ? 0 : depth(called(job) ?? ''))));

describe('reusable workflows', () => {
  it('are these, and each has a caller among the examples', () => {
    const names = callable.map((file) => file.slice(FOLDER.length));
    expect(names).toEqual(expect.arrayContaining(['destroy.yml', 'drift.yml', 'light.yml', 'pass.yml', 'plan.yml', 'production.yml']));
    const examples = callers.flatMap((file) => jobsOf(file).map(([, job]) => called(job)));
    expect(callable.filter((file) => !examples.includes(file))).toEqual([]);
  });

  it('are listed in the README with what their caller has to grant', () => {
    const rows = readmeTable('workflows').map(([name = '', , , granted = '']) => [name, granted.replaceAll('`', '')]);
    const expected = callable.map((file) => {
      const granted = Object.entries(asked(file)).map(([scope, level]) => `${scope}: ${level}`);
      return [file.slice(FOLDER.length), granted.sort().join(', ')];
    });
    expect(rows.map(([name = '', granted = '']) => [name, granted.split(', ').sort().join(', ')]).sort()).toEqual(expected.sort());
  });

  it.each(everything)('%s goes at most four levels deep', (file) => {
    expect(depth(file)).toBeLessThanOrEqual(4);
  });

  it.each(everything)('%s grants nothing at the top, and each call exactly what the called jobs ask for', (file) => {
    expect(read(file).permissions).toEqual({});
    for (const [id, job] of jobsOf(file)) {
      const inner = called(job);
      expect({ [id]: job.permissions }).toEqual({ [id]: inner === undefined ? expect.anything() : asked(inner) });
    }
  });

  it.each(everything)('%s gives each call every required input, none that is unknown, and only declared secrets', (file) => {
    for (const [, job] of jobsOf(file)) {
      const inner = called(job);
      if (inner === undefined) continue;
      const { inputs = {}, secrets = {} } = read(inner).on['workflow_call'] ?? {};
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(job.with ?? {})));
      const required = Object.keys(inputs).filter((name) => inputs[name]?.required === true);
      expect(Object.keys(job.with ?? {})).toEqual(expect.arrayContaining(required));
      expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(job.secrets ?? {})));
    }
  });

  it.each(everything)('%s hands the action inputs that it has, reads outputs that it has, and repeats its interface as it is', (file) => {
    expect(fillWorkflow(text(file), file)).toBe(text(file));
    const steps = jobsOf(file).flatMap(([, job]) => (job.steps ?? []).filter(deploys));
    for (const step of steps) {
      expect(Object.keys(INPUTS)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
      const outputs = [...text(file).matchAll(new RegExp(`steps\\.${step.id ?? ''}\\.outputs\\.([\\w-]+)`, 'g'))].map(([, name]) => name);
      expect(Object.keys(OUTPUTS)).toEqual(expect.arrayContaining(outputs));
    }
  });

  it('know every input of the action: passed on, decided by the workflow, or a secret', () => {
    const secrets = WORKFLOW_SECRETS.map(({ input }) => input);
    const known = Object.keys(INPUTS);
    expect([...SHARED, ...DECIDED.filter((name) => known.includes(name)), ...secrets].sort()).toEqual([...known].sort());
    expect(SHARED).toEqual(expect.arrayContaining(Object.keys(VARIABLES)));
  });

  it('give every job a limit of its own, and run it on a runner the caller may choose', () => {
    for (const file of callable)
      for (const [id, job] of jobsOf(file).filter(([, { uses }]) => uses === undefined))
        expect({ file, id, limit: job['timeout-minutes'], runner: (job as { 'runs-on'?: string })['runs-on'] }).toEqual({
          file,
          id,
          limit: expect.any(Number),
          runner: '${{ inputs.runner }}',
        });
  });

  it('record a deployment, and take turns, exactly where something may be changed', () => {
    for (const file of callable)
      for (const [id, job] of jobsOf(file)) {
        const commands = (job.steps ?? []).filter(deploys).map((step) => step.with?.['command'] ?? '');
        if (commands.length === 0) continue;
        const changes = commands.some((command) => ['apply', 'destroy'].includes(command));
        expect({
          file,
          id,
          records: job.environment?.deployment ?? true,
          gated: job.environment?.name === '${{ inputs.environment }}',
        }).toEqual({
          file,
          id,
          records: changes,
          gated: changes,
        });
        if (changes) expect(job.concurrency).toEqual({ group: 'langsmith-${{ inputs.environment }}-apply', queue: 'max' });
      }
  });

  it('that deploy or look at a whole environment wait for each other in one queue', () => {
    const queued = callable.filter((file) => read(file).concurrency !== undefined);
    expect(queued).toEqual(expect.arrayContaining(['production', 'light', 'drift'].map((name) => `${FOLDER}${name}.yml`)));
    for (const file of queued) expect(read(file).concurrency).toEqual({ group: 'langsmith-${{ inputs.environment }}', queue: 'max' });
    // A caller in the same group would wait for itself.
    expect(callers.filter((file) => read(file).concurrency !== undefined)).toEqual([]);
  });

  it('apply only what was approved: the fingerprint of the plan goes to the apply, and a plan without one to nobody', () => {
    const { plan, apply } = read(`${FOLDER}pass.yml`).jobs;
    expect(plan?.outputs?.['fingerprint']).toBe('${{ steps.plan.outputs.fingerprint }}');
    const applying = callable
      .flatMap((file) => jobsOf(file).flatMap(([, job]) => job.steps ?? []))
      .filter((step) => step.with?.['command'] === 'apply');
    expect(applying.map((step) => step.with?.['fingerprint'])).toEqual(["${{ needs.plan.outputs.fingerprint || 'missing' }}"]);
    expect(apply?.needs).toBe('plan');
  });

  it('see secrets only in the job that may be the first run', () => {
    const jobs = callable.flatMap((file) =>
      jobsOf(file).map(([id, job]) => ({ where: `${file} ${id}`, text: JSON.stringify(job.steps ?? '') })),
    );
    const seeing = jobs.filter(({ text: steps }) => steps.includes('secrets.')).map(({ where }) => where);
    expect(seeing).toEqual([`${FOLDER}pass.yml apply`]);
  });
});

describe('the chain of passes', () => {
  const { jobs } = read(`${FOLDER}production.yml`);
  const numbers: readonly PassNumber[] = [1, 2, 3, 4, 5];
  const ranges = numbers.flatMap((first) => numbers.filter((last) => last >= first).map((last) => ({ first, last })));
  const written = ({ first, last }: { first: number; last: number }): string => (first === last ? String(first) : `${first}-${last}`);
  const listed = (condition = ''): string[] => JSON.parse(/fromJSON\('(.*?)'\)/.exec(condition)?.[1] ?? 'null') as string[];

  it('is the same for light', () => {
    expect(text(`${FOLDER}light.yml`)).toBe(lightWorkflow(text(`${FOLDER}production.yml`)));
  });

  it('has every pass, after all that come before it', () => {
    expect(Object.keys(jobs)).toEqual(['refuse', ...numbers.map((number) => `pass-${number}`)]);
    for (const number of numbers) {
      const before = numbers.filter((other) => other < number).map((other) => `pass-${other}`);
      expect(jobs[`pass-${number}`]).toMatchObject({ needs: ['refuse', ...before], with: { pass: String(number) } });
    }
  });

  it('runs a pass in every range that contains it, and refuses what is no range', () => {
    expect(listed(jobs['refuse']?.if).sort()).toEqual(ranges.map(written).sort());
    for (const number of numbers) {
      const containing = ranges.filter(({ first, last }) => first <= number && number <= last).map(written);
      expect({ number, ranges: listed(jobs[`pass-${number}`]?.if).sort() }).toEqual({ number, ranges: containing.sort() });
    }
  });

  it.each(['examples/production.yml', 'examples/light.yml', 'examples/environments.yml'])('%s offers every range', (file) => {
    const { on } = parse(text(file)) as { on: { workflow_dispatch: { inputs: { passes: { options: string[] } } } } };
    expect([...on.workflow_dispatch.inputs.passes.options].sort()).toEqual(ranges.map(written).sort());
  });
});
