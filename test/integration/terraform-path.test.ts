import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../rehearsal/kubernetes/api.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import { leaks, plantedIn } from './support/planted.js';
import { runPass, type Outcome } from './support/passes.js';

const TERRAFORM = { 'deploy-path': 'terraform' };

/** What a state blob holds now. */
function stateOf(rehearsal: Rehearsal, key: string): string {
  const writes = rehearsal.world.requests
    .to(`${rehearsal.tenant.stateAccount}.blob.core.windows.net`)
    .filter(({ method, path, status }) => method === 'PUT' && path.includes(key) && !path.includes('comp=') && status === 201);
  return writes.at(-1)?.body ?? '';
}

const APP_STATE = 'langsmith-azure/production/app.tfstate';

/** Kinds that controllers make and remake, and those of the machinery: what they come from is compared instead. */
const MADE = new Set([
  'Pod',
  'ReplicaSet',
  'ControllerRevision',
  'Event',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'Node',
  'PersistentVolume',
  'Job',
]);

/** What says who wrote an object and when, and what the cluster draws by lot. Everything else of it must be the same on both paths. */
const DRAWN = ['managedFields', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'ownerReferences'];

type Leaves = ReadonlyMap<string, unknown>;

/** Every field of an object by its path, but for those. */
function leavesOf(object: KubeObject): Leaves {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) leaves.set(at, value);
    else for (const [key, inner] of Object.entries(value)) walk(inner, at === '' ? key : `${at}.${key}`);
  };
  const { status: _status, metadata, ...rest } = object as unknown as Record<string, unknown>;
  walk({ ...rest, metadata: Object.fromEntries(Object.entries(metadata as object).filter(([name]) => !DRAWN.includes(name))) }, '');
  return leaves;
}

/** Fields whose value is of one world: secrets and keys, disks and their nodes, addresses in the order of asking, the identity in Entra. */
const OF_ONE_WORLD = new RegExp(
  [
    '^Secret .* data\\.',
    '^PersistentVolumeClaim .* (spec\\.volumeName|metadata\\.annotations\\.volume\\.kubernetes\\.io/selected-node)$',
    '^Service .* spec\\.(clusterIPs?|ports\\.\\d+\\.nodePort)',
    '^ServiceAccount .* metadata\\.annotations\\.azure\\.workload\\.identity/client-id$',
  ].join('|'),
);

/** `Deployment langsmith/langsmith-backend` → what it says. */
function objectsOf(rehearsal: Rehearsal): Map<string, Leaves> {
  const [server] = [...rehearsal.clusters.servers.values()];
  const objects = [...(server?.store.snapshot().objects.values() ?? [])].flat();
  return new Map(
    objects
      .filter(({ kind, metadata }) => !MADE.has(kind) && !metadata.name.startsWith('sh.helm.release.v1.'))
      .map((object) => [`${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, leavesOf(object)]),
  );
}

/** The same with what is of one world, and every secret in a text, made unrecognisable. */
function sharedObjectsOf(rehearsal: Rehearsal): Map<string, Leaves> {
  const secrets = plantedIn(rehearsal).flatMap(({ forms }) => forms);
  const blank = (name: string, path: string, value: unknown): unknown =>
    OF_ONE_WORLD.test(`${name} ${path}`) || (typeof value === 'string' && secrets.some((secret) => value.includes(secret))) ? '…' : value;
  return new Map(
    [...objectsOf(rehearsal)].map(([name, leaves]) => [
      name,
      new Map([...leaves].map(([path, value]) => [path, blank(name, path, value)])),
    ]),
  );
}

/** `Service langsmith/langsmith-redis spec.clusterIP` for each field that is not the same. */
function differing(before: ReadonlyMap<string, Leaves>, after: ReadonlyMap<string, Leaves>): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [left, right] = [before.get(name) ?? new Map<string, unknown>(), after.get(name) ?? new Map<string, unknown>()];
    return [...new Set([...left.keys(), ...right.keys()])]
      .filter((path) => left.get(path) !== right.get(path))
      .map((path) => `${name} ${path}`);
  });
}

/** Pods that stay: those of hooks run anew with every upgrade. */
const pods = (rehearsal: Rehearsal, namespace: string): string[] =>
  [...rehearsal.clusters.servers.values()].flatMap((server) =>
    server.store
      .list('Pod', namespace)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'Job') !== true)
      .map(({ metadata }) => `${metadata.name} ${metadata.uid}`),
  );

const logOf = ({ step }: Outcome): string => step.log.join('\n');

async function withInfrastructure(): Promise<Rehearsal> {
  const rehearsal = await Rehearsal.start();
  const { result } = await runPass(rehearsal, { pass: 1 });
  if (result.conclusion !== 'success') throw new Error(result.errors.join('\n'));
  return rehearsal;
}

describe('deploy-path: terraform', () => {
  let byTerraform: Rehearsal;
  let byHelm: Rehearsal;

  beforeAll(async () => {
    byTerraform = await withInfrastructure();
    byHelm = await withInfrastructure();
  }, 600_000);

  afterAll(async () => {
    await byTerraform.stop();
    await byHelm.stop();
  });

  it('plans pass 2 without touching the cluster, deploys it as that plan, verifies it, and has nothing left to do', async () => {
    const plan = await runPass(byTerraform, { pass: 2, command: 'plan', with: TERRAFORM });
    expect(plan.result.conclusion).toBe('success');
    expect(logOf(plan)).toMatch(/langsmith 0\.\d+\.\d+: 7 to add, 0 to change, 0 to destroy; fingerprint/);
    expect(stateOf(byTerraform, APP_STATE)).not.toContain('helm_release');
    expect(pods(byTerraform, 'langsmith')).toEqual([]);

    const first = await runPass(byTerraform, { pass: 2, with: TERRAFORM });
    expect(logOf(first)).toContain('applied: ');
    expect(first.result.conclusion).toBe('success');
    expect(first.outputs['verified']).toBe('true');
    const again = await runPass(byTerraform, { pass: 2, with: TERRAFORM });
    expect(again.result.conclusion).toBe('success');
    expect(logOf(again)).toContain('planned: no changes');
    expect(again.outputs['has-changes']).toBe('false');
    expect(again.outputs['release-revision']).toBe('1');
  }, 900_000);

  it('T100 keeps no secret in the state of what it deployed', () => {
    const state = stateOf(byTerraform, APP_STATE);
    expect(state).toContain('helm_release');
    expect(leaks(plantedIn(byTerraform), [{ name: 'app state', text: state }])).toEqual([]);
  });

  it('T158 T249 deploys object for object what the Helm path deploys', async () => {
    const { result } = await runPass(byHelm, { pass: 2 });
    expect(result.conclusion).toBe('success');
    const helm = sharedObjectsOf(byHelm);
    expect(helm.size).toBeGreaterThan(60);
    expect(differing(helm, sharedObjectsOf(byTerraform))).toEqual([]);
  }, 900_000);

  it('takes a deployment over from Helm and gives it back: nothing is reinstalled, no pod restarts', async () => {
    const [before, running] = [objectsOf(byHelm), pods(byHelm, 'langsmith').sort()];
    const over = await runPass(byHelm, { pass: 2, with: TERRAFORM });
    expect(over.result.conclusion).toBe('success');
    expect(logOf(over)).toContain('Secret langsmith-config-secret: Terraform takes it over.');
    expect(differing(before, objectsOf(byHelm))).toEqual([]);
    expect(pods(byHelm, 'langsmith').sort()).toEqual(running);
    expect(leaks(plantedIn(byHelm), [{ name: 'app state', text: stateOf(byHelm, APP_STATE) }])).toEqual([]);

    const back = await runPass(byHelm, { pass: 2 });
    expect(back.result.conclusion).toBe('success');
    expect(back.outputs['has-changes']).toBe('false');
    expect(differing(before, objectsOf(byHelm))).toEqual([]);
    const again = await runPass(byHelm, { pass: 2, with: TERRAFORM });
    expect(logOf(again)).toContain('planned: no changes');
  }, 900_000);
});
