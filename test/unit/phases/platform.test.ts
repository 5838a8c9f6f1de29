import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describePlatform, platform, type PlatformResult } from '../../../src/phases/platform.js';
import type { Outputs } from '../../../src/phases/outputs.js';
import { demandOf } from '../../../src/capacity/demand.js';
import { platformValues } from '../../../src/platform/values.js';
import { readValuesFile } from '../../../src/values/files.js';
import { planPlatform } from '../../../src/platform/plan.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { kubectlDiff } from '../../fakes/diffs.js';
import { FakeExec } from '../../fakes/exec.js';

const INPUTS = { actionRoot: path.resolve('.'), timeoutMinutes: 1 };
const WHO = JSON.stringify({ status: { userInfo: { username: 'deployer' } } });
const RELEASE = JSON.stringify({ name: 'x', version: 1, info: { status: 'deployed' }, manifest: '', hooks: [] });
const listed = (name: string, chart: string, status = 'deployed'): string => JSON.stringify([{ name, revision: '1', status, chart }]);

/** A cluster that lets us in and takes whatever is applied. */
const open = (): FakeExec =>
  new FakeExec()
    .on(/^kubectl auth whoami/, WHO)
    .on(/^kubectl create .*jsonpath/, 'true\n'.repeat(6))
    .on(/^kubectl apply/, '')
    .on(/^kubectl rollout status/, '')
    .on(/^helm version/, 'v4.1.4')
    .on(/^helm list/, '[]')
    .on(/^helm pull/, '')
    .on(/^helm get manifest/, '')
    .on(/^helm upgrade/, RELEASE);

async function run(fake: FakeExec, outputs: Outputs = lightOutputs()): Promise<PlatformResult> {
  const cluster = await fakeCluster(fake);
  try {
    return await platform(cluster, INPUTS, { shape: lightShape(2), outputs, values: {} });
  } finally {
    await cluster.close();
  }
}

/** Kinds and names of everything applied, in order. */
const applied = (fake: FakeExec): string[] =>
  fake
    .matching(/^kubectl apply/)
    .flatMap((call) =>
      (JSON.parse(call.options.stdin ?? '') as { items: { kind: string; metadata: { name: string } }[] }).items.map(
        (item) => `${item.kind} ${item.metadata.name}`,
      ),
    );

/** A cluster where all of a light deployment stands as it is wanted. */
async function settled(): Promise<FakeExec> {
  const releases = [
    { name: 'ingress-nginx', namespace: 'ingress-nginx', chart: 'ingress-nginx-4.15.1' },
    { name: 'cert-manager', namespace: 'cert-manager', chart: 'cert-manager-v1.21.0' },
    { name: 'langsmith-platform', namespace: 'langsmith', chart: 'langsmith-platform-0.1.0' },
  ].map((row) => ({ ...row, revision: '1', status: 'deployed' }));
  const fake = open()
    .on(/^helm list --all-namespaces/, JSON.stringify(releases))
    .on(/^helm get manifest/, '')
    .on(/^kubectl diff/, '');
  for (const row of releases) fake.on(new RegExp(`^helm list --namespace=${row.namespace}`), JSON.stringify([row]));
  for (const name of ['ingress-nginx', 'cert-manager']) {
    const { values } = await readValuesFile(INPUTS.actionRoot, `helm/addons/${name}.yaml`);
    fake.on(new RegExp(`^helm get values ${name}`), JSON.stringify(values));
  }
  const own = platformValues(lightShape(2), lightOutputs(), demandOf(lightShape(2), {}));
  return fake.on(/^helm get values langsmith-platform/, JSON.stringify(own));
}

/** Calls of Helm that change something. */
const changing = (fake: FakeExec): string[] =>
  fake
    .matching(/^helm (pull|upgrade)/)
    .filter((call) => !call.args.includes('--dry-run=server') && call.args[0] !== 'pull')
    .map((call) => call.args.slice(0, 2).join(' '));

describe('platform', () => {
  it('installs the add-ons, waits for their exact Deployments and guards the namespace', async () => {
    const fake = open();
    const result = await run(fake);
    expect(result).toMatchObject({
      namespaces: ['langsmith', 'ingress-nginx', 'cert-manager'],
      entrance: 'ingress-nginx/ingress-nginx-controller',
    });
    expect(describePlatform(result)).toBe(
      'ingress-nginx 4.15.1 installed, cert-manager v1.21.0 installed, langsmith-platform 0.1.0 installed',
    );
    expect(
      fake
        .matching(/^kubectl rollout status/)
        .map((call) => call.args[2])
        .sort(),
    ).toEqual([
      'deployment/cert-manager',
      'deployment/cert-manager-cainjector',
      'deployment/cert-manager-webhook',
      'deployment/ingress-nginx-controller',
    ]);
    expect(applied(fake)).toEqual(['Namespace langsmith', 'Namespace ingress-nginx', 'Namespace cert-manager']);
    const order = fake.calls.map((call) => call.args.slice(0, 2).join(' ')).filter((call) => /^(upgrade|rollout)/.test(call));
    expect(order.at(-1)).toBe('upgrade langsmith-platform');
  });

  it('upgrades nothing when versions, values and objects are those deployed', async () => {
    const fake = await settled();
    const result = await run(fake);
    expect(result.addons.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(changing(fake)).toEqual([]);
    expect((await run(fake, lightOutputs({ dns_label: 'traces' }))).addons.map(({ change }) => change)).toEqual([
      'upgraded',
      'unchanged',
      'unchanged',
    ]);
    // The chart is the action's own: a new version of the action may render other objects under the same version and values.
    fake.on(/^helm get manifest langsmith-platform/, 'kind: LimitRange\nmetadata: { name: langsmith-defaults }');
    expect((await run(fake)).addons.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'upgraded']);
  });

  it('sets right what is no longer as deployed, though nothing else changed, and says so', async () => {
    const fake = await settled();
    const gone = { kind: 'Deployment', metadata: { name: 'ingress-nginx-controller', namespace: 'ingress-nginx' } };
    fake
      .on(/^helm get manifest ingress-nginx/, JSON.stringify({ kind: gone.kind, metadata: { name: gone.metadata.name } }))
      .on(/^kubectl diff .*--namespace=ingress-nginx/, kubectlDiff({ merged: gone }), '');
    const result = await run(fake);
    expect(result.addons.map(({ change, drifted }) => [change, drifted])).toEqual([
      ['upgraded', ['Deployment ingress-nginx-controller']],
      ['unchanged', []],
      ['unchanged', []],
    ]);
    expect(describePlatform(result)).toContain('ingress-nginx 4.15.1 upgraded (set right: Deployment ingress-nginx-controller), cert');
    expect(changing(fake)).toEqual(['upgrade ingress-nginx']);
  });

  it('asks nobody again what the plan has read while this run held the lease', async () => {
    const fake = await settled();
    const cluster = await fakeCluster(fake);
    const request = { shape: lightShape(2), outputs: lightOutputs(), values: {} };
    const { known } = await planPlatform(cluster, INPUTS, request);
    const asked = fake.matching(/^helm/).length;
    const { addons } = await platform(cluster, INPUTS, request, known);
    await cluster.close();
    expect(addons.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(fake.matching(/^helm/)).toHaveLength(asked);
  });

  it('T182 takes over what is there already, of its own chart and of Istio, and of no other', async () => {
    const flagged = (fake: FakeExec): (string | undefined)[] =>
      fake.matching(/^helm upgrade .*--take-ownership/).map((call) => call.args[1]);
    const nginx = open();
    await run(nginx);
    expect(flagged(nginx)).toEqual(['langsmith-platform']);
    const istio = open();
    await run(istio, lightOutputs({ ingress_controller: 'istio' }));
    expect(flagged(istio)).toEqual(['istio-base', 'langsmith-platform']);
  });

  it('clears an add-on that a dead run left pending, and rolls it forward', async () => {
    const fake = open()
      .on(/^helm list --namespace=ingress-nginx/, listed('ingress-nginx', 'ingress-nginx-4.15.1', 'pending-install'))
      .on(/^kubectl delete secret sh\.helm\.release\.v1\.ingress-nginx\.v1 --namespace=ingress-nginx/, '');
    expect((await run(fake)).addons[0]).toMatchObject({ change: 'upgraded', recovered: { revision: 1, status: 'pending-install' } });
    expect(fake.matching(/^kubectl delete secret/)).toHaveLength(1);
  });

  it('says which Deployment did not roll out, with the diagnosis', async () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'controller-x' },
      spec: { containers: [{ name: 'controller' }] },
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' },
        ],
      },
    };
    const fake = open()
      .on(/^kubectl rollout status deployment\/ingress-nginx-controller/, { code: 1, stderr: 'error: timed out waiting for the condition' })
      .on(/^kubectl get pods,jobs,events\S* --namespace=ingress-nginx/, JSON.stringify({ items: [pod] }));
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: expect.stringMatching(
        /Deployment ingress-nginx\/ingress-nginx-controller: error: timed out[\s\S]*pod controller-x: Unschedulable[\s\S]*likely cause: No node of the pool default has cpu left/,
      ),
    });
  });

  it('T183 turns a Helm failure into one of the platform, with its cause', async () => {
    const fake = open()
      .on(/^helm upgrade cert-manager/, { code: 1, stderr: 'Error: INSTALLATION FAILED: invalid ownership metadata' })
      .on(/^kubectl get pods,jobs,events/, '{"items":[]}');
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: expect.stringMatching(/^cert-manager: helm upgrade ended[\s\S]*does not belong to this release/),
    });
  });

  it('T185 waits for webhooks and kinds that do not answer yet, and for nothing else', async () => {
    const refusals = [
      'Error: failed calling webhook "webhook.cert-manager.io": connection refused to 10.0.0.9',
      'Error: resource mapping not found for name: "x": no matches for kind "ClusterIssuer" in version "cert-manager.io/v1"',
    ];
    const fake = open().on(/^helm upgrade langsmith-platform/, () => {
      const stderr = refusals.shift();
      return stderr === undefined ? RELEASE : { code: 1, stderr };
    });
    await run(fake);
    expect(fake.matching(/^helm upgrade langsmith-platform/)).toHaveLength(3);
    const refused = open()
      .on(/^helm upgrade langsmith-platform/, { code: 1, stderr: 'Error: denied' })
      .on(/^kubectl get pods,jobs,events/, '{"items":[]}');
    await expect(run(refused)).rejects.toMatchObject({ reason: 'platform-failed', detail: expect.stringContaining('Error: denied') });
    expect(refused.matching(/^helm upgrade langsmith-platform/)).toHaveLength(1);
  });

  it('T188 says with dns01 which NS records must delegate the zone', async () => {
    const cluster = await fakeCluster(open());
    const outputs = lightOutputs({
      tls_certificate_source: 'dns01',
      dns_zone_name: 'example.com',
      dns_nameservers: ['ns1-01.azure-dns.com.', 'ns2-01.azure-dns.net.'],
    });
    await platform(cluster, INPUTS, { shape: lightShape(2), outputs, values: {} });
    await cluster.close();
    expect(cluster.log.lines).toContain(
      'Before a certificate is issued, example.com must be delegated, by NS records in the zone above it, to ns1-01.azure-dns.com., ns2-01.azure-dns.net.',
    );
  });

  it('says that the retired controller is retired, and that nothing is let in where nothing is', async () => {
    const warnings = async (outputs: Partial<Outputs>): Promise<string[]> => {
      const cluster = await fakeCluster(open());
      await platform(cluster, INPUTS, { shape: lightShape(2), outputs: lightOutputs(outputs), values: {} });
      await cluster.close();
      return cluster.log.lines.filter((line) => line.startsWith('warning'));
    };
    expect(await warnings({})).toEqual([expect.stringMatching(/ingress-nginx: .*March 2026.*envoy-gateway/)]);
    const none = { ingress_controller: 'none', tls_certificate_source: 'none' } as const;
    expect(await warnings(none)).toEqual([expect.stringContaining('ingress_namespaces is empty')]);
    expect(await warnings({ ...none, ingress_namespaces: ['traefik'] })).toEqual([]);
  });

  it('asks for the certificate the user promised to bring', async () => {
    const outputs = lightOutputs({ tls_certificate_source: 'existing' });
    await expect(run(open().on(/^kubectl get secret langsmith-tls/, ''), outputs)).rejects.toMatchObject({
      reason: 'platform-failed',
      fix: expect.stringContaining('kubectl create secret tls langsmith-tls --namespace langsmith'),
    });
    const present = JSON.stringify({ kind: 'Secret', metadata: { name: 'langsmith-tls' } });
    expect((await run(open().on(/^kubectl get secret langsmith-tls/, present), outputs)).addons).toHaveLength(2);
  });

  it.each([
    ['nginx', 'langsmith'],
    ['istio', 'istio-system'],
    ['istio-addon', 'aks-istio-ingress'],
  ] as const)('T174 with %s looks for that certificate where it is served: in %s', async (ingress_controller, namespace) => {
    const fake = open().on(/^kubectl get secret langsmith-tls/, '');
    await expect(run(fake, lightOutputs({ tls_certificate_source: 'existing', ingress_controller }))).rejects.toMatchObject({
      detail: expect.stringContaining(`the Secret ${namespace}/langsmith-tls is not there`),
    });
    expect(fake.matching(/^helm/)).toEqual([]);
  });
});
