import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { changeConfig } from '../../rehearsal/scenes.js';
import type { RepositoryIssue } from '../../rehearsal/world/github.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { leaks, plantedIn } from './support/planted.js';
import { type Outcome, type PassRun, runPass } from './support/passes.js';

jest.setTimeout(300_000);

const NAMESPACE = '--namespace=langsmith';
const VAULT = 'module.keyvault.azurerm_key_vault.this';
const RIGHTS = { 'id-token': 'write', contents: 'read', issues: 'write' };

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
});

afterAll(async () => {
  await rehearsal.stop();
});

const look = (run: PassRun = {}): Promise<Outcome> => runPass(rehearsal, { command: 'drift', pass: 2, permissions: RIGHTS, ...run });

async function deploy(): Promise<void> {
  for (const pass of [1, 2] as const) expectSuccess(await runPass(rehearsal, { pass }));
}

const openToOneMore = (address: string): void => {
  for (const vault of rehearsal.world.vaults.live.values()) vault.allowedIps.push(address);
};

async function byHand(...args: string[]): Promise<void> {
  await (await Observer.of(rehearsal))?.kubectl(...args, NAMESPACE);
}

const issues = (): readonly RepositoryIssue[] => rehearsal.world.github.issues;
const saidOn = (number: number): string[] =>
  rehearsal.world.github.comments.filter(({ issue }) => issue === number).map(({ body }) => body);
/** Empty outputs reach no job. */
const said = ({ outputs }: Outcome): object => ({
  drifted: outputs['drifted'] ?? '',
  count: outputs['drift-count'] ?? '',
  issue: outputs['issue-url'] ?? '',
});
const warnings = ({ step }: Outcome): string[] =>
  step.annotations.filter(({ level }) => level === 'warning').map(({ title, message }) => `${title ?? ''}: ${message}`);

describe('drift', () => {
  it('outputs-incomplete: nothing that was never deployed can drift', async () => {
    const { detail } = expectFailure(await look(), 'outputs-incomplete');
    expect(detail).not.toBe('');
    expect(issues()).toEqual([]);
  });

  it('is nothing over a deployment that nobody touched, whatever services do; and looking changes nothing', async () => {
    await deploy();
    for (const cluster of rehearsal.world.resources.list('Microsoft.ContainerService/managedClusters'))
      cluster.tags = { ...cluster.tags, 'policy-cost-center': '4711' };
    const [acted, started] = [rehearsal.providers.log.length, (await rehearsal.recorder.calls()).length];
    const outcome = await look();
    expectSuccess(outcome);
    expect(said(outcome)).toEqual({ drifted: 'false', count: '0', issue: '' });
    expect(outcome.outputs['has-changes']).toBe('false');
    expect(outcome.step.summary).toContain('### Drift: nothing differs');
    expect(outcome.step.summary).toMatch(/`tags\.policy-cost-center` +\| Azure Policy adds tags/);
    expect(issues()).toEqual([]);
    expect(rehearsal.providers.log.slice(acted).filter(({ action }) => action !== 'read-data')).toEqual([]);
    const commands = (await rehearsal.recorder.calls()).slice(started).map(({ tool, argv }) => [tool, ...argv].join(' '));
    // Questions about rights are asked by creating a review of them, and Helm renders by a dry run of an upgrade.
    const acts = /^(terraform apply|kubectl (apply|create|patch|delete|annotate)|helm (upgrade|install|rollback|uninstall))/;
    expect(
      commands.filter((command) => acts.test(command) && !/ --dry-run=server | --output=jsonpath=\{\.status\.allowed\}/.test(command)),
    ).toEqual([]);
  });

  it('opens one issue for what was changed by hand in Azure and in the cluster', async () => {
    openToOneMore('198.51.100.7');
    await byHand('annotate', 'serviceaccount', 'langsmith-backend', 'azure.workload.identity/client-id-');
    const outcome = await look();
    expectSuccess(outcome);
    const [issue, ...more] = issues();
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ title: 'LangSmith production: drift (2 changed outside)', state: 'open', author: 'github-actions[bot]' });
    expect(issue?.body).toContain(`<code>${VAULT}</code>`);
    expect(issue?.body).toContain('"198.51.100.7"');
    expect(issue?.body).toContain('<code>ServiceAccount langsmith-backend</code>');
    expect(issue?.body).toContain('#### Changed outside');
    expect(issue?.body).not.toContain('#### Configured, not applied yet');
    const url = `https://github.com/contoso/platform/issues/${issue?.number}`;
    expect(outcome.outputs).toMatchObject({ drifted: 'true', 'drift-count': '2', 'issue-url': url });
    expect(warnings(outcome)).toContainEqual(`Drift: production is not what its configuration says: 2 changed outside. ${url} lists it.`);
    expect(outcome.step.summary).toContain(`Issue: ${url}`);
  });

  it('says nothing new on another night, and tells subscribers when something else differs', async () => {
    expectSuccess(await look());
    const [issue] = issues();
    expect(saidOn(issue?.number ?? 0)).toEqual([]);
    await changeConfig(rehearsal, 'blob_ttl_short_days', '25');
    const outcome = await look();
    expectSuccess(outcome);
    expect(issues()).toHaveLength(1);
    expect(issue?.title).toBe('LangSmith production: drift (2 changed outside, 1 not applied yet)');
    expect(issue?.body).toMatch(/#### Configured, not applied yet[\s\S]*azurerm_storage_management_policy[\s\S]*\+ .*= 25/);
    expect(saidOn(issue?.number ?? 0)).toEqual([
      expect.stringMatching(/New or different:\n\n- `module\.storage\.azurerm_storage_management_policy/),
    ]);
  });

  it('cluster-unreachable: what is known is told, the rest is kept, and the issue stays open', async () => {
    const [issue] = issues();
    rehearsal.world.faults.clusterUnreachable = true;
    const outcome = await look();
    rehearsal.world.faults.clusterUnreachable = false;
    expectFailure(outcome, 'cluster-unreachable');
    expect(outcome.outputs).toMatchObject({ drifted: 'true', 'drift-count': '2' });
    expect(issue?.state).toBe('open');
    expect(issue?.body).toContain('**Not everything could be looked at.** The run failed at the cluster: `cluster-unreachable`.');
    expect(issue?.body).toContain(VAULT);
    expect(saidOn(issue?.number ?? 0)).toHaveLength(1);
  });

  it('is never closed by a run that could not see everything, and closed once it is set right', async () => {
    const [issue] = issues();
    await deploy();
    rehearsal.world.faults.clusterUnreachable = true;
    const blind = await look();
    rehearsal.world.faults.clusterUnreachable = false;
    expectFailure(blind, 'cluster-unreachable');
    expect(said(blind)).toEqual({ drifted: '', count: '0', issue: '' });
    expect(issue?.state).toBe('open');

    const outcome = await look();
    expectSuccess(outcome);
    expect(issue).toMatchObject({ state: 'closed', stateReason: 'completed' });
    expect(saidOn(issue?.number ?? 0).at(-1)).toContain('Nothing differs any more');
    expect(outcome.outputs).toMatchObject({ drifted: 'false', 'drift-count': '0' });
    expect(outcome.outputs['issue-url']).toContain(`/issues/${issue?.number}`);
  });

  it.each([
    ['without the permission', { permissions: { 'id-token': 'write', contents: 'read' } }, /issues: write/],
    ['without a token', { with: { 'github-token': '' } }, /no GitHub token/],
  ] as const)('is in the step summary %s', async (_name, run, why) => {
    openToOneMore('198.51.100.8');
    const outcome = await look({ ...run, pass: 1 });
    rehearsal.world.vaults.live.forEach((vault) => vault.allowedIps.pop());
    expectSuccess(outcome);
    expect(outcome.step.summary).toContain('198.51.100.8');
    expect(said(outcome)).toMatchObject({ drifted: 'true', issue: '' });
    expect(warnings(outcome)).toContainEqual(expect.stringMatching(why));
    expect(issues()).toHaveLength(1);
  });

  it('is in the step summary where the repository has no issues, or where none is wanted', async () => {
    openToOneMore('198.51.100.8');
    rehearsal.world.github.hasIssues = false;
    const disabled = await look({ pass: 1 });
    rehearsal.world.github.hasIssues = true;
    expectSuccess(disabled);
    expect(warnings(disabled)).toContainEqual(expect.stringContaining('issues are switched off in this repository'));
    const asked = rehearsal.world.requests.to('api.github.com').length;
    const quiet = await look({ pass: 1, with: { comment: 'never' } });
    expectSuccess(quiet);
    expect(rehearsal.world.requests.to('api.github.com').length).toBe(asked);
    expect(quiet.step.summary).toContain('198.51.100.8');
    expect(issues()).toHaveLength(1);
  });

  it('opens a new issue when it comes back', async () => {
    expectSuccess(await look({ pass: 1 }));
    expect(issues().map(({ state }) => state)).toEqual(['closed', 'open']);
  });

  it('has no secret in any issue or comment', () => {
    const text = [
      ...issues().map(({ title, body }) => `${title}\n${body}`),
      ...rehearsal.world.github.comments.map(({ body }) => body),
    ].join('\n');
    expect(leaks(plantedIn(rehearsal), [{ name: 'issues and comments', text }])).toEqual([]);
  });

  it('tells that the cluster was deleted by hand, which leaves nothing to look into', async () => {
    for (const { resourceId, fqdn } of [...rehearsal.world.clusters.values()]) {
      rehearsal.world.resources.delete(resourceId);
      rehearsal.world.clusters.delete(fqdn);
    }
    const outcome = await look();
    expectFailure(outcome, 'cluster-unreachable');
    const open = issues().filter(({ state }) => state === 'open');
    expect(open).toHaveLength(1);
    expect(open[0]?.body).toContain('azurerm_kubernetes_cluster.this</code> was deleted');
    expect(open[0]?.body).toContain('Not everything could be looked at');
  });

  it('asks for nothing that the rehearsal does not model', () => {
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});
