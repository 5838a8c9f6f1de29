import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../../../../rehearsal/kubernetes/api.js';
import { ClusterServer } from '../../../../../rehearsal/kubernetes/cluster-server.js';
import { fetchTools, type Tools } from '../../../../../rehearsal/tools/fetch.js';
import { Harness, TOKEN } from '../../kubernetes/harness.js';
import { TerraformRoot } from '../terraform-root.js';

const CACHE = join(import.meta.dirname, '../../../../../.cache/tools');
const SECRET = 'a value, that {nobody} may see';

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: note\nversion: 1.2.0\nappVersion: "7"\n',
  'templates/note.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {text: {{ .Values.text | quote }}, email: {{ required "email is required" (.Values.who).email | quote }}}\n',
};

interface Scene {
  readonly text?: string;
  readonly revision?: number;
  readonly write?: string;
  readonly value?: string;
  readonly extra?: string;
}

describe('helm_release and kubernetes_secret_v1 on a played cluster', () => {
  let tools: Tools;
  let harness: Harness;
  let server: ClusterServer;
  let root: TerraformRoot;

  /** One Secret with write-only data, and one release whose chart wants a value that only the write-only list has. */
  const configuration = ({ text = 'hello', revision = 1, write = '1', value = SECRET, extra = '' }: Scene = {}): string => `
variable "value" {
  type      = string
  ephemeral = true
  default   = ${JSON.stringify(value)}
}
provider "kubernetes" {
  config_path    = ${JSON.stringify(harness.kubeconfig)}
  config_context = "test"
}
provider "helm" {
  kubernetes = {
    config_path    = ${JSON.stringify(harness.kubeconfig)}
    config_context = "test"
  }
}
resource "kubernetes_secret_v1" "this" {
  metadata {
    name        = "own"
    namespace   = "default"
    annotations = { "example.com/version" = "${revision}" }
  }
  data_wo          = { password = var.value }
  data_wo_revision = ${revision}
}
resource "helm_release" "this" {
  name            = "note"
  namespace       = "default"
  chart           = ${JSON.stringify(join(harness.folder, 'chart'))}
  version         = "1.2.0"
  values          = [yamlencode({ text = ${JSON.stringify(text)} })]
  set_wo          = [{ name = "who.email", value = "me@example.com", type = "string" }]
  set_wo_revision = ${write}
  wait            = false
  upgrade_install = true
  ${extra}
}
`;

  const object = (kind: string, name: string): KubeObject | undefined => server.store.get(kind, 'default', name);
  const noteData = (): unknown => object('ConfigMap', 'note')?.['data'];
  const secretData = (): Record<string, string> => object('Secret', 'own')?.['data'] as Record<string, string>;
  const helm = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => harness.run(tools.helm, args);

  beforeAll(async () => {
    tools = await fetchTools({ helm: '4', cacheDirectory: CACHE });
  });

  beforeEach(async () => {
    server = new ClusterServer({
      kubernetesVersion: '1.35.7',
      authenticate: async (bearer) =>
        bearer === TOKEN ? { name: 'tester', groups: ['system:masters', 'system:authenticated'] } : undefined,
      now: () => Date.now(),
      logs: new Map(),
    });
    server.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    harness = await Harness.start((request, response) => server.handle(request, response));
    await mkdir(join(harness.folder, 'chart/templates'), { recursive: true });
    for (const [name, content] of Object.entries(CHART)) await writeFile(join(harness.folder, 'chart', name), content);
    root = await TerraformRoot.open(configuration(), {}, { helm: tools.helm, kubectl: tools.kubectl, env: {} });
  }, 60_000);

  afterEach(async () => {
    await root.close();
    await harness.stop();
    server.stop();
  });

  it('makes both, plans nothing more, keeps no secret in the state, and takes both away', async () => {
    expect(await root.apply()).toContain('2 added, 0 changed, 0 destroyed');
    expect(Buffer.from(secretData()['password'] ?? '', 'base64').toString()).toBe(SECRET);
    expect(noteData()).toEqual({ text: 'hello', email: 'me@example.com' });
    expect((await root.plan()).code).toBe(0);
    const state = await root.state();
    expect(state).toContain('"revision": 1');
    expect(state).not.toContain(SECRET);
    expect(state).not.toContain(Buffer.from(SECRET).toString('base64'));
    expect(state).not.toContain('me@example.com');
    expect((await root.run(['destroy', '-auto-approve'])).code).toBe(0);
    expect(object('Secret', 'own')).toBeUndefined();
    expect(noteData()).toBeUndefined();
  }, 120_000);

  it('writes write-only data only when its revision changes, whatever the value is', async () => {
    await root.apply();
    await root.write(configuration({ value: 'another' }));
    expect((await root.plan()).code).toBe(0);
    await root.write(configuration({ value: 'another', revision: 2 }));
    expect(await root.apply()).toContain('0 added, 1 changed');
    expect(Buffer.from(secretData()['password'] ?? '', 'base64').toString()).toBe('another');
    expect(object('Secret', 'own')?.metadata.annotations).toEqual({ 'example.com/version': '2' });
  }, 120_000);

  it('loses write-only values in an upgrade whose revision does not rise, as the provider does', async () => {
    await root.apply();
    await root.write(configuration({ text: 'changed' }));
    const { code, output } = await root.run(['apply', '-auto-approve', '-input=false']);
    expect(code).toBe(1);
    expect(output).toMatch(/email is\s+required/);
    await root.write(configuration({ text: 'changed', write: '2' }));
    await root.apply();
    expect(noteData()).toEqual({ text: 'changed', email: 'me@example.com' });
    expect((await root.plan()).code).toBe(0);
  }, 120_000);

  it('adopts a release that is there when upgrade_install says so, and never a Secret', async () => {
    const chart = join(harness.folder, 'chart');
    expect((await helm('install', 'note', chart, '--set=text=old', '--set=who.email=old@example.com')).stderr).toBe('');
    server.store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own', namespace: 'default' } });
    const { code, output } = await root.run(['apply', '-auto-approve', '-input=false']);
    expect(code).toBe(1);
    expect(output).toContain('secrets "own" already exists');
    expect(noteData()).toEqual({ text: 'hello', email: 'me@example.com' });
    expect((await helm('list', '--output=json')).stdout).toContain('"revision":"2"');
  }, 120_000);

  it('sees a release that went away or was upgraded by others', async () => {
    await root.apply();
    const chart = join(harness.folder, 'chart');
    await helm('upgrade', 'note', chart, '--set=text=theirs', '--set=who.email=their@example.com');
    // The provider does not compare values with the cluster: only what it planned last counts.
    expect((await root.plan()).code).toBe(0);
    await root.write(configuration({ write: '2' }));
    await root.apply();
    expect(noteData()).toEqual({ text: 'hello', email: 'me@example.com' });
    await helm('uninstall', 'note');
    expect((await root.plan()).output).toContain('1 to add');
  }, 120_000);

  it('is told by the API server who may not come in', async () => {
    await root.write(configuration().replaceAll(JSON.stringify(harness.kubeconfig), JSON.stringify(join(harness.folder, 'nobody'))));
    await writeFile(join(harness.folder, 'nobody'), (await readFile(harness.kubeconfig, 'utf8')).replace(TOKEN, 'expired'));
    const { code, output } = await root.run(['apply', '-auto-approve', '-input=false']);
    expect(code).toBe(1);
    expect(output).toMatch(/Unauthorized|logged in/);
  }, 120_000);

  it('refuses by name what it does not play', async () => {
    await root.write(configuration({ extra: 'atomic = true' }));
    expect((await root.plan()).output).toContain('does not model helm_release.atomic');
    await root.write(configuration().replace('config_context = "test"', 'config_context = "test"\n    host = "https://elsewhere"'));
    expect((await root.plan()).output).toMatch(/does not model provider "(helm"\.kubernetes|kubernetes")\.host/);
  }, 120_000);
});
