import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { deploymentFiles } from '../../../src/app/files.js';
import { readDeployment } from '../../../src/app/deployment.js';
import { shapeOf, type PassNumber } from '../../../src/passes.js';
import { readChartPin } from '../../../src/release/chart.js';
import { nextRevisions, problemsWithRoot, writeTerraformFiles } from '../../../scripts/terraform-files.js';
import { productionOutputs } from '../../fakes/cluster.js';

const ROOT = path.resolve('.');
const OUTPUTS = productionOutputs();
const ADMINISTRATOR = 'admin@example.com';
const VALUES = { config: { hostname: 'langsmith.example.com', initialOrgAdminEmail: ADMINISTRATOR } };
const AT_MINUTE_1000 = (): number => 60_000_000;

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'by-hand-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const deployment = (pass: PassNumber) => ({
  shape: shapeOf(pass, 'production', OUTPUTS),
  outputs: OUTPUTS,
  values: VALUES,
  administrator: ADMINISTRATOR,
});

describe('the files of terraform/app, by hand', () => {
  it('are those that the action writes, byte for byte, and none holds what is secret', async () => {
    const directory = path.join(parent, 'same');
    const names = await writeTerraformFiles(ROOT, directory, deployment(5));
    const { repository, name, version } = await readChartPin(ROOT);
    const { shape, outputs, values } = deployment(5);
    const files = deploymentFiles(
      await readDeployment(ROOT, {
        shape,
        outputs,
        values,
        langsmith: { repository, chart: name, version },
        secrets: new Map([['langsmith-admin-email', ADMINISTRATOR]]),
      }),
    );
    expect(names).toEqual([...files.keys(), 'action.auto.tfvars.json', 'values/namespaces.yaml']);
    for (const [file, content] of files) expect(await readFile(path.join(directory, file), 'utf8')).toBe(content);
    expect(parse(files.get('values/releases.yaml') ?? '')).toMatchObject({
      langsmith: { chart: 'langsmith', write_only: { 'config.initialOrgAdminEmail': 'langsmith-admin-email' } },
    });
    for (const file of names) expect(await readFile(path.join(directory, file), 'utf8')).not.toContain(ADMINISTRATOR);
    expect((await stat(path.join(directory, 'infra.auto.tfvars.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(directory, 'action.auto.tfvars.json'))).mode & 0o777).toBe(0o600);
  });

  it('make the namespaces as the action makes them', async () => {
    const directory = path.join(parent, 'namespaces');
    await writeTerraformFiles(ROOT, directory, deployment(5));
    const text = await readFile(path.join(directory, 'values/namespaces.yaml'), 'utf8');
    const objects = parseAllDocuments(text).map((document) => document.toJS() as { metadata: { name: string; labels: object } });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual([OUTPUTS.langsmith_namespace, 'ingress-nginx', 'cert-manager', 'keda']);
    for (const { metadata } of objects) expect(metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'langsmith-azure' });
  });

  it('of an add-on that is not deployed any more go, and those of others stay', async () => {
    const directory = path.join(parent, 'addons');
    await writeTerraformFiles(ROOT, directory, deployment(5));
    const addons = async (): Promise<string[]> => (await readdir(path.join(directory, 'values/addons'))).sort();
    expect(await addons()).toContain('keda.yaml');
    await writeFile(path.join(directory, 'values/addons/istiod.yaml'), 'earlier: true\n');
    await writeFile(path.join(directory, 'values/addons/my-own.yaml'), 'mine: true\n');
    await writeTerraformFiles(ROOT, directory, deployment(5));
    expect(await addons()).toContain('my-own.yaml');
    expect(await addons()).not.toContain('istiod.yaml');
  });

  it('go only where the root and the chart beside it are', async () => {
    expect(problemsWithRoot(path.join(ROOT, 'terraform/app'))).toEqual([]);
    await mkdir(path.join(parent, 'elsewhere'));
    expect(problemsWithRoot(path.join(parent, 'elsewhere'))).toEqual([
      expect.stringMatching(/^--terraform: \S+elsewhere is no terraform\/app .*no main\.tf, no secrets\.tf, no \S+Chart\.yaml\.$/),
    ]);
  });
});

describe('the numbers that say what Terraform writes anew', () => {
  const pieces = (secret: string): string =>
    `config:\n  data:\n    key:\n      - secret: ${secret}\nstore:\n  data:\n    url:\n      - text: a\n      - secret: b\n`;
  const files = (merged: string, secrets = pieces('a')): ReadonlyMap<string, string> =>
    new Map([
      ['values/merged.yaml', merged],
      ['values/releases.yaml', 'langsmith: {}\n'],
      ['values/secrets.yaml', secrets],
    ]);
  const withRevisions = (before: ReadonlyMap<string, string>, revisions: object): ReadonlyMap<string, string> =>
    new Map([...before, ['action.auto.tfvars.json', JSON.stringify(revisions)]]);
  const LAST = { secret_revisions: { config: 3, store: 1 }, langsmith_values_revision: 900 };

  it('start at the versions of the vault, and above every number that the action may have given to the release', () => {
    expect(nextRevisions(files('a: 1'), new Map(), { a: 2, b: 1 }, AT_MINUTE_1000)).toEqual({
      secret_revisions: { config: 2, store: 1 },
      langsmith_values_revision: 1000,
    });
  });

  it('stay while nothing changes', () => {
    expect(nextRevisions(files('a: 1'), withRevisions(files('a: 1'), LAST), { a: 1, b: 1 }, AT_MINUTE_1000)).toEqual(LAST);
  });

  it('rise with what changes, and only there', () => {
    const release = nextRevisions(files('a: 2'), withRevisions(files('a: 1'), LAST), {}, AT_MINUTE_1000);
    expect(release).toEqual({ ...LAST, langsmith_values_revision: 1000 });
    const twice = nextRevisions(
      files('a: 2'),
      withRevisions(files('a: 1'), { ...LAST, langsmith_values_revision: 1000 }),
      {},
      AT_MINUTE_1000,
    );
    expect(twice.langsmith_values_revision).toBe(1001);
    const composed = nextRevisions(files('a: 1', pieces('c')), withRevisions(files('a: 1'), LAST), {}, AT_MINUTE_1000);
    expect(composed).toEqual({ ...LAST, secret_revisions: { config: 4, store: 1 } });
    const rotated = nextRevisions(files('a: 1'), withRevisions(files('a: 1'), LAST), { a: 1, b: 2 }, AT_MINUTE_1000);
    expect(rotated).toEqual({ ...LAST, secret_revisions: { config: 3, store: 2 } });
  });
});
