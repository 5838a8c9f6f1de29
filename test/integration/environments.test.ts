import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENVIRONMENT, Rehearsal } from '../../rehearsal/rehearsal.js';
import type { RunResult } from '../../rehearsal/runner/index.js';
import { sceneOf, STAGING } from '../../rehearsal/scenes.js';
import { errorAnnotations } from './support/expect.js';

jest.setTimeout(300_000);

const BOTH = [STAGING, ENVIRONMENT];

describe('several environments from one repository', () => {
  let rehearsal: Rehearsal;
  let result: RunResult;
  /** Jobs, and environments whose reviewers were asked, as they came. */
  const events: string[] = [];

  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    const scene = await sceneOf({ workflow: 'environments.yml', topology: 'light', passes: '1-2' }, rehearsal.world.github.repository);
    for (const act of scene.acts) {
      await act.before?.(rehearsal);
      await rehearsal.setWorkflow(act.workflow);
      result = await rehearsal.run({
        event: act.event,
        approve: async (environment, { name }) => events.push(`${environment} is asked for ${name}`) > 0,
        onEvent: (event) => {
          if (event.type === 'job-started') events.push(event.name);
        },
      });
    }
  });
  afterAll(() => rehearsal.stop());

  const blobs = (): Promise<ReadonlyMap<string, string>> =>
    rehearsal.hosts.blobs.contents(rehearsal.tenant.stateAccount, rehearsal.tenant.stateContainer);

  it('are deployed one after the other, each behind the gate of its own', () => {
    expect([...result.errors, ...errorAnnotations({ result }).map(({ title, message }) => `${title ?? ''} ${message}`)]).toEqual([]);
    expect(result.conclusion).toBe('success');
    expect(events).toEqual(
      BOTH.flatMap((name) =>
        ['Pass 1, infrastructure', 'Pass 2, LangSmith'].flatMap((pass) => [
          `${name} / ${pass} / Plan`,
          `${name} is asked for ${name} / ${pass} / Apply`,
          `${name} / ${pass} / Apply`,
        ]),
      ),
    );
  });

  it('have a state, a resource group, a vault and a cluster each, and nothing of the other is in any of them', async () => {
    const states = [...(await blobs())].filter(([name]) => name.endsWith('/infra.tfstate'));
    expect(states.map(([name]) => name).sort()).toEqual(BOTH.map((name) => `langsmith-azure/${name}/infra.tfstate`).sort());
    const { resources, vaults, clusters } = rehearsal.world;
    const groups = resources.list('Microsoft.Resources/resourceGroups').map(({ name }) => name);
    expect(groups).toEqual(expect.arrayContaining(['langsmith-rg-demo', 'langsmith-rg-stg']));
    expect([vaults.live.size, clusters.size]).toEqual([2, 2]);
    for (const [name, content] of states) {
      const [own, other] = name.includes(STAGING) ? ['-stg', '-demo'] : ['-demo', '-stg'];
      expect(content).toContain(`langsmith-rg${own}`);
      expect(content).not.toContain(`langsmith-rg${other}`);
    }
    const values = [...vaults.live.values()].map((vault) => vault.secrets.get('langsmith-api-key-salt')?.at(-1)?.value);
    expect(new Set(values).size).toBe(2);
  });

  it('are deployed by an identity each, which has no rights in the vault or the cluster of the other', () => {
    const { resources, directory } = rehearsal.world;
    const granted = resources.assignments().filter(({ roleName }) => /Key Vault Secrets Officer|RBAC Cluster Admin/.test(roleName));
    const grants = granted.map(
      ({ principalId, scope }) => `${directory.byObjectId(principalId)?.name ?? ''} ${/(-demo|-stg)\b/.exec(scope)?.[1] ?? ''}`,
    );
    expect([...new Set(grants)].sort()).toEqual(['langsmith-deployer -demo', `langsmith-deployer-${STAGING} -stg`]);
  });

  it('are told apart in every step summary', () => {
    const summaries = result.jobs.flatMap(({ name, steps }) =>
      steps.filter(({ summary }) => summary !== '').map(({ summary }) => ({ name, summary })),
    );
    expect(summaries).toHaveLength(8);
    for (const { name, summary } of summaries) {
      const [own = '', , pass = ''] = /^(\w+) \/ (Pass (\d))/.exec(name)?.slice(1) ?? [];
      expect(summary).toContain(`## LangSmith on Azure: ${own}, pass ${pass}`);
      expect(summary).toContain(`langsmith-azure/${own}/infra.tfstate`);
    }
    expect(rehearsal.world.requests.surprises).toEqual([]);
  });
});
