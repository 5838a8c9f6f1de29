import { describe, expect, it } from '@jest/globals';
import { DeployError } from '../../src/errors.js';
import { PhaseRunner, PHASES, type PhaseHost } from '../../src/phase.js';

class CollectingHost implements PhaseHost {
  readonly events: string[] = [];
  stopped = false;
  nobodyWaits = new Promise<never>(() => undefined);
  startGroup(name: string): void {
    this.events.push(`group ${name}`);
  }
  endGroup(): void {
    this.events.push('end');
  }
  info(message: string): void {
    this.events.push(message);
  }
  entering(phase: string): void {
    this.events.push(`entering ${phase}`);
  }
  interrupted(): boolean {
    return this.stopped;
  }
  givenUp(): Promise<never> {
    return this.nobodyWaits;
  }
}

function stage(): { host: CollectingHost; runner: PhaseRunner } {
  const host = new CollectingHost();
  let now = 1000;
  return { host, runner: new PhaseRunner(host, () => (now += 250)) };
}

const reasonOf = (promise: Promise<unknown>): Promise<DeployError> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as DeployError,
  );

describe('PhaseRunner', () => {
  it('announces, groups, times and describes a phase, and hands on its result', async () => {
    const { host, runner } = stage();
    expect(
      await runner.run(
        'login',
        async () => 42,
        (result) => `found ${result}`,
      ),
    ).toBe(42);
    expect(host.events).toEqual(['entering login', 'group login', 'found 42', 'end']);
    expect(runner.results).toEqual([{ phase: 'login', status: 'done', durationMs: 250, summary: 'found 42' }]);
  });

  it('keeps the order, and the failure of the phase that ended the run', async () => {
    const { runner } = stage();
    await runner.run(
      'inputs',
      async () => 1,
      () => 'ok',
    );
    const error = await reasonOf(
      runner.run(
        'tools',
        async () => Promise.reject(new DeployError('tools-missing', 'helm\nis not there')),
        () => 'no',
      ),
    );
    expect(error.reason).toBe('tools-missing');
    expect(runner.results.map(({ phase, status, summary }) => [phase, status, summary])).toEqual([
      ['inputs', 'done', 'ok'],
      ['tools', 'failed', 'A tool is missing: helm'],
    ]);
  });

  it.each([
    ['an Error', new TypeError('x is undefined'), 'x is undefined'],
    ['a string', 'oops', 'oops'],
  ])('calls what nobody foresaw a bug: %s', async (_, thrown, detail) => {
    const { host, runner } = stage();
    const error = await reasonOf(
      runner.run(
        'state',
        () => Promise.reject(thrown as Error),
        () => '',
      ),
    );
    expect([error.reason, error.detail]).toEqual(['internal-error', detail]);
    expect(host.events.at(-1)).toBe('end');
  });

  it('does not start a phase once the run was asked to stop', async () => {
    const { host, runner } = stage();
    host.stopped = true;
    let started = false;
    const error = await reasonOf(
      runner.run(
        'provision',
        async () => {
          started = true;
        },
        () => '',
      ),
    );
    expect([started, error.reason, error.detail]).toEqual([false, 'run-interrupted', 'the runner asked the run to stop during provision']);
  });

  it.each([
    ['whose work then failed', () => Promise.reject(new Error('terraform was interrupted'))],
    ['whose work still succeeded', () => Promise.resolve()],
  ])('calls a phase that was stopped meanwhile interrupted: one %s', async (_, end) => {
    const { host, runner } = stage();
    const error = await reasonOf(
      runner.run(
        'provision',
        () => {
          host.stopped = true;
          return end();
        },
        () => 'done',
      ),
    );
    expect(error.reason).toBe('run-interrupted');
    expect(runner.results).toMatchObject([{ phase: 'provision', status: 'failed' }]);
  });

  it('is not held by a phase that waits for what never comes, once a stopped run is given up', async () => {
    const { host, runner } = stage();
    host.nobodyWaits = Promise.reject(new Error('stopped'));
    const error = await reasonOf(
      runner.run(
        'login',
        () => {
          host.stopped = true;
          return new Promise<string>(() => undefined);
        },
        () => 'done',
      ),
    );
    expect([error.reason, error.detail]).toEqual(['run-interrupted', 'the runner asked the run to stop during login']);
  });
});

describe('PHASES', () => {
  it('are words of their own', () => {
    expect(new Set(PHASES).size).toBe(PHASES.length);
  });
});
