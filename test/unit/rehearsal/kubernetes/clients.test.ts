import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { KubeObject } from '../../../../rehearsal/kubernetes/api.js';
import { playClusters, type PlayedClusters } from '../../../../rehearsal/kubernetes/index.js';
import type { ObjectStore } from '../../../../rehearsal/kubernetes/store.js';
import { fetchTools, type HelmMajor, type Tools } from '../../../../rehearsal/tools/fetch.js';
import { World } from '../../../../rehearsal/world/world.js';
import { writeChart } from './chart.js';
import { Harness, type Result } from './harness.js';

const CACHE = join(import.meta.dirname, '../../../../.cache/tools');
const CLUSTER_ID = '/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerService/managedClusters/c';
const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';
const NAMESPACE = ['-n', 'app'];

describe.each<[HelmMajor]>([['4'], ['3']])('the real helm %s and its kubectl', (major) => {
  let tools: Tools;
  let world: World;
  let played: PlayedClusters;
  let harness: Harness;
  let store: ObjectStore;
  let chart: string;

  const wait = major === '4' ? ['--wait=watcher', '--timeout', '60s'] : ['--wait', '--timeout', '60s'];

  async function succeed(program: 'helm' | 'kubectl', args: readonly string[], input = ''): Promise<Result> {
    const result = await harness.run(tools[program], args, input);
    if (result.code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  function must(kind: string, name: string): KubeObject {
    const found = store.get(kind, 'app', name);
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  const replicaSets = () => store.list('apps/ReplicaSet', 'app').map((set) => (set['spec'] as { replicas: number }).replicas);

  beforeAll(async () => {
    tools = await fetchTools({ helm: major, cacheDirectory: CACHE });
    world = await World.create({ podReadyMs: 50 });
    const admin = world.directory.addPrincipal({ name: 'deployer', kind: 'app' });
    world.resources.assign({
      id: '/a',
      scope: CLUSTER_ID,
      principalId: admin.objectId,
      roleName: 'Azure Kubernetes Service RBAC Cluster Admin',
    });
    played = playClusters(world);
    const cluster = world.addCluster({
      name: 'c',
      resourceId: CLUSTER_ID,
      fqdn: 'c-1a2b3c4d.hcp.eastus.azmk8s.io',
      oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/t/u/',
      kubernetesVersion: '1.33.4',
      localAccountDisabled: true,
      nodePools: [{ name: 'system', vmSize: 'Standard_D8s_v5', minCount: 2, maxCount: 4, labels: {}, taints: [] }],
    });
    const server = played.servers.get(cluster.fqdn);
    if (!server) throw new Error('nobody plays the cluster');
    store = server.store;
    const token = await world.directory.mint(admin, AKS_SERVER_APP);
    harness = await Harness.start((request, response) => cluster.handle?.(request, response), token);
    chart = writeChart(harness.folder);
  }, 120_000);

  afterAll(async () => {
    await harness.stop();
    played.stop();
  });

  it('installs a chart with a CRD, a hook and claims, and waits for it', async () => {
    await succeed('helm', ['install', 'web', chart, '--create-namespace', ...NAMESPACE, ...wait]);
    expect(must('apps/Deployment', 'web')['status']).toMatchObject({ readyReplicas: 2 });
    expect(must('batch/Job', 'prepare')['status']).toMatchObject({ succeeded: 1 });
    expect(must('example.com/Gadget', 'one')['spec']).toEqual({ parts: ['a', 'b'], size: 'small' });
    expect(must('PersistentVolumeClaim', 'data-db-0')['status']).toMatchObject({ phase: 'Bound' });
    expect(must('Secret', 'web')['data']).toEqual({ key: Buffer.from('s3cret').toString('base64') });
  }, 90_000);

  it('upgrades without a change and touches nothing', async () => {
    const before = ['apps/Deployment', 'Service', 'ConfigMap', 'Secret'].map((kind) => must(kind, 'web').metadata.resourceVersion);
    await succeed('helm', ['upgrade', 'web', chart, ...NAMESPACE, ...wait]);
    expect(['apps/Deployment', 'Service', 'ConfigMap', 'Secret'].map((kind) => must(kind, 'web').metadata.resourceVersion)).toEqual(before);
  }, 90_000);

  it('upgrades with a change and rolls it back to the first ReplicaSet', async () => {
    await succeed('helm', ['upgrade', 'web', chart, ...NAMESPACE, ...wait, '--set', 'tag=1.28,message=changed']);
    expect(must('apps/Deployment', 'web').metadata.generation).toBe(2);
    expect(must('ConfigMap', 'web')['data']).toEqual({ message: 'changed' });
    expect(replicaSets().sort()).toEqual([0, 2]);

    await succeed('helm', ['rollback', 'web', '1', ...NAMESPACE, ...wait]);
    expect(must('ConfigMap', 'web')['data']).toEqual({ message: 'hello' });
    expect(replicaSets().sort()).toEqual([0, 2]);
    const history = JSON.parse((await succeed('helm', ['history', 'web', ...NAMESPACE, '-o', 'json'])).stdout) as { status: string }[];
    expect(history.map((revision) => revision.status)).toEqual(['superseded', 'superseded', 'superseded', 'deployed']);
  }, 120_000);

  it('prints what kubectl get, rollout, wait and logs print of a real cluster', async () => {
    const deployments = (await succeed('kubectl', ['get', 'deployments', '-o', 'wide', ...NAMESPACE])).stdout;
    expect(deployments).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +2\/2 +2 +2 +\S+ +web +nginx:1\.27 +app=web\n$/,
    );
    const pods = (await succeed('kubectl', ['get', 'pods', '-l', 'app=web', ...NAMESPACE])).stdout;
    expect(pods).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\n(web-\S+ +1\/1 +Running +0 +\S+\n){2}$/);
    expect((await succeed('kubectl', ['get', 'gd', ...NAMESPACE])).stdout).toMatch(/^NAME +SIZE\none +small\n$/);
    expect((await succeed('kubectl', ['rollout', 'status', 'deployment/web', ...NAMESPACE])).stdout).toContain('successfully rolled out');
    await succeed('kubectl', ['wait', '--for=condition=Available', 'deployment/web', '--timeout=10s', ...NAMESPACE]);
    expect((await succeed('kubectl', ['auth', 'can-i', 'create', 'deployments', ...NAMESPACE])).stdout).toBe('yes\n');
    const [pod] = store.list('Pod', 'app').filter((candidate) => candidate.metadata.labels?.['app'] === 'web');
    const logs = await harness.run(tools.kubectl, ['logs', pod?.metadata.name ?? '', ...NAMESPACE]);
    expect(logs).toMatchObject({ code: 0, stderr: '' });
    expect((await harness.run(tools.kubectl, ['logs', 'nobody', ...NAMESPACE])).stderr).toContain('pods "nobody" not found');
  }, 90_000);

  it('applies from standard input on the server side, names conflicts and takes over when told', async () => {
    const secret = (value: string) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: value } });
    const apply = ['apply', '--server-side', '-f', '-', ...NAMESPACE];
    expect((await succeed('kubectl', [...apply, '--field-manager=one'], secret('a'))).stdout).toBe('secret/keys serverside-applied\n');
    const version = must('Secret', 'keys').metadata.resourceVersion;
    await succeed('kubectl', [...apply, '--field-manager=one'], secret('a'));
    expect(must('Secret', 'keys').metadata.resourceVersion).toBe(version);

    const conflict = await harness.run(tools.kubectl, [...apply, '--field-manager=two'], secret('b'));
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toContain('conflict with "one": .stringData.key');
    await succeed('kubectl', [...apply, '--field-manager=two', '--force-conflicts'], secret('b'));
    expect(must('Secret', 'keys')['data']).toEqual({ key: Buffer.from('b').toString('base64') });
  }, 60_000);

  it('refuses what a real API server refuses', async () => {
    const labelled = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { on: true } } });
    expect((await harness.run(tools.kubectl, ['create', '-f', '-', ...NAMESPACE], labelled)).stderr).toContain(
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    );
    const misspelt = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, dta: {} });
    expect((await harness.run(tools.kubectl, ['create', '-f', '-', ...NAMESPACE], misspelt)).stderr).toContain('unknown field "dta"');
    const early = JSON.stringify({ apiVersion: 'example.org/v1', kind: 'Nothing', metadata: { name: 'x' } });
    expect((await harness.run(tools.kubectl, ['apply', '-f', '-', ...NAMESPACE], early)).stderr).toContain(
      'ensure CRDs are installed first',
    );
    const stranger = world.directory.addPrincipal({ name: 'stranger', kind: 'app' });
    const token = await world.directory.mint(stranger, AKS_SERVER_APP);
    const refused = await harness.run(tools.kubectl, ['get', 'pods', '--token', token, ...NAMESPACE]);
    expect(refused.stderr).toContain('Error from server (Forbidden)');
    expect((await harness.run(tools.kubectl, ['get', 'pods', '--token', 'nonsense', ...NAMESPACE])).code).toBe(1);
  }, 60_000);

  it('uninstalls the release and deletes the namespace', async () => {
    await succeed('helm', ['uninstall', 'web', ...NAMESPACE, '--wait']);
    expect(store.get('apps/Deployment', 'app', 'web')).toBeUndefined();
    expect(store.list('Pod', 'app').filter((pod) => pod.metadata.labels?.['app'] === 'web')).toEqual([]);
    await succeed('kubectl', ['delete', 'namespace', 'app', '--timeout=20s']);
    expect(store.get('Namespace', undefined, 'app')).toBeUndefined();
    expect(store.list('Secret', 'app')).toEqual([]);
  }, 60_000);
});
