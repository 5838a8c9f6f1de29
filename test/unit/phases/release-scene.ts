import path from 'node:path';
import { release, type ReleaseResult } from '../../../src/phases/release.js';
import { buildValues, type ChartValues } from '../../../src/phases/values.js';
import { SECRETS } from '../../../src/secret-catalogue.js';
import { secretSpecs } from '../../../src/release/secrets.js';
import { readValuesFiles } from '../../../src/values/files.js';
import { fakeCluster, lightOutputs, lightShape } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

export const INPUTS = {
  chart: { kind: 'path', path: '/w/chart' },
  approvedIrreversible: [],
  actionRoot: path.resolve('.'),
  timeoutMinutes: 20,
} as const;
export const SECRET_VALUES = new Map(SECRETS.map((secret) => [secret.name, `value-of-${secret.name}`]));
export const MANIFEST = 'kind: Deployment\nmetadata: { name: langsmith-backend }\n';
export const HOOK = 'kind: Job\nmetadata: { name: langsmith-backend-migrations }';
export const PENDING = /^kubectl delete secret sh\.helm\.release\.v1\.langsmith\.v3 --namespace=langsmith/;

export let values: ChartValues;
/** For `beforeAll`. */
export async function readValues(): Promise<void> {
  const files = await readValuesFiles(path.resolve('.'), { topology: 'light', sizing: 'dev', ingress: 'nginx', pass: 2 });
  values = buildValues({ shape: lightShape(), outputs: lightOutputs(), adminEmail: 'a@example.com', files });
}

export const listed = (status = 'deployed', chart = 'langsmith-0.13.28', revision = 3): string =>
  JSON.stringify([{ name: 'langsmith', revision: String(revision), status, chart }]);
export const rendered = (revision: number, manifest = MANIFEST, phase = ''): string =>
  JSON.stringify({
    name: 'langsmith',
    version: revision,
    info: { status: 'x' },
    manifest,
    hooks: [{ name: 'langsmith-backend-migrations', kind: 'Job', manifest: HOOK, last_run: { phase } }],
  });

/** Revisions of the chart that is wanted, from 1. */
export const history = (statuses: readonly string[], chart = 'langsmith-0.13.28'): string =>
  JSON.stringify(statuses.map((status, index) => ({ revision: index + 1, status, chart })));
export const FAILED = { code: 1, stderr: 'Error: UPGRADE FAILED: post-upgrade hooks failed: job langsmith-backend-auth-bootstrap failed' };

/** A release of the same chart, values and manifest as wanted, with its Secrets. */
export function deployed(): FakeExec {
  const fake = new FakeExec()
    .on(/^helm version/, 'v4.1.4')
    .on(/^helm show chart/, 'name: langsmith\nversion: 0.13.28\nappVersion: 0.13.31\n')
    .on(/^helm list/, listed())
    .on(/^helm get values/, JSON.stringify(values.merged))
    .on(/^helm get manifest/, `---\n# Source: x\n${MANIFEST}`)
    .on(/^helm get hooks/, `---\n# Source: y\n${HOOK}\n`)
    .on(/^helm upgrade/, rendered(4, MANIFEST, 'Succeeded'))
    .on(/^helm upgrade.*--dry-run=server/, rendered(4))
    .on(/^kubectl get deployments,statefulsets/, '{"items":[]}')
    .on(/^kubectl get (pods,jobs,events|horizontalpodautoscalers|jobs|jobs,pods|configmaps,deployments) /, '{"items":[]}')
    .on(/^kubectl diff/, '')
    .on(/^kubectl apply/, '');
  for (const spec of secretSpecs({ shape: lightShape(), outputs: lightOutputs(), values: SECRET_VALUES })) {
    const data = Object.fromEntries(Object.entries(spec.data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    fake.on(
      new RegExp(`^kubectl get secret ${spec.name} `),
      JSON.stringify({ kind: 'Secret', metadata: { name: spec.name, annotations: { 'langsmith-azure/data-version': '1' } }, data }),
    );
  }
  return fake;
}

export const upgrades = (fake: FakeExec): number =>
  fake.matching(/^helm upgrade/).filter((call) => !call.args.includes('--dry-run=server')).length;

export async function run(fake: FakeExec): Promise<ReleaseResult> {
  const cluster = await fakeCluster(fake, [...SECRET_VALUES.values()]);
  try {
    return await release(cluster, INPUTS, lightShape(), lightOutputs(), values, SECRET_VALUES);
  } finally {
    await cluster.close();
  }
}
