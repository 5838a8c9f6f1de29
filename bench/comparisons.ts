import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { gatherSecrets } from '../src/phases/secrets.js';
import type { Infrastructure } from '../src/phases/state.js';
import { PrivateDirectory } from '../src/private-directory.js';
import { mergeComment, type PlanPart } from '../src/report/comment.js';
import { decodeFingerprint, encodeFingerprint, fingerprintDifferences, fingerprintKey } from '../src/review/fingerprint.js';
import { reviewInfrastructure } from '../src/review/review.js';
import { SECRETS } from '../src/secret-catalogue.js';
import { readValuesFiles } from '../src/values/files.js';
import { planned } from '../test/fakes/reviews.js';
import { inputsOf } from '../test/fakes/session.js';
import { build, type Combination } from '../test/unit/values/combinations.js';
import type { Comparison } from './measure.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const run = promisify(execFile);

const RESOURCES = 10_000;

/** A plan far larger than any of ours: what is linear stays cheap, what is not shows. */
function reviews(): Comparison {
  const plan = {
    resource_changes: Array.from({ length: RESOURCES }, (_, index) =>
      planned(`azurerm_role_assignment.this["${index}"]`, ['create'], null, { scope: `/subscriptions/${index}`, role: 'Reader' }),
    ),
  };
  const text = JSON.stringify(plan);
  const key = fingerprintKey(inputsOf(), 'salt');
  const { review, fingerprint } = reviewInfrastructure('production', plan, key);
  const other = reviewInfrastructure('production', { resource_changes: plan.resource_changes.slice(1) }, key).fingerprint;
  const part: PlanPart = {
    environment: 'production',
    pass: '1',
    run: { id: 1, attempt: 1, url: 'https://example.com' },
    result: { review },
  };
  return {
    title: `plan of ${RESOURCES} resources`,
    baseline: { name: 'parse its JSON', work: () => JSON.parse(text) as unknown },
    measured: [
      { name: 'review and fingerprint', work: () => reviewInfrastructure('production', plan, key) },
      { name: 'fingerprint as a word and back', work: () => decodeFingerprint(encodeFingerprint(fingerprint)) },
      { name: 'compare two fingerprints', work: () => fingerprintDifferences(fingerprint, other) },
      { name: 'write the comment', work: () => mergeComment(undefined, part) },
    ],
  };
}

/** Layers, merge, and every key held against the chart's contract. */
async function values(): Promise<Comparison> {
  const combination: Combination = { topology: 'production', sizing: 'production', ingress: 'envoy-gateway', pass: 5 };
  const { topology, sizing, ingress, pass } = combination;
  const names = ['base', `topology-${topology}`, `sizing-${sizing}`, `ingress-${ingress}`];
  const texts = await Promise.all(names.map((name) => readFile(path.join(ROOT, `helm/values/${name}.yaml`), 'utf8')));
  return {
    title: 'values of pass 5, production',
    baseline: { name: 'parse the four largest files', work: () => texts.map((text) => parse(text) as unknown) },
    measured: [
      { name: 'read the files', work: () => readValuesFiles(ROOT, { topology, sizing, ingress, pass }) },
      { name: 'read, merge and check', work: () => build(combination) },
    ],
  };
}

/** How long a vault takes to answer, in milliseconds. */
const ANSWER_MS = 20;

/** All secrets at once: the ratio would be their number if they were asked one after another. */
function secrets(): Comparison {
  const answer = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  const infrastructure = {
    exists: true,
    vaultUri: 'https://langsmith-kv.vault.azure.net/',
    writtenSecrets: new Map(SECRETS.map(({ name }) => [name, 1])),
    outputs: {},
  } as Partial<Infrastructure> as Infrastructure;
  return {
    title: `${SECRETS.length} secrets of Key Vault`,
    baseline: { name: 'one answer', work: answer },
    measured: [
      {
        name: 'gather all',
        work: async () => {
          const privateDirectory = await PrivateDirectory.create(path.join(ROOT, '.cache'), () => undefined);
          await mkdir(path.join(privateDirectory.path, 'infra'));
          await gatherSecrets(inputsOf(), infrastructure, {
            openVault: async () => async (name) => {
              await answer();
              return { kind: 'found', value: `value of ${name}` };
            },
            mask: () => undefined,
            privateDirectory,
            log: { info: () => undefined, debug: () => undefined, warning: () => undefined },
            patience: { deadlineMs: 1000, firstPauseMs: 100, maximumPauseMs: 100 },
          });
          await privateDirectory.remove();
        },
      },
    ],
  };
}

/** What every step pays before it does anything: the bundle, loaded and run by Node up to the refusal of inputs that are all missing. */
function start(): Comparison {
  const refuse = async (): Promise<void> => {
    const env = { RUNNER_TEMP: path.join(ROOT, '.cache'), GITHUB_ACTION_PATH: ROOT };
    const said = await run(process.execPath, [path.join(ROOT, 'dist/index.js')], { env }).catch((error: { stdout?: string }) => error);
    if (!(said.stdout ?? '').includes('inputs-invalid')) throw new Error(`the action did not refuse: ${JSON.stringify(said)}`);
  };
  return {
    title: 'start of the action',
    baseline: { name: 'start of Node', work: () => run(process.execPath, ['-e', '']) },
    measured: [{ name: 'refuse a step without inputs', work: refuse }],
  };
}

export const comparisons = async (): Promise<Comparison[]> => [reviews(), await values(), secrets(), start()];
