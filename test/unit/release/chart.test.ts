import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fetchChart } from '../../../src/release/chart.js';
import { fakeCluster } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const ROOT = path.resolve('.');
const chart = (version: string, name = 'langsmith'): string => `name: ${name}\nversion: ${version}\nappVersion: 0.13.31\n`;

describe('the chart', () => {
  it('is the pinned one of the vendor by default', async () => {
    const fake = new FakeExec().on(/^helm pull/, '').on(/^helm show chart/, chart('0.13.28'));
    const cluster = await fakeCluster(fake);
    const charts = path.join(cluster.files.path, 'charts');
    expect(await fetchChart(cluster, { kind: 'default' }, ROOT)).toEqual({
      name: 'langsmith',
      version: '0.13.28',
      appVersion: '0.13.31',
      path: path.join(charts, 'langsmith-0.13.28.tgz'),
      source: 'https://langchain-ai.github.io/helm',
    });
    expect(fake.matching(/^helm pull/)[0]?.args).toEqual([
      'pull',
      'langsmith',
      '--repo=https://langchain-ai.github.io/helm',
      '--version=0.13.28',
      `--destination=${charts}`,
    ]);
  });

  it.each([
    [
      { kind: 'repository', url: 'https://charts.contoso.com', version: '0.13.30' } as const,
      /^helm pull langsmith --repo=https:\/\/charts\.contoso\.com --version=0\.13\.30 /,
      'langsmith-0.13.30.tgz',
    ],
    [
      { kind: 'oci', reference: 'oci://contoso.azurecr.io/charts/langsmith', version: '0.13.30' } as const,
      /^helm pull oci:\/\/contoso\.azurecr\.io\/charts\/langsmith --version=0\.13\.30 /,
      'langsmith-0.13.30.tgz',
    ],
  ])('comes from %j', async (source, pull, file) => {
    const fake = new FakeExec().on(pull, '').on(/^helm show chart/, chart('0.13.30'));
    expect((await fetchChart(await fakeCluster(fake), source, ROOT)).path).toMatch(new RegExp(`/charts/${file}$`));
  });

  it('on disk says its own version and is not fetched', async () => {
    const fake = new FakeExec().on(/^helm show chart \/w\/chart$/, chart('0.13.29'));
    expect(await fetchChart(await fakeCluster(fake), { kind: 'path', path: '/w/chart' }, ROOT)).toMatchObject({
      path: '/w/chart',
      version: '0.13.29',
      source: '/w/chart',
    });
  });

  it('that is not there fails as release-chart with what Helm said', async () => {
    const fake = new FakeExec().on(/^helm pull/, {
      code: 1,
      stderr: 'Error: chart "langsmith" version "0.13.99" not found in https://x repository',
    });
    await expect(
      fetchChart(await fakeCluster(fake), { kind: 'repository', url: 'https://x', version: '0.13.99' }, ROOT),
    ).rejects.toMatchObject({
      reason: 'release-chart',
      detail: expect.stringContaining('not found in https://x'),
    });
  });

  it.each([
    ['0.12.9', 'langsmith', 'is not of line 0.13'],
    ['0.14.6', 'langsmith', 'is not of line 0.13'],
    ['0.13.28', 'langfuse', 'holds the chart "langfuse"'],
  ])('of version %s and name %s is refused', async (version, name, detail) => {
    const fake = new FakeExec().on(/^helm show chart/, chart(version, name));
    await expect(fetchChart(await fakeCluster(fake), { kind: 'path', path: '/c' }, ROOT)).rejects.toMatchObject({
      reason: 'inputs-invalid',
      detail: expect.stringContaining(detail),
    });
  });
});
