import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { parseComment } from '../../src/report/comment.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { type Outcome, type PassRun, runPass } from './support/passes.js';
import { leaks, plantedIn } from './support/planted.js';

jest.setTimeout(240_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

const PULL_REQUEST = { name: 'pull_request', payload: { action: 'synchronize', number: 7, pull_request: { number: 7 } } };
const MAY_WRITE = { 'id-token': 'write', contents: 'read', 'pull-requests': 'write' };

/** A plan for a pull request whose token may comment. */
const plan = (run: Partial<PassRun> & Pick<PassRun, 'pass'>): Promise<Outcome> =>
  runPass(rehearsal, { command: 'plan', event: PULL_REQUEST, permissions: MAY_WRITE, ...run });

const writes = (): number => rehearsal.providers.log.filter(({ action }) => ['create', 'update', 'delete'].includes(action)).length;

describe('plan', () => {
  let approved: Outcome;

  it('of a pull request keeps one comment, without any secret', async () => {
    approved = await plan({ pass: 1 });
    expectSuccess(approved);
    expect(approved.outputs).toMatchObject({ 'has-changes': 'true', destructive: 'false' });
    expect(approved.outputs['fingerprint']).toMatch(/^f1\.public\.[\w-]{43}\.[\w-]+$/);
    const json = JSON.parse(await readFile(approved.outputs['plan-json'] ?? '', 'utf8').catch(() => '{}')) as object;
    // The job's temporary directory goes with the job; where it is still there, it holds the review.
    if (Object.keys(json).length > 0) expect(json).toMatchObject({ environment: 'production', hasChanges: true });
    const again = await plan({ pass: 1 });
    expectSuccess(again);
    expect(again.outputs['fingerprint']).toBe(approved.outputs['fingerprint']);
    const { comments } = rehearsal.world.github;
    expect(comments.map(({ issue, author }) => [issue, author])).toEqual([[7, 'github-actions[bot]']]);
    const body = comments[0]?.body ?? '';
    expect(parseComment(body)?.environment).toBe('production');
    expect(body).toContain('azurerm_kubernetes_cluster');
    const places = [
      { name: 'comment', text: body },
      { name: 'summary', text: approved.step.summary },
      { name: 'outputs', text: JSON.stringify(approved.outputs) },
    ];
    expect(leaks(plantedIn(rehearsal), places)).toEqual([]);
  });

  it('warns and stands when the token may not write, as with a fork', async () => {
    const outcome = await plan({ pass: 1, permissions: { 'id-token': 'write', contents: 'read' } });
    expectSuccess(outcome);
    const warnings = outcome.step.annotations.filter(({ level }) => level === 'warning');
    expect(warnings.map(({ title }) => title)).toContain('comment');
    expect(warnings.map(({ message }) => message).join()).toContain('pull-requests: write');
    expect(rehearsal.world.github.comments).toHaveLength(1);
  });

  it('plan-changed: an apply that is not what was approved touches nothing and names what differs', async () => {
    const config = await readFile(rehearsal.configFile, 'utf8');
    await rehearsal.setConfig(`${config}\ndefault_node_pool_max_count = 7\n`);
    const before = writes();
    const fingerprint = approved.outputs['fingerprint'] ?? '';
    const { detail, fix } = expectFailure(await runPass(rehearsal, { pass: 1, with: { fingerprint } }), 'plan-changed');
    expect(detail).toMatch(/- infrastructure\/module\.\S*azurerm_kubernetes_cluster\.\S+ default_node_pool\S*max_count differs/);
    expect(detail).not.toMatch(/subnet differs/);
    expect(fix).toContain('allow-drift');
    expect(writes()).toBe(before);

    const letThrough = await runPass(rehearsal, {
      pass: 1,
      with: { fingerprint, 'allow-drift': 'module.*azurerm_kubernetes_cluster.*\noutput.*' },
    });
    expectSuccess(letThrough);
    const warnings = letThrough.step.annotations.filter(({ title }) => title === 'plan').map(({ message }) => message);
    expect(warnings.join('\n')).toMatch(/let through by allow-drift: infrastructure\/module\.\S*azurerm_kubernetes_cluster/);
    await rehearsal.setConfig(config);
  });

  it('is applied when it is what was approved, in pass 1 and in pass 2, and is quiet afterwards', async () => {
    const back = await plan({ pass: 1 });
    expect(back.outputs['changes']).toBe('{"add":0,"change":1,"destroy":0,"replace":0}');
    expectSuccess(await runPass(rehearsal, { pass: 1, with: { fingerprint: back.outputs['fingerprint'] ?? '' } }));
    const release = await plan({ pass: 2 });
    expectSuccess(release);
    expect(release.outputs['fingerprint']).toMatch(/^f1\.vault\./);
    expect(release.step.summary).toContain('Will it fit?');
    expectSuccess(await runPass(rehearsal, { pass: 2, with: { fingerprint: release.outputs['fingerprint'] ?? '' } }));
    const quiet = await plan({ pass: 2 });
    expect(quiet.outputs).toMatchObject({ 'has-changes': 'false', destructive: 'false' });
    expect(rehearsal.world.github.comments).toHaveLength(1);
    expect(rehearsal.world.github.comments[0]?.body).toContain('pass 2: no changes');
    expect(leaks(plantedIn(rehearsal), [{ name: 'comment', text: rehearsal.world.github.comments[0]?.body ?? '' }])).toEqual([]);
    const stale = await runPass(rehearsal, { pass: 2, with: { fingerprint: release.outputs['fingerprint'] ?? '' } });
    expectFailure(stale, 'plan-changed');
  });
});
