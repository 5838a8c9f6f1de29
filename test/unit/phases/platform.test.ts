import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describePlatform, platform, type PlatformResult } from '../../../src/phases/platform.js';
import type { Outputs } from '../../../src/phases/outputs.js';
import { readValuesFile } from '../../../src/values/files.js';
import { fakeCluster, lightOutputs } from '../../fakes/cluster.js';
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
    .on(/^helm upgrade/, RELEASE);

async function run(fake: FakeExec, outputs: Outputs = lightOutputs()): Promise<PlatformResult> {
  const cluster = await fakeCluster(fake);
  try {
    return await platform(cluster, INPUTS, outputs);
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

describe('platform', () => {
  it('installs the add-ons, waits for their exact Deployments and guards the namespace', async () => {
    const fake = open();
    const result = await run(fake);
    expect(result).toMatchObject({
      namespaces: ['langsmith', 'ingress-nginx', 'cert-manager'],
      entrance: 'ingress-nginx/ingress-nginx-controller',
    });
    expect(describePlatform(result)).toBe('ingress-nginx 4.15.1 installed, cert-manager v1.21.0 installed');
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
    expect(applied(fake)).toEqual([
      'Namespace langsmith',
      'Namespace ingress-nginx',
      'Namespace cert-manager',
      'NetworkPolicy default-deny-ingress',
      'NetworkPolicy allow-from-ingress',
      'ClusterIssuer letsencrypt-prod',
    ]);
  });

  it('upgrades nothing when version and values are those deployed', async () => {
    const fake = open()
      .on(/^helm list --namespace=ingress-nginx/, listed('ingress-nginx', 'ingress-nginx-4.15.1'))
      .on(/^helm list --namespace=cert-manager/, listed('cert-manager', 'cert-manager-v1.21.0'));
    for (const name of ['ingress-nginx', 'cert-manager']) {
      const { values } = await readValuesFile(INPUTS.actionRoot, `helm/addons/${name}.yaml`);
      fake.on(new RegExp(`^helm get values ${name}`), JSON.stringify(values));
    }
    const result = await run(fake);
    expect(result.addons.map(({ change }) => change)).toEqual(['unchanged', 'unchanged']);
    expect(fake.matching(/^helm (pull|upgrade)/)).toEqual([]);
    expect((await run(fake, lightOutputs({ dns_label: 'traces' }))).addons.map(({ change }) => change)).toEqual(['upgraded', 'unchanged']);
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
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' },
        ],
      },
    };
    const fake = open()
      .on(/^kubectl rollout status deployment\/ingress-nginx-controller/, { code: 1, stderr: 'error: timed out waiting for the condition' })
      .on(/^kubectl get pods,jobs,events --namespace=ingress-nginx/, JSON.stringify({ items: [pod] }));
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: expect.stringMatching(
        /Deployment ingress-nginx\/ingress-nginx-controller: error: timed out[\s\S]*pod controller-x: Unschedulable[\s\S]*likely cause: No node can take the pod/,
      ),
    });
  });

  it('turns a Helm failure into one of the platform', async () => {
    const fake = open()
      .on(/^helm upgrade cert-manager/, { code: 1, stderr: 'Error: INSTALLATION FAILED: invalid ownership metadata' })
      .on(/^kubectl get pods,jobs,events/, '{"items":[]}');
    await expect(run(fake)).rejects.toMatchObject({
      reason: 'platform-failed',
      detail: expect.stringMatching(/^cert-manager: helm upgrade ended[\s\S]*does not belong to this release/),
    });
  });

  it("waits for cert-manager's webhook, and for nothing else", async () => {
    const late = {
      code: 1,
      stderr: 'Error from server (InternalError): failed calling webhook "webhook.cert-manager.io": connection refused to 10.0.0.9',
    };
    const issuerOnly = (call: { options: { stdin?: string } }): boolean => (call.options.stdin ?? '').includes('ClusterIssuer');
    let refusals = 1;
    const fake = open().on(/^kubectl apply/, (call) => (issuerOnly(call) && refusals-- > 0 ? late : ''));
    await run(fake);
    expect(fake.matching(/^kubectl apply/).filter(issuerOnly)).toHaveLength(2);
    const refused = open().on(/^kubectl apply/, (call) => (issuerOnly(call) ? { code: 1, stderr: 'error: bad' } : ''));
    await expect(run(refused)).rejects.toThrow('error: bad');
  });

  it('asks for the certificate the user promised to bring', async () => {
    const outputs = lightOutputs({ tls_certificate_source: 'existing' });
    await expect(run(open().on(/^kubectl get secret langsmith-tls/, ''), outputs)).rejects.toMatchObject({
      reason: 'platform-failed',
      fix: expect.stringContaining('kubectl create secret tls langsmith-tls --namespace langsmith'),
    });
    const present = JSON.stringify({ kind: 'Secret', metadata: { name: 'langsmith-tls' } });
    expect((await run(open().on(/^kubectl get secret langsmith-tls/, present), outputs)).addons).toHaveLength(1);
  });
});
