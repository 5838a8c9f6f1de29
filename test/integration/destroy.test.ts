import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { Leftover } from '../../src/destroy/leftovers.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { terraformState } from './support/state.js';
import { runDestroy, runPass, type Outcome } from './support/passes.js';

jest.setTimeout(300_000);

const GROUP = 'langsmith-rg-demo';

/** An agent product as the operator keeps it: its finalizer goes only by the operator's own hand. */
const AGENT = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'lgps.apps.langchain.ai' },
    spec: {
      group: 'apps.langchain.ai',
      names: { kind: 'LGP', listKind: 'LGPList', plural: 'lgps', singular: 'lgp' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  },
  {
    apiVersion: 'apps.langchain.ai/v1alpha1',
    kind: 'LGP',
    metadata: { name: 'assistant', namespace: 'langsmith', finalizers: ['apps.langchain.ai/cleanup'] },
  },
];

const leftoversOf = (outcome: Outcome): Leftover[] => JSON.parse(outcome.outputs['leftovers'] ?? '[]') as Leftover[];

const phasesOf = ({ step }: Outcome): string[] =>
  [...step.summary.matchAll(/^\| (\w+) +\| (?:done|failed) /gm)].map(([, phase = '']) => phase);

const warningsOf = ({ step }: Outcome): string =>
  step.annotations
    .filter(({ level }) => level === 'warning')
    .map(({ message }) => message)
    .join('\n');

/** What stands in the subscription, but for the state's own account. */
function standing({ world, tenant }: Rehearsal): string[] {
  return world.resources
    .list()
    .map(({ id }) => id)
    .filter((id) => !id.includes(tenant.stateAccount) && !/\/resourceGroups\/[^/]*state[^/]*$/.test(id));
}

describe('command destroy', () => {
  let rehearsal: Rehearsal;
  /** What stood before the first pass. */
  let before: string[];
  /** The run that destroyed everything. */
  let last: Outcome;
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    before = standing(rehearsal);
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    expectSuccess(await runPass(rehearsal, { pass: 2 }));
  });
  afterAll(() => rehearsal.stop());

  const deletions = (): string[] =>
    rehearsal.world.requests.all.filter(({ method, status }) => method === 'DELETE' && status < 300).map(({ path: target }) => target);
  const destroyed = (): string[] => rehearsal.providers.log.filter(({ action }) => action === 'delete').map(({ type }) => type);

  it.each(['Production', 'production-2'])('refuses the confirmation "%s" before anything is touched', async (confirm) => {
    const asked = rehearsal.world.requests.all.length;
    const outcome = await runDestroy(rehearsal, { confirm, with: { 'confirm-destroy': confirm } });
    const { detail } = expectFailure(outcome, 'inputs-invalid');
    expect(detail).toMatch(/^- confirm-destroy: .*to destroy the deployment, type its name, "production"\.$/);
    expect(rehearsal.world.requests.all.slice(asked).filter(({ host }) => /azure|microsoft/.test(host))).toEqual([]);
  });

  it('refuses a missing confirmation, for which no pass is asked', async () => {
    const { detail } = expectFailure(await runPass(rehearsal, { pass: 1, command: 'destroy', with: { pass: '' } }), 'inputs-invalid');
    expect(detail).toBe('- confirm-destroy: is empty; to destroy the deployment, type its name, "production".');
  });

  it('destroy-blocked: a lock that Azure has and the state does not is named before anything is touched (T296)', async () => {
    const scope = `/subscriptions/${rehearsal.tenant.subscriptionId}/resourceGroups/${GROUP}`;
    const id = `${scope}/providers/Microsoft.Authorization/locks/keep`;
    rehearsal.world.resources.put({ id, type: 'Microsoft.Authorization/locks', name: 'keep', properties: { level: 'CanNotDelete' } });
    const gone = deletions();
    const outcome = await runDestroy(rehearsal);
    rehearsal.world.resources.delete(id);
    const { detail, fix } = expectFailure(outcome, 'destroy-blocked');
    expect(detail).toBe(`- lock keep (CanNotDelete) on ${scope}`);
    expect(fix).toContain(`az lock delete --ids ${id}`);
    expect(deletions()).toEqual(gone);
    expect(destroyed()).toEqual([]);
  });

  it('T292 T294 takes everything away in the order in which it can go, and says what was lost and what is left', async () => {
    const observer = await Observer.of(rehearsal);
    if (observer === undefined) throw new Error('there is no cluster');
    const file = path.join(rehearsal.directory, 'agent.json');
    for (const object of AGENT) {
      await writeFile(file, JSON.stringify(object));
      await observer.kubectl('apply', '--filename', file);
    }
    const [address] = rehearsal.world.resources.list('Microsoft.Network/publicIPAddresses').map(({ id }) => id);
    expect(address).toContain('/publicIPAddresses/kubernetes-a');
    /** What still ran when the operator took its agent apart, and how many Azure resources were gone. */
    let releases = '';
    let gone = -1;
    let addressAtFirstDelete: boolean | undefined;
    const operator = async (): Promise<void> => {
      releases = await observer.helm('list', '--all-namespaces', '--short');
      gone = destroyed().length;
      await observer.kubectl(
        'patch',
        'lgp',
        'assistant',
        '--namespace=langsmith',
        '--type=merge',
        '--patch={"metadata":{"finalizers":null}}',
      );
    };
    let work: Promise<void> | undefined;
    const outcome = await runDestroy(rehearsal, {
      onEvent: (event) => {
        if (event.type !== 'log') return;
        if (/deleting LGP langsmith\/assistant/.test(event.line)) work ??= operator();
        if (/: Destroying\.\.\./.test(event.line)) addressAtFirstDelete ??= rehearsal.world.resources.get(address ?? '') !== undefined;
      },
    });
    await work;
    expectSuccess(outcome);
    last = outcome;
    expect(phasesOf(outcome)).toEqual(['inputs', 'tools', 'login', 'state', 'provision', 'dismantle', 'destroy']);

    expect(releases.split('\n').sort()).toEqual(['cert-manager', 'ingress-nginx', 'langsmith', 'langsmith-platform']);
    expect(gone).toBe(0);
    expect(addressAtFirstDelete).toBe(false);
    const order = deletions();
    const positions = [
      /\/lgps\/assistant/,
      /\/namespaces\/langsmith\/deployments\/langsmith-frontend/,
      /\/services\/ingress-nginx-controller/,
      /\/deployments\/ingress-nginx-controller/,
      /^\/api\/v1\/namespaces\/langsmith(\?|$)/,
    ].map((pattern) => order.findIndex((target) => pattern.test(target)));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);

    expect(standing(rehearsal)).toEqual(before);
    expect(rehearsal.world.clusters.size).toBe(0);
    expect(rehearsal.world.vaults.live.size).toBe(0);
    expect(rehearsal.world.requests.surprises).toEqual([]);

    expect(outcome.step.summary).toContain('module.keyvault.azurerm\\_key\\_vault.this was destroyed');
    expect(outcome.step.summary).toContain('1 agent product, 4 releases, 1 public address, 3 namespaces removed');
    expect(JSON.parse(outcome.outputs['changes'] ?? '{}')).toMatchObject({ add: 0, change: 0, destroy: destroyed().length });
    expect(outcome.outputs['has-changes']).toBe('true');
  });

  it('T290 T295 leaves the vault recoverable and the state where it is, and says so as data', () => {
    const [vault] = [...rehearsal.world.vaults.softDeleted.values()];
    expect(leftoversOf(last).map(({ kind, name }) => [kind, name])).toEqual([
      ['key-vault', vault?.name],
      ['terraform-state', `${rehearsal.tenant.stateAccount}/tfstate/langsmith-azure/production/infra.tfstate`],
    ]);
    expect(leftoversOf(last)[0]?.detail).toMatch(
      /holding its name until \d{4}-\d\d-\d\dT\S+; a new deployment under this name recovers it/,
    );
    expect(last.step.summary).toContain('### Left behind');
    expect(deletions().filter((target) => target.includes('infra.tfstate'))).toEqual([]);
    expect((JSON.parse(terraformState(rehearsal)) as { resources: unknown[] }).resources).toEqual([]);
  });

  it('T293 finds nothing to do the second time, and says so', async () => {
    const outcome = await runDestroy(rehearsal);
    expectSuccess(outcome);
    expect(phasesOf(outcome)).toEqual(['inputs', 'tools', 'login', 'state']);
    expect(outcome.step.summary).toContain('there is nothing to destroy');
    expect(outcome.outputs['has-changes']).toBe('false');
  });

  it('T295 a new deployment under the same name recovers the vault', async () => {
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    expect(rehearsal.world.vaults.live.size).toBe(1);
    expect(rehearsal.world.vaults.softDeleted.size).toBe(0);
  });
});

describe('command destroy, when the cluster does not answer', () => {
  let rehearsal: Rehearsal;
  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    expectSuccess(await runPass(rehearsal, { pass: 1 }));
    expectSuccess(await runPass(rehearsal, { pass: 2 }));
  });
  afterAll(() => rehearsal.stop());

  it('T292 goes on without it, says what may be left, and what to do when Azure keeps the network for that reason', async () => {
    rehearsal.world.faults.clusterUnreachable = true;
    const outcome = await runDestroy(rehearsal);
    rehearsal.world.faults.clusterUnreachable = false;
    const { detail, fix } = expectFailure(outcome, 'provision-failed');
    expect(detail).toContain('InUseSubnetCannotBeDeleted');
    expect(fix).toMatch(/az group delete --name MC_langsmith-rg-demo_langsmith-aks-demo_westeurope/);
    expect(warningsOf(outcome)).toMatch(/The cluster was not taken apart: .*Unable to connect to the server.* may be left\./s);
    expect(rehearsal.world.clusters.size).toBe(0);
  });

  it('ends in a second run, once what was left is gone', async () => {
    const [group] = rehearsal.world.resources.list('Microsoft.Resources/resourceGroups').filter(({ name }) => name.startsWith('MC_'));
    if (group === undefined) throw new Error('nothing was left');
    rehearsal.world.resources.delete(group.id);
    const outcome = await runDestroy(rehearsal);
    expectSuccess(outcome);
    expect(outcome.step.summary).toContain('skipped: there is no cluster in the state');
    expect(rehearsal.world.resources.list('Microsoft.Network/virtualNetworks')).toEqual([]);
  });
});
