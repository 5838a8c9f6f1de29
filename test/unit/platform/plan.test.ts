import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Outputs } from '../../../src/phases/outputs.js';
import { planPlatform } from '../../../src/platform/plan.js';
import { platformParts } from '../../../src/platform/parts.js';
import { showItem } from '../../../src/review/items.js';
import type { PlannedItem } from '../../../src/review/items.js';
import type { PartPlan } from '../../../src/review/review.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { kubectlDiff, type Side } from '../../fakes/diffs.js';
import { FakeExec } from '../../fakes/exec.js';

const INPUTS = { actionRoot: path.resolve('.'), timeoutMinutes: 1 };
const QUOTA = { kind: 'ResourceQuota', metadata: { name: 'langsmith-quota' }, spec: { hard: { pods: '26' } } };
const POLICY = { kind: 'NetworkPolicy', metadata: { name: 'default-deny-ingress' }, spec: { podSelector: {} } };
const manifestOf = (...objects: readonly object[]): string => objects.map((object) => `${JSON.stringify(object)}\n`).join('---\n');
const rendered = (...objects: readonly object[]): string =>
  JSON.stringify({ name: 'langsmith-platform', version: 2, info: { status: 'x' }, manifest: manifestOf(...objects), hooks: [] });

const WANTED = {
  'ingress-nginx': 'ingress-nginx-4.15.1',
  'cert-manager': 'cert-manager-v1.21.0',
  'langsmith-platform': 'langsmith-platform-0.1.0',
};

/** A cluster where these releases stand with the wanted values, by name: chart, and status after a blank. */
async function standing(charts: Readonly<Record<string, string>> = WANTED, outputs: Outputs = lightOutputs()): Promise<FakeExec> {
  const fake = new FakeExec();
  const parts = await platformParts(await fakeCluster(fake), INPUTS, { shape: lightShape(2), outputs, values: {} });
  const rows = Object.entries(charts).map(([name, text]) => {
    const [chart = '', status = 'deployed'] = text.split(' ');
    const namespace = name === 'langsmith-platform' ? 'langsmith' : name;
    return { name, namespace, revision: '3', status, chart };
  });
  fake
    .on(/^helm version/, 'v4.1.4')
    .on(/^helm list --all-namespaces --max=0/, JSON.stringify(rows))
    .on(/^helm get manifest/, manifestOf({ kind: 'Deployment', metadata: { name: 'controller' } }))
    .on(/^helm get manifest langsmith-platform/, manifestOf(QUOTA, POLICY))
    .on(/^helm upgrade langsmith-platform .*--dry-run=server/, rendered(POLICY, QUOTA))
    .on(/^kubectl diff/, '');
  for (const { name, values } of [...parts.addons.map(({ wanted }) => wanted), parts.own])
    fake.on(new RegExp(`^helm get values ${name}`), JSON.stringify(values));
  return fake;
}

async function planOf(fake: FakeExec, outputs: Outputs = lightOutputs()): Promise<PartPlan> {
  const { partsBeside } = await planPlatform(await fakeCluster(fake), INPUTS, { shape: lightShape(2), outputs, values: {} });
  const [part, ...others] = partsBeside([]);
  if (part === undefined || others.length > 0) throw new Error(`${others.length} parts`);
  return part;
}

/** Items as `<action> <id>: <attribute> <before> → <after>`. */
const told = ({ items }: PartPlan): string[] =>
  items.map(showItem).map(({ action, id, attributes }) => {
    const changes = attributes.map(({ path: at, before = '', after = '' }) => `${at} ${before} → ${after}`);
    return `${action} ${id}${action === 'update' ? `: ${changes.join(', ')}` : ''}`;
  });

describe('the plan of the platform', () => {
  it('is empty when all of it stands, whatever the order of objects, and asks for each thing once', async () => {
    const fake = await standing();
    expect(await planOf(fake)).toEqual({
      name: 'platform',
      items: [],
      losses: [],
      notes: [],
      hasChanges: false,
      boxes: Object.keys(WANTED).map((name) =>
        expect.objectContaining({ label: expect.stringContaining(name), group: 'platform', change: 'stays' }),
      ),
    });
    const lines = fake.calls.map(({ program, args }) => [program, ...args].join(' '));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.filter((line) => /^helm (upgrade|uninstall|rollback)/.test(line) && !line.includes('--dry-run=server'))).toEqual([]);
    expect(lines.filter((line) => /^kubectl (apply|create|patch|delete|replace)/.test(line))).toEqual([]);
  });

  it('has namespaces, add-ons and the objects of the own chart when there is nothing yet', async () => {
    const fake = await standing({});
    const namespaces = ['cert-manager', 'ingress-nginx', 'langsmith'].map((name) => ({
      merged: { kind: 'Namespace', metadata: { name } },
    }));
    fake.on(/^kubectl diff .*--field-manager=langsmith-azure /, kubectlDiff(...namespaces));
    const plan = await planOf(fake);
    expect(told(plan)).toEqual([
      'create Namespace cert-manager',
      'create Namespace ingress-nginx',
      'create Namespace langsmith',
      'create Add-on ingress-nginx',
      'create Add-on cert-manager',
      'create Chart langsmith-platform',
      'create NetworkPolicy langsmith-platform/default-deny-ingress',
      'create ResourceQuota langsmith-platform/langsmith-quota',
    ]);
    expect(plan).toMatchObject({ hasChanges: true, losses: [], notes: [] });
    expect(fake.matching(/^kubectl diff/)).toHaveLength(1);
  });

  it('says from which version to which an add-on goes, and which of its values change', async () => {
    const fake = await standing({ ...WANTED, 'ingress-nginx': 'ingress-nginx-4.14.0' });
    fake.on(/^helm get values cert-manager/, '{"crds":{"enabled":true,"keep":false}}');
    const [nginx, certificates] = told(await planOf(fake));
    expect(nginx).toBe('update Add-on ingress-nginx: chart "ingress-nginx-4.14.0" → "ingress-nginx-4.15.1"');
    expect(certificates).toMatch(/^update Add-on cert-manager: .*values\.crds\.keep false → true/);
  });

  it('says which revision is pending or has failed', async () => {
    const plan = await planOf(
      await standing({
        ...WANTED,
        'cert-manager': 'cert-manager-v1.21.0 failed',
        'langsmith-platform': 'langsmith-platform-0.1.0 pending-upgrade',
      }),
    );
    expect(told(plan)).toEqual([
      'update Add-on cert-manager: status "failed" → ',
      'update Chart langsmith-platform: status "pending-upgrade" → ',
    ]);
    expect(plan.notes).toEqual([expect.stringMatching(/^Chart `langsmith-platform`: revision 3 is pending-upgrade/)]);
    expect(plan.hasChanges).toBe(true);
  });

  it('shows what somebody changed or deleted, what the chart changes, and what it no longer has as a loss', async () => {
    const fake = await standing();
    const opened: Side = {
      kind: 'NetworkPolicy',
      metadata: { name: 'default-deny-ingress', namespace: 'langsmith' },
      spec: { podSelector: { a: 'b' } },
    };
    const closed: Side = { ...opened, spec: { podSelector: {} } };
    const label: Side = { kind: 'Namespace', metadata: { name: 'langsmith' } };
    fake
      .on(/^helm upgrade langsmith-platform .*--dry-run=server/, rendered(POLICY, { ...QUOTA, metadata: { name: 'other' } }))
      .on(/^kubectl diff .*--namespace=langsmith .*compare/, kubectlDiff({ live: opened, merged: closed }))
      .on(/^kubectl diff .*--namespace=cert-manager/, kubectlDiff({ merged: { kind: 'Deployment', metadata: { name: 'controller' } } }))
      .on(
        /^kubectl diff .*--field-manager=langsmith-azure /,
        kubectlDiff({ live: { ...label, labels: 'x' }, merged: { ...label, labels: 'y' } }),
      );
    const plan = await planOf(fake);
    expect(told(plan)).toEqual(
      [
        'update Namespace langsmith: labels "x" → "y"',
        'create Deployment cert-manager/controller',
        'update NetworkPolicy langsmith-platform/default-deny-ingress: spec.podSelector  → {}, spec.podSelector.a "b" → ',
        'create ResourceQuota langsmith-platform/other',
        'delete ResourceQuota langsmith-platform/langsmith-quota',
      ].sort((a, b) => told(plan).indexOf(a) - told(plan).indexOf(b)),
    );
    expect(plan.losses).toEqual([{ id: 'ResourceQuota langsmith-platform/langsmith-quota', what: 'would be removed', final: false }]);
  });

  it('names what cannot be compared while a webhook does not answer', async () => {
    const silent = { code: 1, stderr: 'Error from server (InternalError): failed calling webhook "webhook.cert-manager.io"' };
    const plan = await planOf((await standing()).on(/^kubectl diff .*--namespace=langsmith .*compare/, silent));
    expect(plan).toMatchObject({ items: [], hasChanges: false });
    expect(plan.notes).toEqual([
      expect.stringContaining(
        '`NetworkPolicy langsmith-platform/default-deny-ingress`, `ResourceQuota langsmith-platform/langsmith-quota`',
      ),
    ]);
  });

  it('names add-ons that are there and not needed, and a certificate that the user owes', async () => {
    const outputs = lightOutputs({ tls_certificate_source: 'existing' });
    const plan = await planOf((await standing(WANTED, outputs)).on(/^kubectl get secret langsmith-tls .*jsonpath/, ''), outputs);
    expect(plan.notes).toEqual([
      expect.stringMatching(/^An apply stops: .*`langsmith\/langsmith-tls` is not there/),
      'Add-on `cert-manager` is there and not needed; it stays. To be rid of it: `helm uninstall cert-manager --namespace cert-manager`.',
    ]);
  });

  it('asks about the label of a Service of AKS only where there is that Service', async () => {
    const outputs = lightOutputs({ ingress_controller: 'istio-addon', dns_label: 'traces' });
    const service = { kind: 'Service', metadata: { name: 'aks-istio-ingressgateway-external', namespace: 'aks-istio-ingress' } };
    const there = (await standing(WANTED, outputs)).on(/^kubectl get service/, JSON.stringify(service));
    await planOf(there, outputs);
    const asked = (fake: FakeExec): string => fake.matching(/^kubectl diff .*--field-manager=langsmith-azure /)[0]?.options.stdin ?? '';
    expect(asked(there)).toContain('"service.beta.kubernetes.io/azure-dns-label-name":"traces"');
    const absent = (await standing(WANTED, outputs)).on(/^kubectl get service/, '');
    await planOf(absent, outputs);
    expect(asked(absent)).not.toContain('Service');
  });

  it('is two parts on the Terraform path: what Terraform brings is counted there, and told here from closer by', async () => {
    const fake = await standing({ ...WANTED, 'ingress-nginx': 'ingress-nginx-4.14.0' });
    fake
      .on(/^helm upgrade langsmith-platform .*--dry-run=server/, rendered(QUOTA))
      .on(/^kubectl diff .*--namespace=cert-manager/, kubectlDiff({ merged: { kind: 'Deployment', metadata: { name: 'controller' } } }));
    const app = (id: string): PlannedItem => ({
      root: 'app',
      id,
      type: 'helm_release',
      action: 'update',
      before: new Map(),
      after: new Map(),
    });
    const { partsBeside } = await planPlatform(await fakeCluster(fake), INPUTS, {
      shape: lightShape(2),
      outputs: lightOutputs(),
      values: {},
    });
    const parts = partsBeside([app('helm_release.addon["ingress-nginx"]'), app('helm_release.platform'), app('helm_release.langsmith')]);
    expect(parts.map((part) => [part.within, ...told(part)])).toEqual([
      [undefined, 'create Deployment cert-manager/controller'],
      [
        'helm_release.addon["ingress-nginx"], helm_release.platform',
        'update Add-on ingress-nginx: chart "ingress-nginx-4.14.0" → "ingress-nginx-4.15.1"',
        'delete NetworkPolicy langsmith-platform/default-deny-ingress',
      ],
    ]);
    expect(parts[1]?.losses.map(({ id }) => id)).toEqual(['NetworkPolicy langsmith-platform/default-deny-ingress']);
  });

  it('platform-failed: is what it ends with when the cluster refuses to say', async () => {
    const fake = (await standing())
      .on(/^kubectl diff/, { code: 1, stderr: 'Error: denied' })
      .on(/^kubectl get pods,jobs,events/, '{"items":[]}');
    await expect(planOf(fake)).rejects.toMatchObject({ reason: 'platform-failed', detail: expect.stringContaining('Error: denied') });
  });
});
