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

  it.each([undefined, 'plan.yml', 'drift.yml', 'destroy.yml'])(
    'is an input of the example %s, and of the deployment before it',
    async (workflow) => {
      const scene = await sceneOf({ ...TERRAFORM, ...(workflow === undefined ? {} : { workflow }) }, 'contoso/platform');
      const inputs = [...scene.first, ...scene.acts].flatMap(given);
      expect(inputs).toHaveLength(workflow === undefined ? 1 : 2);
      for (const call of inputs) expect(call).toMatchObject({ 'deploy-path': 'terraform' });
    },
  );

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
