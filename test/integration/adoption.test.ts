import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectSuccess } from './support/expect.js';
import { runPass } from './support/passes.js';

jest.setTimeout(300_000);

let rehearsal: Rehearsal;

afterEach(() => rehearsal.stop());

const HOST = 'langsmith-demo.westeurope.cloudapp.azure.com';
const OLD_NAMESPACE = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'an-old-ingress' } } };
const policy = (name: string, spec: object): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'langsmith' },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
});

/** What the action applied by itself before the chart helm/langsmith-platform was, some of it unlike what the chart makes. */
const APPLIED = [
  policy('default-deny-ingress', {}),
  policy('allow-from-ingress', { ingress: [{ from: [OLD_NAMESPACE] }] }),
  {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name: 'letsencrypt-prod' },
    spec: {
      acme: {
        server: 'https://acme-v02.api.letsencrypt.org/directory',
        email: 'somebody-else@contoso.example',
        privateKeySecretRef: { name: 'letsencrypt-prod-account-key' },
        solvers: [{ http01: { ingress: { ingressClassName: 'nginx' } } }],
      },
    },
  },
  {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'langsmith-tls', namespace: 'langsmith' },
    spec: {
      secretName: 'langsmith-tls',
      dnsNames: [HOST],
      issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'letsencrypt-prod' },
    },
  },
];
const NAMES = [
  'networkpolicy/default-deny-ingress',
  'networkpolicy/allow-from-ingress',
  'clusterissuer/letsencrypt-prod',
  'certificate/langsmith-tls',
];

interface Found {
  readonly metadata: {
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly ingress?: unknown; readonly acme?: { readonly email?: string } };
}

it.each(['4', '3'] as const)('Helm %s: what the action once applied by itself becomes the platform chart’s, in place', async (helm) => {
  rehearsal = await Rehearsal.start({ helm });
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  expectSuccess(await runPass(rehearsal, { pass: 2 }));
  const observer = await Observer.of(rehearsal);
  if (observer === undefined) throw new Error('there is no cluster');
  const found = async (): Promise<Found[]> =>
    (JSON.parse(await observer.kubectl('get', ...NAMES, '--namespace=langsmith', '--output=json')) as { items: Found[] }).items;
  const asTheChartHasIt = await found();

  // A deployment of that time: all is there, and no release of the platform chart.
  await observer.helm('uninstall', 'langsmith-platform', '--namespace=langsmith', '--wait');
  const file = path.join(rehearsal.directory, 'applied.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: APPLIED }));
  await observer.kubectl('apply', '--server-side', '--field-manager=langsmith-azure', `--filename=${file}`);
  const before = await found();
  expect(before.flatMap(({ metadata }) => Object.keys({ ...metadata.labels, ...metadata.annotations }))).toEqual([]);
  // Helm takes over nothing that it did not make, unless it is told to.
  const chart = path.join(PROJECT, 'helm/langsmith-platform');
  const untold = observer.helm('upgrade', '--install', 'langsmith-platform', chart, '--namespace=langsmith');
  await expect(untold).rejects.toThrow(/invalid ownership metadata/);

  const outcome = await runPass(rehearsal, { pass: 2 });
  expectSuccess(outcome);
  expect(outcome.outputs['verified']).toBe('true');
  expect(outcome.step.summary).toContain('langsmith-platform 0.1.0 installed');
  const after = await found();
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  expect(after.map(({ spec }) => spec)).toEqual(asTheChartHasIt.map(({ spec }) => spec));
  for (const { metadata } of after) {
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' });
    expect(metadata.annotations).toMatchObject({
      'meta.helm.sh/release-name': 'langsmith-platform',
      'meta.helm.sh/release-namespace': 'langsmith',
    });
  }

  const again = await runPass(rehearsal, { pass: 2 });
  expectSuccess(again);
  expect(again.outputs['has-changes']).toBe('false');
  expect(again.step.summary).toContain('langsmith-platform 0.1.0 unchanged');
});
