import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readArguments } from '../../../rehearsal/cli-options.js';
import { sceneOf, type Act } from '../../../rehearsal/scenes.js';

const TERRAFORM = { topology: 'light', deployPath: 'terraform', passes: '1-3' } as const;

/** Inputs that a workflow's calls of reusable workflows give. */
const given = ({ workflow }: Act): Record<string, unknown>[] =>
  Object.values((parse(workflow) as { jobs: Record<string, { with?: Record<string, unknown> }> }).jobs).map((job) => job.with ?? {});

describe('deploy-path of a rehearsal', () => {
  let directory: string;
  let own: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'scenes-'));
    own = path.join(directory, 'own.yml');
    await writeFile(own, 'on: workflow_dispatch\njobs: {}\n');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each([
    [undefined, 1],
    ['plan.yml', 2],
    // Five nights, and a deployment before the first and before the last.
    ['drift.yml', 7],
    ['destroy.yml', 2],
  ] as const)('is an input of the example %s, and of the deployment before it', async (workflow, calls) => {
    const scene = await sceneOf({ ...TERRAFORM, ...(workflow === undefined ? {} : { workflow }) }, 'contoso/platform');
    const inputs = [...scene.first, ...scene.acts].flatMap(given);
    expect(inputs).toHaveLength(calls);
    for (const call of inputs) expect(call).toMatchObject({ 'deploy-path': 'terraform' });
  });

  it('is not said where it is Helm: the examples are run as they are', async () => {
    const { acts } = await sceneOf({ topology: 'light', passes: '1-2' }, 'contoso/platform');
    expect(acts.flatMap(given)[0]).not.toHaveProperty('deploy-path');
  });

  it('is refused by name, and for a workflow of the user, which is run as it is written', () => {
    expect(() => readArguments(['--deploy-path', 'moon'])).toThrow('--deploy-path: "moon" is not one of helm, terraform');
    expect(() => readArguments(['--deploy-path', 'terraform', '--workflow', own])).toThrow(/^--deploy-path: is for the examples/);
    expect(readArguments(['--deploy-path', 'terraform', '--workflow', 'destroy'])).toMatchObject({ deployPath: 'terraform' });
    expect(readArguments([])).toMatchObject({ deployPath: 'helm' });
  });
});

describe('a scene', () => {
  it('of one pass begins with a reviewer who says no, where nothing stands yet', async () => {
    const { first, acts } = await sceneOf({ workflow: 'pass.yml', topology: 'light', passes: '1-2' }, 'contoso/platform');
    expect(first.map(({ event, rejected }) => [event.inputs?.['pass'], rejected])).toEqual([['1', true]]);
    expect(acts.map(({ title, rejected }) => [title, rejected])).toEqual([
      ['pass.yml: pass 1', undefined],
      ['pass.yml: pass 2', undefined],
    ]);
  });

  it('has the topology that was asked for, in the steps of a job and in the workflow it calls, too', async () => {
    const workflow = async (name: string, topology: 'light' | 'production'): Promise<string> =>
      (await sceneOf({ workflow: name, topology, passes: '1' }, 'contoso/platform')).acts[0]?.workflow ?? '';
    expect(await workflow('preflight.yml', 'production')).toContain('topology: production');
    expect(await workflow('environments.yml', 'light')).toContain('/.github/workflows/light.yml@');
    expect(await workflow('environments.yml', 'production')).toContain('/.github/workflows/production.yml@');
  });
});

describe('the scene of drift', () => {
  it('deploys, lets nights fall, and deploys once more before the last', async () => {
    const { first, acts } = await sceneOf({ topology: 'light', passes: '1-2', workflow: 'drift.yml' }, 'contoso/platform');
    expect([...first, ...acts].map(({ event }) => event.name)).toEqual([
      'workflow_dispatch',
      'schedule',
      'schedule',
      'schedule',
      'schedule',
      'workflow_dispatch',
      'schedule',
    ]);
    expect(new Set(acts.map(({ title }) => title)).size).toBe(acts.length);
  });
});
