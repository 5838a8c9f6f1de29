import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENVIRONMENT, PLAN_ENVIRONMENT, PROJECT, Rehearsal, type WorkflowRun } from '../../rehearsal/rehearsal.js';
import type { JobResult, RunEvent, RunResult, WorkflowEvent } from '../../rehearsal/runner/index.js';
import { changeConfig } from '../../rehearsal/scenes.js';
import { errorAnnotations } from './support/expect.js';

jest.setTimeout(300_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

const example = (name: string): Promise<string> => readFile(path.join(PROJECT, `examples/${name}.yml`), 'utf8');

/** The example for the light topology, at pass 2. */
async function use(name: string): Promise<void> {
  await rehearsal.setWorkflow(
    (await example(name)).replaceAll('topology: production', 'topology: light').replace("pass: '5'", "pass: '2'"),
  );
}

/** Runs the caller for the light topology. */
async function deploy(run: WorkflowRun): Promise<RunResult> {
  await use('light');
  return rehearsal.run(run);
}

/** Conclusions by job, without the call that all of them are below, and without passes that were not asked for. */
const ends = ({ jobs }: RunResult): Record<string, string> =>
  Object.fromEntries(
    jobs
      .map(({ id, conclusion }) => [id.replace(/^[^/]+\//, ''), conclusion])
      .filter(([id = '', end]) => end !== 'skipped' || !/^(refuse|pass-\d|pass-\d\/verify)$/.test(id)),
  );

function jobOf(result: RunResult, id: string): JobResult {
  const job = result.jobs.find((candidate) => candidate.id.endsWith(id));
  if (job === undefined)
    throw new Error(`no job ${id} among ${result.jobs.map((candidate) => candidate.id).join(', ')}: ${result.errors.join('; ')}`);
  return job;
}

const created = (): string[] =>
  rehearsal.providers.log
    .filter(({ action, error, name }) => action === 'create' && error === undefined && name !== '')
    .map(({ type }) => type);

const logOf = (job: JobResult): string => job.steps.flatMap((step) => step.log).join('\n');

const success = (result: RunResult): void => {
  expect([...result.errors, ...errorAnnotations({ result }).map(({ title, message }) => `${title ?? ''} ${message}`)]).toEqual([]);
  expect(result.conclusion).toBe('success');
};

/** Aborts the run as soon as `job` reaches `phase`. */
function abortAt(job: RegExp, phase: string): { readonly signal: AbortSignal; readonly onEvent: (event: RunEvent) => void } {
  const abort = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'group' && event.title === phase && job.test(event.job)) abort.abort('The run was canceled by @octocat.');
  };
  return { signal: abort.signal, onEvent };
}

describe('the gate', () => {
  it('has the plan to show before anybody is asked, and without approval nothing is made and no later pass begins', async () => {
    const shown: string[] = [];
    const result = await deploy({
      passes: '1-2',
      approve: async (environment, job) => {
        shown.push(`${environment}: ${job.name}`);
        expect(created()).toEqual([]);
        return false;
      },
      onEvent: (event) => {
        if (event.type === 'job-finished' && event.job.endsWith('/plan')) shown.push(`${event.name}: ${event.conclusion}`);
      },
    });
    expect(shown).toEqual(['Light / Pass 1, infrastructure / Plan: success', `${ENVIRONMENT}: Light / Pass 1, infrastructure / Apply`]);
    expect(ends(result)).toEqual({ 'pass-1/plan': 'success', 'pass-1/apply': 'failure' });
    expect(jobOf(result, 'pass-1/plan').steps.find(({ id }) => id === 'plan')?.summary).toMatch(/[1-9]\d* to add/);
    expect(jobOf(result, 'pass-1/apply').reason).toBe(`The deployment to '${ENVIRONMENT}' was rejected`);
    expect(created()).toEqual([]);
  });

  it('gives up its wait when the run is cancelled', async () => {
    const abort = new AbortController();
    const result = await deploy({
      passes: '1-2',
      signal: abort.signal,
      approve: () => {
        abort.abort('The run was canceled by @octocat.');
        return new Promise(() => undefined);
      },
    });
    expect(result.conclusion).toBe('cancelled');
    expect(ends(result)).toMatchObject({ 'pass-1/plan': 'success', 'pass-1/apply': 'cancelled' });
    expect(created()).toEqual([]);
  });
});

describe('a range of passes', () => {
  it.each(['7', '2-1', 'all', ''])('that is none is refused: "%s"', async (passes) => {
    const free = (await example('light')).replace(/type: choice\n.*\n.*default: .*/, 'type: string');
    await rehearsal.setWorkflow(free);
    const result = await rehearsal.run({ passes });
    expect(ends(result)).toEqual({ refuse: 'failure' });
    expect(errorAnnotations({ result }).map(({ title, message }) => `${title ?? ''}: ${message}`)).toContainEqual(
      `inputs-invalid: passes: "${passes}" is not one pass of 1 to 5, such as 2, or a range, such as 1-5.`,
    );
  });
});

describe('a pass that fails', () => {
  let failed: RunResult;

  it('ends the chain', async () => {
    failed = await deploy({
      passes: '1',
      approve: async () => {
        rehearsal.world.faults.entraUnreachable = true;
        return true;
      },
    });
    rehearsal.world.faults.entraUnreachable = false;
    expect(ends(failed)).toEqual({ 'pass-1/plan': 'success', 'pass-1/apply': 'failure' });
    expect(errorAnnotations({ result: failed }).map(({ title }) => title)).toContainEqual(expect.stringMatching(/^login-unreachable/));
  });

  it('goes on where it failed when its failed jobs run again: the plan stands, the gate asks anew', async () => {
    const asked: string[] = [];
    const started: string[] = [];
    const again = await deploy({
      passes: '1',
      rerun: failed,
      approve: async (_environment, { name }) => asked.push(name) > 0,
      onEvent: (event) => {
        if (event.type === 'job-started') started.push(event.job.replace(/^light\//, ''));
      },
    });
    success(again);
    expect([again.runId, again.attempt]).toEqual([failed.runId, 2]);
    expect(started).toEqual(['pass-1/apply']);
    expect(asked).toHaveLength(1);
  });

  it('left a deployment record for what was applied, and none for what was planned', () => {
    expect(failed.jobs.filter(({ deployment }) => deployment).map(({ id, environment }) => [id, environment])).toEqual([
      ['light/pass-1/apply', ENVIRONMENT],
    ]);
    expect(jobOf(failed, 'pass-1/plan')).toMatchObject({ environment: PLAN_ENVIRONMENT, deployment: false });
  });
});

/** Cancels a run in a phase, looks at what it left undone, and lets the next run finish it. */
async function cutAndGoOn(job: RegExp, phase: string, stopped: string): Promise<void> {
  const cut = await deploy({ passes: '1-2', ...abortAt(job, phase) });
  expect(cut.conclusion).toBe('cancelled');
  const all = Object.entries(ends(cut));
  const at = all.findIndex(([id]) => id === stopped);
  expect(all[at]).toEqual([stopped, 'cancelled']);
  expect(all.slice(at + 1).filter(([, end]) => end === 'success')).toEqual([]);
  success(await deploy({ passes: '1-2' }));
}

describe('a run that is cancelled', () => {
  it('while Helm installs begins no other pass, and the next run goes on', async () => {
    await cutAndGoOn(/pass-2\/apply$/, 'release', 'pass-2/apply');
  });

  it.each([
    ['while it plans', /pass-1\/plan$/, 'secrets', 'pass-1/plan', '21'],
    ['while Terraform applies', /pass-1\/apply$/, 'provision', 'pass-1/apply', '22'],
  ])('%s begins no other pass, and the next run goes on', async (_when, job, phase, stopped, days) => {
    await changeConfig(rehearsal, 'blob_ttl_short_days', days);
    await cutAndGoOn(job, phase, stopped);
  });
});

describe('what was approved', () => {
  it('plan-changed: is all that may be applied: what changed since is refused by name, and a plan of it can be approved', async () => {
    await changeConfig(rehearsal, 'blob_ttl_short_days', '21');
    const run = { passes: '1', secrets: {} } as const;
    const refused = await deploy({
      ...run,
      approve: async () => {
        await changeConfig(rehearsal, 'blob_ttl_short_days', '22');
        return true;
      },
    });
    expect(ends(refused)).toEqual({ 'pass-1/plan': 'success', 'pass-1/apply': 'failure' });
    const [refusal] = errorAnnotations({ result: refused }).filter(({ title }) => title !== undefined);
    expect(refusal?.title).toMatch(/^plan-changed: /);
    expect(refusal?.message).toContain('module.storage.azurerm_storage_management_policy');
    success(await deploy(run));
  });
});

describe('with nothing to change', () => {
  it('asks nobody, and no pass holds up the next', async () => {
    const asked: string[] = [];
    const result = await deploy({ passes: '1-2', secrets: {}, approve: async (environment) => asked.push(environment) > 0 });
    success(result);
    expect(ends(result)).toMatchObject({
      'pass-1/plan': 'success',
      'pass-1/apply': 'skipped',
      'pass-2/plan': 'success',
      'pass-2/apply': 'skipped',
      // Nothing to change is no proof that all is well.
      'pass-2/verify': 'success',
    });
    expect(asked).toEqual([]);
  });

  it('runs a later pass alone', async () => {
    const result = await deploy({ passes: '2' });
    success(result);
    expect(ends(result)).toMatchObject({ 'pass-2/plan': 'success', 'pass-2/apply': 'skipped' });
    expect(Object.keys(ends(result)).filter((id) => id.startsWith('pass-1'))).toEqual([]);
  });
});

describe('runs at the same time', () => {
  it('wait for each other in one queue, and none is dropped', async () => {
    const events: string[] = [];
    // One file for all: written while another run reads it, it would be empty.
    await use('light');
    const dispatched = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        rehearsal.run({
          passes: '1',
          onEvent: (event) => {
            if (event.type === 'job-started') events.push(`${name} starts`);
            if (event.type === 'job-finished' && event.job.endsWith('pass-5')) events.push(`${name} ends`);
          },
        }),
      ),
    );
    for (const result of dispatched) success(result);
    const order = events.filter((event) => event.endsWith('starts')).map((event) => event.replace(/ .*/, ''));
    expect([...order].sort()).toEqual(['a', 'b', 'c']);
    expect(events).toEqual(order.flatMap((name) => [`${name} starts`, `${name} ends`]));
  });
});

describe('a pull request', () => {
  const opened = (repository: string): WorkflowEvent => ({
    name: 'pull_request',
    payload: {
      action: 'opened',
      number: 7,
      pull_request: { number: 7, head: { ref: 'change', repo: { full_name: repository } }, base: { ref: 'main' } },
    },
  });

  it('of this repository is planned without a reviewer, and changes nothing', async () => {
    await use('plan');
    const before = created().length;
    const asked: string[] = [];
    const event = opened(rehearsal.world.github.repository);
    const result = await rehearsal.run({ event, approve: async (environment) => asked.push(environment) > 0 });
    success(result);
    expect(asked).toEqual([]);
    expect(jobOf(result, '/plan')).toMatchObject({ conclusion: 'success', environment: PLAN_ENVIRONMENT, deployment: false });
    expect(created().length).toBe(before);
    // One comment, with what would change in Azure and in the cluster.
    expect(rehearsal.world.github.comments.map(({ issue }) => issue)).toEqual([7]);
    expect(rehearsal.world.github.comments[0]?.body).toMatch(/<!-- pass 1 -->[\s\S]*<!-- pass 2 -->/);
  });

  it('from a fork ends green, without a login and with a word on why', async () => {
    await use('plan');
    const logins = rehearsal.world.requests.to('login.microsoftonline.com').length;
    const result = await rehearsal.run({ event: opened('mallory/platform') });
    success(result);
    expect(ends(result)).toMatchObject({ plan: 'skipped', 'no-credentials': 'success' });
    expect(logOf(jobOf(result, 'no-credentials'))).toContain('GitHub gives this pull request no credentials');
    expect(rehearsal.world.requests.to('login.microsoftonline.com').length).toBe(logins);
  });
});

describe('drift', () => {
  const look = async (): Promise<RunResult> => {
    await use('drift');
    const asked: string[] = [];
    const result = await rehearsal.run({ event: { name: 'schedule' }, approve: async (environment) => asked.push(environment) > 0 });
    success(result);
    expect(asked).toEqual([]);
    return result;
  };

  it('is looked for by night, without a reviewer', async () => {
    expect(jobOf(await look(), '/look').outputs).toMatchObject({ drifted: 'false', 'drift-count': '0' });
    expect(rehearsal.world.github.issues).toEqual([]);
  });

  it('is noticed, in Azure, too, and a deployment sets it right; the issue goes with it', async () => {
    for (const vault of rehearsal.world.vaults.live.values()) vault.allowedIps.push('198.51.100.9');
    const found = jobOf(await look(), '/look');
    const { issues } = rehearsal.world.github;
    expect(found.outputs).toMatchObject({ drifted: 'true', 'drift-count': '1' });
    expect(issues.map(({ title, state }) => [title, state])).toEqual([['LangSmith production: drift (1 changed outside)', 'open']]);
    expect(found.outputs['issue-url']).toContain(`/issues/${issues[0]?.number}`);
    expect(found.steps.flatMap(({ annotations }) => annotations).map(({ level, title }) => [level, title])).toContainEqual([
      'warning',
      'Drift',
    ]);
    success(await deploy({ passes: '1' }));
    expect(jobOf(await look(), '/look').outputs['drifted']).toBe('false');
    expect(issues.map(({ state }) => state)).toEqual(['closed']);
  });
});

describe('what was approved', () => {
  it('is all that is applied: what changed while the reviewers thought is named and refused, and the next run shows it to them', async () => {
    await changeConfig(rehearsal, 'blob_ttl_short_days', '25');
    const allowed = (): readonly string[] => [...rehearsal.world.vaults.live.values()].flatMap(({ allowedIps }) => allowedIps);
    const result = await deploy({
      passes: '1',
      approve: async () => {
        for (const vault of rehearsal.world.vaults.live.values()) vault.allowedIps.push('198.51.100.7');
        return true;
      },
    });
    expect(ends(result)).toEqual({ 'pass-1/plan': 'success', 'pass-1/apply': 'failure' });
    const [refused] = errorAnnotations({ result });
    expect(refused?.title).toMatch(/^plan-changed/);
    expect(refused?.message).toContain('module.keyvault.azurerm_key_vault.this');
    expect(allowed()).toContain('198.51.100.7');

    success(await deploy({ passes: '1' }));
    expect(allowed()).not.toContain('198.51.100.7');
  });
});

describe('destroy', () => {
  it('is refused before anybody is asked when the name is not the one to destroy', async () => {
    await use('destroy');
    const asked: string[] = [];
    const event = { name: 'workflow_dispatch', inputs: { confirm: 'staging' } };
    const result = await rehearsal.run({ event, approve: async (environment) => asked.push(environment) > 0 });
    expect(result.conclusion).toBe('failure');
    expect(asked).toEqual([]);
    expect(errorAnnotations({ result }).map(({ message }) => message)).toContainEqual(
      'confirm: "staging" is not the name of the environment to destroy, "production"; nothing was touched.',
    );
  });

  it('asks the reviewers, and takes everything away', async () => {
    await use('destroy');
    const asked: string[] = [];
    const event = { name: 'workflow_dispatch', inputs: { confirm: ENVIRONMENT } };
    const result = await rehearsal.run({ event, approve: async (environment) => asked.push(environment) > 0 });
    success(result);
    expect(asked).toEqual([ENVIRONMENT]);
    expect(rehearsal.world.clusters.size).toBe(0);
    expect(jobOf(result, '/destroy').outputs['leftovers']).toBeDefined();
  });
});
