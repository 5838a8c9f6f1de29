import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { RunControl } from '../../rehearsal/runner/index.js';
import { Aftermath, expectInterrupted, stateLeases } from './support/aftermath.js';
import { errorAnnotations, expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';

jest.setTimeout(180_000);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

describe('a run that is stopped', () => {
  it('run-interrupted: killed while Terraform applies, the post step closes everything and gives the state lock back', async () => {
    rehearsal.world.faults.terraformHang = /azurerm_resource_group/;
    const control = new RunControl();
    control.killWhen(/azurerm_resource_group\S*: Creating/);
    const aftermath = new Aftermath(rehearsal);
    const outcome = await runPass(rehearsal, { pass: 1, control, onEvent: aftermath.onEvent });

    expect(outcome.result.conclusion).toBe('failure');
    expectInterrupted(outcome, /^the process was killed during provision; its state lock was given back/);
    expect(errorAnnotations(outcome)).toHaveLength(1);
    aftermath.expectNothingLeft();
    expect(stateLeases(rehearsal)).toBe(0);
  });

  it('run-interrupted: cancelled while Terraform applies, Terraform itself saves the state and gives the lock back', async () => {
    rehearsal.world.faults.terraformHang = /azurerm_kubernetes_cluster/;
    const cancel = new AbortController();
    const aftermath = new Aftermath(rehearsal);
    const outcome = await runPass(rehearsal, {
      pass: 1,
      signal: cancel.signal,
      onEvent: (event) => {
        aftermath.onEvent(event);
        if (event.type === 'log' && /azurerm_kubernetes_cluster\S*: Creating/.test(event.line)) cancel.abort('cancelled by the user');
      },
    });

    expect(outcome.result.conclusion).toBe('cancelled');
    expectInterrupted(outcome, /^the runner asked the run to stop during provision/);
    aftermath.expectNothingLeft();
    expect(stateLeases(rehearsal)).toBe(0);
    const [stop] = rehearsal.providers.log.filter(({ action }) => action === 'stop').slice(-1);
    expect(stop).toBeDefined();
  });

  it('goes on where it stopped', async () => {
    rehearsal.world.faults.terraformHang = undefined;
    const before = rehearsal.world.vaults.live.size;
    const outcome = await runPass(rehearsal, { pass: 1 });
    expectSuccess(outcome);
    expect(rehearsal.world.vaults.live.size).toBe(Math.max(before, 1));
    expect(rehearsal.world.clusters.size).toBe(1);
    expect([...(rehearsal.world.vaults.live.values().next().value?.secrets.values() ?? [])].map((versions) => versions.length)).toEqual(
      Array.from({ length: 11 }, () => 1),
    );
  });

  it('run-interrupted: killed in the middle of a release, the next run rolls forward', async () => {
    const control = new RunControl();
    const aftermath = new Aftermath(rehearsal);
    const killed = runPass(rehearsal, { pass: 2, control, onEvent: aftermath.onEvent });
    const isPending = (): boolean =>
      rehearsal.world.requests.all.some(
        ({ method, path, status, body }) =>
          method === 'POST' &&
          path === '/api/v1/namespaces/langsmith/secrets' &&
          status === 201 &&
          body.includes('sh.helm.release.v1.langsmith.v1'),
      );
    let isOver = false;
    void killed.finally(() => (isOver = true));
    while (!isPending() && !isOver) await delay(10);
    expect(control.killStep()).toBe(1);
    const outcome = await killed;

    expectInterrupted(outcome, /^the process was killed during release\n/);
    aftermath.expectNothingLeft();
    const observer = await Observer.of(rehearsal);
    expect(await observer?.helm('list', '--all-namespaces', '--filter=^langsmith$', '--output=json')).toMatch(/"status":"pending-install"/);

    const next = await runPass(rehearsal, { pass: 2, with: { chart: `${rehearsal.directory}/charts/langsmith-0.13.28.tgz` } });
    expectSuccess(next);
    expect(next.outputs['verified']).toBe('true');
    expect(next.outputs['release-revision']).toBe('1');
    const warnings = next.step.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
    expect(warnings.join('\n')).toMatch(/Revision 1 of langsmith was left pending-install by a run that died/);
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});
