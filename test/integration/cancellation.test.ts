import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENVIRONMENT, Rehearsal } from '../../rehearsal/rehearsal.js';
import type { RunEvent } from '../../rehearsal/runner/index.js';
import { changeConfig } from '../../rehearsal/scenes.js';
import type { PassNumber } from '../../src/passes.js';
import { Aftermath, expectInterrupted, stateLeases } from './support/aftermath.js';
import { expectSuccess } from './support/expect.js';
import { runPass, type Outcome, type PassRun } from './support/passes.js';

jest.setTimeout(180_000);

/**
 * When a run is cancelled. `at` a phase alone: as it begins. With `hung`: when it asks that (`METHOD host/path`) and gets no answer.
 * With `says`: when it says that.
 */
interface Cut {
  readonly at: string;
  /** The next phase, where one asks nobody anything and may be over before the signal is heard. */
  readonly or?: string;
  /** The tool under way does not hear the first signal: the process is killed ten seconds later, and the post step speaks for it. */
  readonly killed?: boolean;
  readonly hung?: RegExp;
  readonly says?: RegExp;
  readonly run: PassRun;
}

const STATE = { 'state-account': 'contosostate002', 'state-resource-group': 'contoso-state', 'bootstrap-state': 'true' };
const apply = (pass: PassNumber, inputs: Readonly<Record<string, string>> = {}): PassRun => ({ pass, with: { ...STATE, ...inputs } });
const destroy: PassRun = { command: 'destroy', with: { ...STATE, 'confirm-destroy': ENVIRONMENT } };

describe('a run that is cancelled', () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
  });
  afterAll(() => rehearsal.stop());

  /** Runs until the cut, and cancels there. */
  async function cancelAt({ at, hung, says, run }: Cut, aftermath: Aftermath): Promise<Outcome> {
    const { faults } = rehearsal.world;
    const cancel = new AbortController();
    const abort = (): void => {
      faults.unanswered = undefined;
      cancel.abort('The run was canceled by @octocat.');
    };
    let here = false;
    const onEvent = (event: RunEvent): void => {
      aftermath.onEvent(event);
      if (event.type === 'group' && event.title === at) {
        here = true;
        if (hung !== undefined) faults.unanswered = { match: hung, seen: abort };
        else if (says === undefined) abort();
      }
      if (event.type === 'log' && here && says?.test(event.line) === true) abort();
    };
    const outcome = await runPass(rehearsal, { ...run, signal: cancel.signal, onEvent });
    faults.unanswered = undefined;
    return outcome;
  }

  /** Who holds each lease of ours, '' for nobody, as the clusters have it: a destroy takes our own access away before the cluster goes. */
  const leaseHolders = (): unknown[] =>
    [...rehearsal.clusters.contents().values()]
      .flatMap(({ store }) => store.objects.get('coordination.k8s.io/Lease') ?? [])
      .filter(({ metadata }) => metadata.name === 'langsmith-azure')
      .map((lease) => (lease as { spec?: { holderIdentity?: string } }).spec?.holderIdentity ?? '');

  async function expectCleanStop(cut: Cut): Promise<void> {
    const aftermath = new Aftermath(rehearsal);
    const outcome = await cancelAt(cut, aftermath);
    expect(outcome.result.conclusion).toBe('cancelled');
    const phase = cut.or === undefined ? cut.at : `(?:${cut.at}|${cut.or})`;
    if (cut.killed === true) expectInterrupted(outcome, new RegExp(`^the process was killed during ${phase}[;\\n]`));
    else {
      expectInterrupted(outcome, new RegExp(`^the runner asked the run to stop during ${phase}\\n`));
      expect(outcome.step.summary).toContain('### run-interrupted: The run was stopped');
      expect(outcome.step.summary).toMatch(new RegExp(`^\\| ${phase} +\\| failed `, 'm'));
    }
    aftermath.expectNothingLeft();
    expect(stateLeases(rehearsal)).toBe(0);
    expect(leaseHolders().filter((holder) => holder !== '')).toEqual([]);
  }

  const CLUSTER = String.raw`\.azmk8s\.io`;
  const VAULT = /GET [^/]*\.vault\.azure\.net/;
  const NGINX = `${CLUSTER}/apis/apps/v1/namespaces/ingress-nginx/deployments`;

  it.each<Cut>([
    { at: 'inputs', or: 'tools', run: apply(1) },
    { at: 'tools', or: 'login', run: apply(1) },
    { at: 'login', hung: /POST login\.microsoftonline\.com/, run: apply(1) },
    { at: 'bootstrap', hung: /PUT management\.azure\.com\/.*storageAccounts/, run: apply(1) },
    { at: 'state', hung: /contosostate002\.blob\./, run: apply(1) },
    { at: 'provision', says: /azurerm_kubernetes_cluster\S*: Creating/, run: apply(1) },
    { at: 'outputs', run: apply(1) },
  ])('run-interrupted: pass 1, in $at', async (cut) => {
    rehearsal.world.faults.terraformHang = cut.at === 'provision' ? /azurerm_kubernetes_cluster/ : undefined;
    await expectCleanStop(cut);
  });

  it('goes on from there: pass 1', async () => {
    expectSuccess(await runPass(rehearsal, apply(1)));
    expect(rehearsal.world.vaults.live.size).toBe(1);
    expect(rehearsal.world.clusters.size).toBe(1);
  });

  it.each<Cut>([
    { at: 'outputs', or: 'secrets', run: apply(2) },
    { at: 'secrets', hung: VAULT, run: apply(2) },
    { at: 'cluster', hung: new RegExp(`${CLUSTER}/apis/authentication`), run: apply(2) },
    { at: 'values', or: 'plan', run: apply(2) },
    { at: 'plan', hung: new RegExp(CLUSTER), run: apply(2) },
    { at: 'platform', hung: new RegExp(`(POST|PATCH) .*${NGINX}`), run: apply(2) },
    { at: 'release', hung: new RegExp(`(POST|PATCH) .*${CLUSTER}/apis/batch/v1/namespaces/langsmith/jobs`), run: apply(2) },
    { at: 'verify', hung: new RegExp(CLUSTER), run: apply(2) },
  ])('run-interrupted: pass 2, in $at', async (cut) => {
    await expectCleanStop(cut);
  });

  it('goes on from there: pass 2', async () => {
    const outcome = await runPass(rehearsal, apply(2));
    expectSuccess(outcome);
    expect(outcome.outputs['verified']).toBe('true');
    // There is one, so that looking at it means something.
    expect(leaseHolders()).toEqual(['']);
  });

  it.each<Cut>([
    { at: 'plan', hung: new RegExp(`${CLUSTER}/api/v1/namespaces/langsmith/secrets`), run: apply(2) },
    { at: 'release', hung: new RegExp(`PATCH .*${CLUSTER}/apis/apps/v1/namespaces/langsmith/deployments`), run: apply(2) },
    { at: 'app', says: /helm_release\S*: (Creating|Modifying)/, run: apply(2, { 'deploy-path': 'terraform' }) },
  ])('run-interrupted: an upgrade, in $at', async (cut) => {
    await changeConfig(rehearsal, 'sizing_profile', '"minimum"');
    await expectCleanStop(cut);
  });

  it('goes on from there: an upgrade', async () => {
    const outcome = await runPass(rehearsal, apply(2, { 'deploy-path': 'terraform' }));
    expectSuccess(outcome);
    expect(outcome.outputs['verified']).toBe('true');
  });

  it.each<Cut>([
    { at: 'provision', hung: /contosostate002\.blob\./, killed: true, run: destroy },
    { at: 'dismantle', hung: new RegExp(`DELETE .*${CLUSTER}/apis/apps/v1/namespaces/langsmith/deployments`), run: destroy },
    { at: 'destroy', says: /: Destroying\.\.\./, run: destroy },
  ])('run-interrupted: destroy, in $at', async (cut) => {
    await expectCleanStop(cut);
  });

  it('goes on from there: destroy', async () => {
    expectSuccess(await runPass(rehearsal, destroy));
    expect(rehearsal.world.clusters.size).toBe(0);
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});
