import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { list } from 'tar';
import { packageCharts } from '../../../../rehearsal/charts/index.js';

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'charts-'));
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

describe('packageCharts', () => {
  it('packages the charts at the versions the project pins', async () => {
    const charts = await packageCharts(scratch);
    expect(charts.map(({ metadata }) => `${metadata.name} ${metadata.version}`)).toEqual([
      'base 1.30.4',
      'cert-manager v1.21.0',
      'gateway 1.30.4',
      'gateway-helm v1.9.2',
      'ingress-nginx 4.15.1',
      'istiod 1.30.4',
      'keda 2.21.1',
      'langsmith 0.13.28',
    ]);
    for (const chart of charts) {
      expect(path.basename(chart.file)).toBe(`${chart.metadata.name}-${chart.metadata.version}.tgz`);
      expect(
        createHash('sha256')
          .update(await readFile(chart.file))
          .digest('hex'),
      ).toBe(chart.sha256);
    }
    expect(charts.find(({ metadata }) => metadata.name === 'langsmith')?.metadata.appVersion).toBe('0.13.31');
  });

  it('gives the same bytes every time', async () => {
    const first = await packageCharts(path.join(scratch, 'first'));
    const second = await packageCharts(path.join(scratch, 'second'));
    expect(second.map((chart) => chart.sha256)).toEqual(first.map((chart) => chart.sha256));
  });

  it('puts the schema and the tables into the package, below the chart name', async () => {
    const charts = await packageCharts(scratch);
    const members: string[] = [];
    await list({ file: charts.at(-1)?.file ?? '', onReadEntry: (entry) => members.push(entry.path) });
    expect(members).toEqual(
      expect.arrayContaining(['langsmith/Chart.yaml', 'langsmith/values.schema.json', 'langsmith/files/workloads.yaml']),
    );
    expect(members.every((member) => member.startsWith('langsmith/'))).toBe(true);
  });
});
