import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { hookJobsOf, objectName, workloadIdentityServiceAccounts, workloadsOf } from '../../src/passes.js';
import { buildValues } from '../../src/phases/values.js';
import { fetchTools } from '../../rehearsal/tools/fetch.js';
import { CHART_CONTRACT_0_13 } from '../../src/values/chart-contract-0.13.js';
import { unknownKeys } from '../../src/values/contract.js';
import { readValuesFiles } from '../../src/values/files.js';
import type { Tree } from '../../src/values/merge.js';
import { CLIENT_ID, lightOutputs, lightShape } from '../fakes/cluster.js';

const SIZINGS = ['minimum', 'dev', 'production', 'production-large'] as const;

/** Keys people set and the chart never reads. */
const DEAD_KEYS = [
  'config.deployment.url',
  'config.telemetry.usageReporting',
  'listener.enabled',
  'hostBackend.resources',
  'storage.storageClassName',
  'insights.enabled',
];

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec?: { readonly type?: string; readonly template?: { readonly metadata: { readonly labels: Record<string, string> } } };
}

const valuesFor = async (sizing: (typeof SIZINGS)[number]): Promise<Tree> => {
  const files = await readValuesFiles(path.resolve('.'), { topology: 'light', sizing, ingress: 'nginx' });
  return buildValues({
    shape: lightShape(),
    outputs: lightOutputs({ sizing_profile: sizing }),
    adminEmail: 'admin@example.com',
    files,
  }).merged;
};

describe('the keys this action sets', () => {
  it('are all in the contract of the pinned chart line, in every values file', async () => {
    const pin = parse(await readFile('helm/chart.yaml', 'utf8')) as { version: string };
    expect(pin.version).toMatch(/^0\.13\./);
    const files = (await readdir('helm/values')).map((name) => `helm/values/${name}`);
    expect(files.length).toBeGreaterThanOrEqual(7);
    for (const file of files)
      expect([file, unknownKeys(parse(await readFile(file, 'utf8')) as Tree, CHART_CONTRACT_0_13)]).toEqual([file, []]);
  });

  it('are never ones the chart ignores', () => {
    for (const key of DEAD_KEYS) expect(CHART_CONTRACT_0_13).not.toContain(key);
  });
});

describe('the service accounts with a federated credential', () => {
  const module = 'terraform/infra/modules/k8s-cluster';

  it('are the same in Terraform and in the catalogue', async () => {
    const sources = await Promise.all(
      (await readdir(module)).filter((name) => name.endsWith('.tf')).map((name) => readFile(path.join(module, name), 'utf8')),
    );
    const block = /^ {2}service_accounts_for_workload_identity = concat\(\n([\s\S]*?)^ {2}\)/m.exec(sources.join('\n'))?.[1] ?? '';
    const components = [...(/in \[([\s\S]*?)\]/.exec(block)?.[1] ?? '').matchAll(/"([\w-]+)"/g)].map(
      (match) => `langsmith-${match[1] ?? ''}`,
    );
    const others = [...block.replace(/in \[[\s\S]*?\]/, '').matchAll(/"([\w-]+)"/g)].map((match) => match[1] ?? '');
    const declared = [...components, ...others];
    expect(declared.sort()).toEqual(workloadIdentityServiceAccounts('langsmith'));
  });
});

describe('rendered with the real Helm and the stand-in chart', () => {
  const chart = path.resolve('rehearsal/charts/langsmith');
  let directory = '';
  let helm = '';

  beforeAll(async () => {
    expect(existsSync(chart)).toBe(true);
    ({ helm } = await fetchTools({ helm: '4', cacheDirectory: path.resolve('.cache/tools') }));
    directory = await mkdtemp(path.join(os.tmpdir(), 'chart-keys-'));
  }, 120_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const render = async (sizing: (typeof SIZINGS)[number]): Promise<Manifest[]> => {
    const file = path.join(directory, `${sizing}.yaml`);
    await writeFile(file, stringify(await valuesFor(sizing)));
    const text = execFileSync(helm, ['template', 'langsmith', chart, '--namespace=langsmith', `--values=${file}`], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    return parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Manifest]));
  };

  it.each(SIZINGS)('light with sizing %s is exactly the workloads of pass 2', async (sizing) => {
    const objects = await render(sizing);
    const named = (kind: string): string[] =>
      objects
        .filter((object) => object.kind === kind)
        .map((object) => object.metadata.name)
        .sort();
    const promised = (kind: string): string[] =>
      workloadsOf(lightShape())
        .filter((workload) => workload.kind === kind)
        .map((workload) => objectName('langsmith', workload.suffix))
        .sort();
    expect(named('Deployment')).toEqual(promised('Deployment'));
    expect(named('StatefulSet')).toEqual(promised('StatefulSet'));
    expect(named('Job')).toEqual(
      hookJobsOf(2)
        .map((job) => objectName('langsmith', job.suffix))
        .sort(),
    );
    expect(named('Secret')).toEqual(['langsmith-redis']);
    expect(named('Ingress')).toEqual(['langsmith-ingress']);
    expect(objects.filter((object) => object.spec?.type === 'LoadBalancer')).toEqual([]);
  });

  it('gives the identity triple to the readers of Blob Storage alone', async () => {
    const objects = await render('production');
    const labelled = objects
      .filter((object) => object.spec?.template?.metadata.labels['azure.workload.identity/use'] === 'true')
      .map((object) => object.metadata.name);
    const annotated = objects
      .filter(
        (object) => object.kind === 'ServiceAccount' && object.metadata.annotations?.['azure.workload.identity/client-id'] === CLIENT_ID,
      )
      .map((object) => object.metadata.name);
    const readers = ['langsmith-backend', 'langsmith-platform-backend', 'langsmith-queue'];
    expect(labelled.sort()).toEqual(readers);
    expect(annotated.sort()).toEqual(readers);
  });
});
