import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { indexObjects } from '../../../src/release/manifest.js';
import { decodeList, decodeRelease } from '../../../src/tools/helm-output.js';
import { Helm } from '../../../src/tools/helm.js';
import { FakeExec } from '../../fakes/exec.js';

const open = (version = 'v4.1.4'): { fake: FakeExec; helm: Helm } => {
  const fake = new FakeExec().on(/^helm version/, version);
  return { fake, helm: new Helm(fake.exec, { kubeconfigPath: '/private/kubeconfig', context: 'langsmith-azure' }) };
};

const RELEASE = JSON.stringify({
  name: 'langsmith',
  info: { status: 'deployed' },
  version: 3,
  manifest: '---\nkind: Service\n',
  hooks: [{ name: 'langsmith-backend-migrations', kind: 'Job', manifest: 'kind: Job', last_run: { phase: 'Succeeded' } }],
});
const REQUEST = { release: 'langsmith', namespace: 'ns', chart: '/c.tgz', valuesFile: '/v.yaml', timeoutMinutes: 20 };

describe('helm', () => {
  it('upgrades with the flags of Helm 4', async () => {
    const { fake, helm } = open();
    fake.on(/^helm upgrade/, RELEASE);
    expect(await helm.upgrade(REQUEST)).toMatchObject({
      revision: 3,
      status: 'deployed',
      hooks: [{ name: 'langsmith-backend-migrations', phase: 'Succeeded' }],
    });
    expect(fake.calls.at(-1)?.rawArgs).toEqual([
      'upgrade',
      'langsmith',
      '/c.tgz',
      '--install',
      '--namespace=ns',
      '--values=/v.yaml',
      '--reset-values',
      '--timeout=20m',
      '--history-max=10',
      '--output=json',
      '--wait=hookOnly',
      '--server-side=true',
      '--force-conflicts',
      '--kubeconfig=/private/kubeconfig',
      '--kube-context=langsmith-azure',
    ]);
  });

  it('T238 leaves out on Helm 3 what Helm 3 does not know, and asks it for pending releases', async () => {
    const { fake, helm } = open('v3.17.2');
    fake.on(/^helm upgrade/, RELEASE).on(/^helm list/, '[]');
    await helm.render(REQUEST);
    expect(fake.calls.at(-1)?.args).toContain('--dry-run=server');
    expect(fake.calls.at(-1)?.args.join(' ')).not.toMatch(/--wait|--server-side/);
    await helm.newest('langsmith', 'ns');
    expect(fake.calls.at(-1)?.args).toContain('--all');
    fake.on(/^helm rollback/, 'Rollback was a success!');
    await helm.rollback({ release: 'langsmith', namespace: 'ns', revision: 2, timeoutMinutes: 20 });
    expect(fake.calls.at(-1)?.args).toEqual(['rollback', 'langsmith', '2', '--namespace=ns', '--timeout=20m', '--history-max=10']);
  });

  it.each([
    ['v3.17.2', '--wait'],
    ['v4.1.4', '--wait=watcher'],
  ])('uninstalls with the flags of Helm %s', async (version, wait) => {
    const { fake, helm } = open(version);
    fake.on(/^helm uninstall/, '');
    await helm.uninstall('langsmith', 'ns', 20);
    expect(fake.calls.at(-1)?.args).toEqual(['uninstall', 'langsmith', '--namespace=ns', '--ignore-not-found', wait, '--timeout=20m']);
  });

  it.each([
    ['v3.17.2', ['--all']],
    ['v4.1.4', []],
  ])('lists every release of a namespace with Helm %s', async (version, all) => {
    const { fake, helm } = open(version);
    fake.on(/^helm list/, '[{"name":"x","namespace":"ns","revision":"1","status":"failed","chart":"x-1.0.0"}]');
    expect(await helm.releases('ns')).toEqual([{ name: 'x', revision: 1, status: 'failed', chart: 'x-1.0.0' }]);
    expect(fake.calls.at(-1)?.args).toEqual(['list', ...all, '--namespace=ns', '--max=0', '--output=json']);
  });

  it('renders alone while the cluster lacks a kind of the chart, and only then', async () => {
    const missing =
      'Error: resource mapping not found for name: "x": no matches for kind "HTTPRoute" in version "gateway.networking.k8s.io/v1"';
    const text = [
      '# Source: a.yaml',
      'kind: HTTPRoute',
      'metadata: { name: langsmith }',
      '---',
      'kind: Job',
      'metadata: { name: migrations, annotations: { helm.sh/hook: post-install } }',
      '---',
      '# nothing',
    ].join('\n');
    const { fake, helm } = open();
    fake
      .on(/^helm upgrade .*--dry-run=server/, { code: 1, stderr: missing })
      .on(/^helm list/, '[]')
      .on(/^helm template/, text);
    const rendered = await helm.render(REQUEST);
    expect([...indexObjects(rendered.manifest).keys()]).toEqual(['HTTPRoute langsmith']);
    expect(rendered.hooks).toMatchObject([{ kind: 'Job', name: 'migrations', phase: '' }]);
    expect(fake.calls.at(-1)?.args).toEqual([
      'template',
      'langsmith',
      expect.any(String),
      '--namespace=ns',
      expect.stringMatching(/^--values=/),
    ]);
    fake.on(/^helm list/, '[{"name":"langsmith","revision":"2","status":"deployed","chart":"langsmith-0.13.28"}]');
    await helm.render(REQUEST);
    expect(fake.calls.at(-1)?.args).toContain('--is-upgrade');

    fake.on(/^helm upgrade .*--dry-run=server/, { code: 1, stderr: 'Error: values do not meet the schema' });
    await expect(helm.render(REQUEST)).rejects.toThrow('values do not meet the schema');
  });

  it('refuses a Helm it does not know', async () => {
    const { helm } = open('v2.17.0');
    await expect(helm.newest('langsmith', 'ns')).rejects.toThrow('Helm v2.17.0 is neither 3 nor 4');
  });

  it('T237 reads the newest revision, pending ones included', async () => {
    const { fake, helm } = open();
    fake.on(
      /^helm list/,
      '[{"name":"langsmith","namespace":"ns","revision":"2","updated":"x","status":"pending-upgrade","chart":"langsmith-0.13.28","app_version":"0.13.31"}]',
    );
    expect(await helm.newest('langsmith', 'ns')).toEqual({
      name: 'langsmith',
      revision: 2,
      status: 'pending-upgrade',
      chart: 'langsmith-0.13.28',
    });
    expect(fake.calls.at(-1)?.args).toEqual(['list', '--namespace=ns', '--filter=^langsmith$', '--output=json']);
  });

  it('goes back by a revision of its own, with the flags of Helm 4, and reads what there is to go back to', async () => {
    const { fake, helm } = open();
    fake
      .on(/^helm rollback/, 'Rollback was a success!')
      .on(
        /^helm history/,
        '[{"revision":1,"updated":"x","status":"deployed","chart":"langsmith-0.13.28","app_version":"0.13.31","description":"Install complete"}]',
      )
      .on(/^helm get (hooks|values)/, '{}');
    await helm.rollback({ release: 'langsmith', namespace: 'ns', revision: 1, timeoutMinutes: 30 });
    expect(fake.calls.at(-1)?.args.join(' ')).toBe(
      'rollback langsmith 1 --namespace=ns --timeout=30m --history-max=10 --wait=hookOnly --server-side=true --force-conflicts',
    );
    expect(await helm.history('langsmith', 'ns')).toEqual([{ revision: 1, status: 'deployed', chart: 'langsmith-0.13.28' }]);
    await helm.hooks('langsmith', 'ns', 1);
    expect(fake.calls.at(-1)?.args).toContain('--revision=1');
    await helm.userValues('langsmith', 'ns', 1);
    expect(fake.calls.at(-1)?.args).toContain('--revision=1');
  });

  it('reads a release without values as an empty map', async () => {
    const { fake, helm } = open();
    fake.on(/^helm get values/, 'null\n');
    expect(await helm.userValues('langsmith', 'ns')).toEqual({});
  });

  it('skips what Helm prints before its JSON', () => {
    expect(decodeRelease(`W1122 warning\n${RELEASE}`).name).toBe('langsmith');
  });

  it('reads an app version that YAML takes for a number, and refuses a chart without version', async () => {
    const { fake, helm } = open();
    fake.on(/^helm show chart/, 'name: x\nversion: 1.0.0\nappVersion: 1.21\n', 'name: x\n');
    expect(await helm.showChart('/c')).toEqual({ name: 'x', version: '1.0.0', appVersion: '1.21' });
    await expect(helm.showChart('/c')).rejects.toThrow('no name or version');
  });

  it.each(['3.17.2', '4.1.4'])('reads what Helm %s really prints', async (version) => {
    const recorded = (what: string): Promise<string> => readFile(`test/fixtures/helm-${version}-${what}.json`, 'utf8');
    expect(decodeList(await recorded('list'))).toEqual([
      { name: 'langsmith', revision: 2, status: 'deployed', chart: 'langsmith-0.13.28' },
    ]);
    expect(decodeList(await recorded('list-pending'))).toMatchObject([{ revision: 2, status: 'pending-upgrade' }]);
    const release = decodeRelease(await recorded('upgrade'));
    expect(release).toMatchObject({
      name: 'langsmith',
      revision: 2,
      status: 'deployed',
      manifest: expect.stringContaining('kind: ServiceAccount'),
    });
    expect(release.hooks.map(({ name, kind, phase }) => `${kind} ${name} ${phase}`)).toEqual([
      'Job langsmith-backend-migrations Succeeded',
      'Job langsmith-backend-ch-migrations Succeeded',
      'Job langsmith-backend-auth-bootstrap Succeeded',
    ]);
  });
});
