import { describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { deploymentFiles } from '../../../src/app/files.js';
import { demandOf } from '../../../src/capacity/demand.js';
import { factsOf, readAddons, readAddonValues, selectAddons } from '../../../src/platform/addons.js';
import { platformValues } from '../../../src/platform/values.js';
import { render, type Rendered } from '../rehearsal/charts/render.js';
import { build, type Combination, EXTERNAL_CLICKHOUSE } from '../values/combinations.js';

jest.setTimeout(300_000);

const PRODUCTION = { topology: 'production', sizing: 'production', ingress: 'nginx' } as const;

const CASES: readonly (readonly [string, Combination])[] = [
  ...([2, 3, 4, 5] as const).map((pass) => [`production pass ${pass}`, { ...PRODUCTION, pass }] as const),
  ['production pass 5 with Polly and Envoy Gateway', { ...PRODUCTION, ingress: 'envoy-gateway', pass: 5, outputs: { enable_polly: true } }],
  ['production pass 4 with the Istio of AKS', { ...PRODUCTION, ingress: 'istio-addon', pass: 4 }],
  [
    'production-large pass 5 with a ClickHouse outside',
    { ...PRODUCTION, sizing: 'production-large', pass: 5, outputs: EXTERNAL_CLICKHOUSE },
  ],
  ['light pass 5', { topology: 'light', sizing: 'minimum', ingress: 'istio', pass: 5 }],
];

/** Helm reads a backslash and a comma of a set value as its own; a text in Terraform doubles the backslashes. */
const [, ESCAPE = ''] = /value = (replace\(replace\(.*?\)), type/.exec(readFileSync('terraform/app/main.tf', 'utf8')) ?? [];
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');

/** What both paths have from the action, and what each makes of it. */
async function bothPaths(combination: Combination, email: string): Promise<{ readonly helm: Rendered[]; readonly terraform: Rendered[] }> {
  const { shape, outputs, values } = await build(combination);
  const merged = { ...values.merged, config: { ...(values.merged['config'] as object), initialOrgAdminEmail: email } };
  const demand = demandOf(shape, merged);
  const facts = factsOf(shape, outputs, demand);
  const addons = await Promise.all(
    selectAddons(await readAddons('.'), facts).map(async (addon) => ({ addon, values: await readAddonValues('.', addon, facts) })),
  );
  const platform = { name: 'langsmith-platform', version: '0.1.0', chart: '', values: platformValues(shape, outputs, demand) };
  const langsmith = { repository: null, chart: 'langsmith', version: '0.13.28', values: merged };
  const secrets = new Map([['langsmith-admin-email', email]]);
  const files = deploymentFiles({ shape, outputs, addons, platform, langsmith, secrets });
  const read = (name: string): Record<string, unknown> => parse(files.get(`values/${name}.yaml`) ?? '') as Record<string, unknown>;
  expect(read('platform')).toEqual(platform.values);
  for (const { addon, values: wanted } of addons) expect(read(`addons/${addon.name}`)).toEqual(wanted);
  expect([...files.values()].join('\n')).not.toContain(email);
  const writeOnly = Object.keys((read('releases')['langsmith'] as { write_only: object }).write_only);
  const options = { namespace: outputs.langsmith_namespace, release: outputs.langsmith_release_name };
  const [helm, terraform] = await Promise.all([
    render('langsmith', [merged], options),
    // The helm provider has Helm 3 inside, and sets write-only values as --set-string does.
    render('langsmith', [read('merged')], { ...options, helm: '3', set: writeOnly.map((path) => `${path}=${escaped(email)}`) }),
  ]);
  return { helm, terraform };
}

describe('rendered from what terraform/app reads and from what the Helm path has', () => {
  it.each(CASES)('T158 T249 %s is the same object for object', async (_, combination) => {
    const { helm, terraform } = await bothPaths(combination, 'admin@example.com');
    expect(helm.length).toBeGreaterThan(20);
    expect(terraform).toEqual(helm);
  });

  it('so is what Helm would read as its own in a secret value', async () => {
    expect(ESCAPE).toBe(String.raw`replace(replace(local.secret_value[name], "\\", "\\\\"), ",", "\\,")`);
    const { helm, terraform } = await bothPaths({ ...PRODUCTION, pass: 2 }, 'a,b\\c=d@example.com');
    expect(JSON.stringify(helm)).toContain('a,b');
    expect(terraform).toEqual(helm);
  });
});
