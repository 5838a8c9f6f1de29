import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubeObject } from '../../rehearsal/kubernetes/api.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { RunEvent } from '../../rehearsal/runner/index.js';
import type { Review } from '../../src/review/review.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { type Outcome, type PassRun, runPass } from './support/passes.js';
import { leaks, plantedIn, type Place } from './support/planted.js';
import { plans } from './support/places.js';
import { filesBelow, Witness } from './support/witness.js';

jest.setTimeout(600_000);

const PULL_REQUEST = { name: 'pull_request', payload: { action: 'synchronize', number: 7, pull_request: { number: 7 } } };
const MAY_WRITE = { 'id-token': 'write', contents: 'read', 'pull-requests': 'write' };
const VALUES = 'langsmith/values.yaml';

let rehearsal: Rehearsal;
/** The plan JSON of the run before, read at the end of its step: the job's temporary directory goes with the job. */
let planJson = '';
/** Everything that could have kept a secret, of all runs. */
const places: Place[] = [];

const run = async (options: Partial<PassRun>): Promise<Outcome> => {
  const onEvent = (event: RunEvent): void => {
    if (event.type !== 'step-finished') return;
    const file = filesBelow(path.join(rehearsal.directory, 'work')).find((name) => /langsmith-plan-[^/]*\.json$/.test(name));
    if (file !== undefined) planJson = readFileSync(file, 'utf8');
  };
  planJson = '';
  const outcome = await runPass(rehearsal, { pass: 2, onEvent, ...options, with: { 'deploy-path': 'terraform', ...options.with } });
  places.push(
    { name: 'plan JSON', text: planJson },
    { name: 'summary', text: outcome.step.summary },
    { name: 'outputs', text: JSON.stringify(outcome.outputs) },
    { name: 'log', text: outcome.step.log.join('\n') },
    { name: 'comment', text: comment() },
  );
  return outcome;
};

const comment = (): string => rehearsal.world.github.comments[0]?.body ?? '';
const plan = (inputs: PassRun['with'] = {}): Promise<Outcome> =>
  run({ command: 'plan', event: PULL_REQUEST, permissions: MAY_WRITE, with: inputs });
const apply = (approved: Outcome, inputs: PassRun['with'] = {}): Promise<Outcome> =>
  run({ with: { ...inputs, fingerprint: approved.outputs['fingerprint'] ?? '' } });
const review = (): Review => JSON.parse(planJson) as Review;

const server = (): NonNullable<ReturnType<typeof find>> => {
  const found = find();
  if (found === undefined) throw new Error('there is no cluster');
  return found;
};
const find = () => [...rehearsal.clusters.servers.values()][0];

/** What the state storage was sent last for a state. */
const stateOf = (key: string): string =>
  rehearsal.world.requests
    .to(`${rehearsal.tenant.stateAccount}.blob.core.windows.net`)
    .filter((seen) => seen.method === 'PUT' && seen.path.includes(key) && !seen.path.includes('comp=') && seen.status === 201)
    .at(-1)?.body ?? '';

/** The newest revision of LangSmith as a Helm that died in the middle of it leaves it. */
function leavePending(): void {
  const revisions = server()
    .store.list('Secret', 'langsmith')
    .filter(({ metadata }) => metadata.labels?.['owner'] === 'helm' && metadata.labels['name'] === 'langsmith')
    .sort((a, b) => Number(b.metadata.labels?.['version']) - Number(a.metadata.labels?.['version'])) as (KubeObject & {
    readonly data: { readonly release: string };
  })[];
  const [newest] = revisions;
  if (newest === undefined) throw new Error('there is no release');
  const status = 'pending-upgrade';
  const packed = Buffer.from(Buffer.from(newest.data.release, 'base64').toString(), 'base64');
  const release = JSON.parse(gunzipSync(packed).toString()) as { readonly info: object };
  const dead = gzipSync(JSON.stringify({ ...release, info: { ...release.info, status } })).toString('base64');
  const data = { release: Buffer.from(dead).toString('base64') };
  server().store.update({ ...newest, data, metadata: { ...newest.metadata, labels: { ...newest.metadata.labels, status } } });
}

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  await mkdir(path.dirname(rehearsal.configFile), { recursive: true });
});

afterAll(async () => {
  await rehearsal.stop();
});

describe('deploy-path: terraform, as its reviewers see it', () => {
  it('plans a first deployment the same twice, applies it as approved, and is one quiet line afterwards', async () => {
    const witness = new Witness(rehearsal.directory);
    const first = await plan();
    expectSuccess(first);
    const approved = await plan();
    expect(approved.outputs['fingerprint']).toBe(first.outputs['fingerprint']);
    // Three namespaces are the action's, not Terraform's.
    expect(approved.outputs).toMatchObject({ 'has-changes': 'true', changes: '{"add":10,"change":0,"destroy":0,"replace":0}' });
    expect(comment()).toMatch(
      /pass 2: Platform 3 to add, 0 to change, 0 to destroy; Terraform of the cluster 7 to add, 0 to change, 0 to destroy \(parts of its platform: \d+ to add/,
    );
    expect(comment()).toContain('<code>kubernetes_secret_v1.langsmith[&quot;langsmith-config-secret&quot;]</code>');
    expect(comment()).toContain('<code>Deployment langsmith-backend</code>');

    const applied = await apply(approved);
    witness.stop();
    expectSuccess(applied);
    expect(applied.outputs['verified']).toBe('true');
    const files = plans(witness);
    expect(files.find(({ name }) => name === 'terraform/app/plan.tfplan/tfplan')?.text).toContain('helm_release');
    places.push(...files);

    expect((await plan()).outputs).toMatchObject({ 'has-changes': 'false', destructive: 'false' });
    const lines = comment()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('<'));
    expect(lines).toEqual([expect.stringMatching(/^### LangSmith `production`, pass 2: no changes \(`[\w-]{16}`\)$/)]);
    expectFailure(await apply(approved), 'plan-changed');
  });

  it('shows changed chart values in both views, counted once, and applies them as approved', async () => {
    const values = { values: VALUES };
    await writeFile(path.join(path.dirname(rehearsal.configFile), 'values.yaml'), 'frontend:\n  deployment:\n    replicas: 2\n');
    const approved = await plan(values);
    expectSuccess(approved);
    // The platform chart bounds the namespace by what LangSmith asks for.
    expect(approved.outputs['changes']).toBe('{"add":0,"change":2,"destroy":0,"replace":0}');
    const { roots } = review();
    const [app, release] = ['app', 'release'].map((name) => roots.find((root) => root.name === name));
    expect(app?.changes.map(({ id }) => id)).toEqual(['helm_release.langsmith', 'helm_release.platform']);
    expect(app?.changes[0]?.attributes).toContainEqual({ path: 'values.frontend.deployment.replicas', before: '1', after: '2' });
    expect(release?.changes.map(({ id }) => id)).toEqual(['Deployment langsmith-frontend']);

    // Other values than the approved ones are refused by the name of the value.
    await writeFile(path.join(path.dirname(rehearsal.configFile), 'values.yaml'), 'frontend:\n  deployment:\n    replicas: 3\n');
    const { detail } = expectFailure(await apply(approved, values), 'plan-changed');
    expect(detail).toContain('- app/helm_release.langsmith values.frontend.deployment.replicas differs');
    expect(detail).toContain('- release/Deployment langsmith-frontend spec.replicas differs');
    await writeFile(path.join(path.dirname(rehearsal.configFile), 'values.yaml'), 'frontend:\n  deployment:\n    replicas: 2\n');
    expectSuccess(await apply(approved, values));
    expectSuccess(await run({}));
  });

  it('plan-changed: a Secret that changed since the approval is named, and nothing is touched', async () => {
    const approved = await plan();
    expect(approved.outputs['has-changes']).toBe('false');
    const secret = server().store.get('Secret', 'langsmith', 'langsmith-postgres-secret');
    if (secret === undefined) throw new Error('there is no such Secret');
    server().store.update({ ...secret, data: { connection_url: Buffer.from('postgres://elsewhere').toString('base64') } });
    const before = stateOf('app.tfstate');
    const { detail } = expectFailure(await apply(approved), 'plan-changed');
    expect(detail).toContain('- app/kubernetes_secret_v1.langsmith["langsmith-postgres-secret"] was not in the approved plan');
    expect(stateOf('app.tfstate')).toBe(before);
    const there = server().store.get('Secret', 'langsmith', 'langsmith-postgres-secret') as { data?: Record<string, string> } | undefined;
    expect(Buffer.from(there?.data?.['connection_url'] ?? '', 'base64').toString()).toBe('postgres://elsewhere');
    // Whoever approves what is planned now has it set right.
    const again = await plan();
    expect(again.outputs['changes']).toBe('{"add":0,"change":1,"destroy":0,"replace":0}');
    const mended = await apply(again);
    expectSuccess(mended);
    expect(mended.outputs['verified']).toBe('true');
  });

  it('plan-changed: an object that went since the approval is named, and nothing is touched', async () => {
    const approved = await plan();
    server().store.remove('Service', 'langsmith', 'langsmith-frontend');
    const { detail } = expectFailure(await apply(approved), 'plan-changed');
    expect(detail).toContain('- app/helm_release.langsmith was not in the approved plan');
    expect(detail).toContain('- release/Service langsmith-frontend was not in the approved plan');
    expect(server().store.get('Service', 'langsmith', 'langsmith-frontend')).toBeUndefined();
    const again = await plan();
    expect(comment()).toContain('`Service langsmith-frontend`');
    expectSuccess(await apply(again));
    expect(server().store.get('Service', 'langsmith', 'langsmith-frontend')).toBeDefined();
  });

  it('rolls a release forward that a dead Helm left pending, as approved', async () => {
    leavePending();
    const approved = await plan();
    expectSuccess(approved);
    expect(comment()).toMatch(/Revision \d+ is pending-upgrade/);
    expect(approved.outputs['changes']).toBe('{"add":0,"change":1,"destroy":0,"replace":0}');
    const next = await apply(approved);
    expectSuccess(next);
    expect(next.outputs['verified']).toBe('true');
    expect((await plan()).outputs['has-changes']).toBe('false');
  });

  it('T098 T100 keeps no secret in plan, state, review, comment, summary, outputs and log', () => {
    const states = ['infra.tfstate', 'app.tfstate'].map((key) => ({ name: key, text: stateOf(key) }));
    for (const { text } of states) expect((JSON.parse(text) as { resources: unknown[] }).resources.length).toBeGreaterThan(3);
    expect(places.filter(({ name, text }) => name === 'plan JSON' && text.includes('helm_release.langsmith')).length).toBeGreaterThan(4);
    expect(leaks(plantedIn(rehearsal), [...states, ...places])).toEqual([]);
  });
});
