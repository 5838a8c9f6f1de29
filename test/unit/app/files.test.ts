import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Deployment, deploymentFiles, INFRA_VARIABLES, wavesOf } from '../../../src/app/files.js';
import { appStateKey, readAppState } from '../../../src/app/state.js';
import { revisionsOf } from '../../../src/app/variables.js';
import { type Addon, readAddons } from '../../../src/platform/addons.js';
import { lightOutputs, lightShape } from '../../fakes/cluster.js';

const addon = (name: string, ...after: string[]): Addon => ({
  name,
  namespace: name,
  chart: { repository: 'https://charts.example.com', name: `${name}-chart`, version: '1.0.0' },
  values: '',
  deployments: [],
  after,
  take_ownership: false,
  when: {},
  extras: [],
  annotate: [],
});

const deployment: Deployment = {
  shape: lightShape(),
  outputs: lightOutputs(),
  addons: [{ addon: addon('cert-manager', 'envoy'), values: { a: 1 } }],
  platform: { name: 'langsmith-platform', version: '1.2.3', chart: '../../helm/langsmith-platform', values: { quota: {} } },
  langsmith: {
    repository: 'https://langsmith.example.com',
    chart: 'langsmith',
    version: '0.13.28',
    values: { config: { hostname: 'h', initialOrgAdminEmail: 'me@example.com' } },
  },
  secrets: new Map([['langsmith-admin-email', 'me@example.com']]),
};

describe('the files of terraform/app', () => {
  it('say everything there is to deploy and hold no secret', () => {
    const files = deploymentFiles(deployment);
    expect([...files.keys()].sort()).toEqual([
      'infra.auto.tfvars.json',
      'values/addons/cert-manager.yaml',
      'values/merged.yaml',
      'values/platform.yaml',
      'values/releases.yaml',
      'values/secrets.yaml',
    ]);
    expect([...files.values()].join('\n')).not.toContain('me@example.com');
    expect(Object.keys(JSON.parse(files.get('infra.auto.tfvars.json') ?? '') as object)).toEqual([...INFRA_VARIABLES]);
    expect(parse(files.get('values/releases.yaml') ?? '')).toMatchObject({
      addons: {
        'cert-manager': { wave: 1, namespace: 'cert-manager', chart: 'cert-manager-chart', version: '1.0.0', take_ownership: false },
      },
      platform: { name: 'langsmith-platform', chart: '../../helm/langsmith-platform', version: '1.2.3' },
      langsmith: { chart: 'langsmith', least_timeout_minutes: 0, write_only: { 'config.initialOrgAdminEmail': 'langsmith-admin-email' } },
      not_in_vault: ['redis-access-key'],
    });
  });
});

describe('waves of add-ons', () => {
  it('put each behind those of the deployment that it comes after', () => {
    expect(Object.fromEntries(wavesOf([addon('c', 'b'), addon('a', 'missing'), addon('b', 'a')]))).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('are enough for every add-on of the list', async () => {
    expect(Math.max(...wavesOf(await readAddons('.')).values())).toBeLessThanOrEqual(3);
  });

  it('refuse add-ons that wait for one another', () => {
    expect(() => wavesOf([addon('a', 'b'), addon('b', 'a')])).toThrow('a, b wait for one another');
  });
});

describe('the state of terraform/app', () => {
  const state = readAppState({
    values: {
      root_module: {
        resources: [
          { address: 'helm_release.langsmith', type: 'helm_release', values: { set_wo_revision: 4 } },
          { address: 'kubernetes_secret_v1.langsmith["a"]', type: 'kubernetes_secret_v1', index: 'a', values: { data_wo_revision: 7 } },
        ],
      },
    },
  });

  it('is read for the numbers under which values were written last', () => {
    expect(state.valuesRevision).toBe(4);
    expect(state.secretRevisions).toEqual(new Map([['a', 7]]));
    expect(readAppState({})).toEqual({ addresses: new Set(), secretRevisions: new Map(), valuesRevision: undefined });
  });

  it('gives a changed Secret a number it has not had, also when Terraform believes that a failed write was one', () => {
    const judged = (change: 'created' | 'changed' | 'unchanged', dataVersion: number): Record<string, number> =>
      revisionsOf([{ name: 'a' as never, change, dataVersion }], state);
    expect(judged('unchanged', 3)).toEqual({ a: 3 });
    expect(judged('changed', 7)).toEqual({ a: 8 });
    expect(judged('changed', 9)).toEqual({ a: 9 });
    expect(judged('created', 1)).toEqual({ a: 8 });
  });

  it.each([
    ['langsmith-azure/production/infra.tfstate', 'langsmith-azure/production/app.tfstate'],
    ['infra.tfstate', 'app.tfstate'],
    ['mine.tfstate', 'mine-app.tfstate'],
    ['my-infra.tfstate', 'my-infra-app.tfstate'],
    ['state', 'state-app.tfstate'],
  ])('lies beside that of pass 1: %s → %s', (infra, app) => {
    expect(appStateKey(infra)).toBe(app);
  });
});
