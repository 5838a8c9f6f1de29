import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { workloadIdentityServiceAccounts } from '../../src/passes.js';
import { CHART_0_13 } from '../../src/values/chart-contract-0.13.js';
import { keyProblems } from '../../src/values/contract.js';
import type { Tree } from '../../src/values/merge.js';

/** Keys people set and the chart never reads. */
const DEAD_KEYS = [
  'config.deployment.url',
  'config.telemetry.usageReporting',
  'listener.enabled',
  'hostBackend.resources',
  'storage.storageClassName',
  'insights.enabled',
];

describe('the keys this action sets', () => {
  it('are all in the contract of the pinned chart line, in every values file', async () => {
    const pin = parse(await readFile('helm/chart.yaml', 'utf8')) as { version: string };
    expect(pin.version).toMatch(/^0\.13\./);
    const files = (await readdir('helm/values')).filter((name) => name.endsWith('.yaml')).map((name) => `helm/values/${name}`);
    expect(files.length).toBeGreaterThanOrEqual(13);
    for (const file of files) expect([file, keyProblems(parse(await readFile(file, 'utf8')) as Tree, CHART_0_13)]).toEqual([file, []]);
  });

  it('are never ones the chart ignores', () => {
    for (const key of DEAD_KEYS) expect(Object.keys(CHART_0_13.keys)).not.toContain(key);
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
