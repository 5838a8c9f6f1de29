import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  contentOf,
  describeForgotten,
  findAppState,
  forgetAppState,
  openAppState,
  type AppStateContent,
} from '../../../src/destroy/app-state.js';
import type { DeployError } from '../../../src/errors.js';
import { PrivateDirectory } from '../../../src/private-directory.js';
import type { BlobAnswer } from '../../../src/tools/blob.js';
import { Terraform } from '../../../src/tools/terraform.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { inputsOf, sessionOf } from '../../fakes/session.js';
import { recorded } from '../../fixtures/terraform.js';

const STATE = 'state/tfstate/langsmith-azure/production/app.tfstate';
const LOCK_ID = '4e78cac6-da20-fb5a-305c-f6da4f6fd9a5';
const FULL = {
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: '6a1f0c3e-0000-4000-8000-000000000000',
  outputs: { releases: { value: {}, type: ['object', {}] } },
  resources: [
    { mode: 'managed', type: 'helm_release', name: 'langsmith', instances: [{ attributes: {} }] },
    { mode: 'managed', type: 'kubernetes_secret_v1', name: 'langsmith', instances: [{ index_key: 'a' }, { index_key: 'b"c' }] },
    { mode: 'data', type: 'azurerm_key_vault', name: 'this', instances: [{}] },
  ],
};
const ADDRESSES = ['helm_release.langsmith', 'kubernetes_secret_v1.langsmith["a"]', 'kubernetes_secret_v1.langsmith["b\\"c"]'];

const failure = (promise: Promise<unknown>): Promise<DeployError> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as DeployError,
  );

describe('the state of the Terraform path, as destroy finds it', () => {
  const find = (answer: BlobAnswer): Promise<AppStateContent | undefined> => {
    const asked: string[] = [];
    return findAppState(inputsOf(), async (...at) => {
      asked.push(at.join('/'));
      expect(asked).toEqual([STATE]);
      return answer;
    });
  };

  it('is none on the Helm path: one request, and nothing else is asked', async () => {
    expect(await find({ kind: 'none' })).toBeUndefined();
  });

  it.each([
    ['a blob that only a lock has made', ''],
    ['a state that was emptied', JSON.stringify({ ...FULL, outputs: {}, resources: [] })],
  ])('is empty: %s', async (_what, text) => {
    expect(await find({ kind: 'found', text })).toEqual({ state: STATE, addresses: [], isEmpty: true });
  });

  it('says the addresses of what it lists, as Terraform writes them', async () => {
    expect(await find({ kind: 'found', text: JSON.stringify(FULL) })).toEqual({ state: STATE, addresses: ADDRESSES, isEmpty: false });
    expect(contentOf(JSON.stringify({ ...FULL, resources: [] }))).toEqual({ addresses: [], isEmpty: false });
  });

  it.each([
    ['forbidden', 'state-forbidden'],
    ['unclear', 'state-unreachable'],
  ] as const)('is no guess when the answer is %s', async (kind, reason) => {
    const error = await failure(find({ kind, message: 'HTTP 5' }));
    expect(error).toMatchObject({ reason, detail: `${STATE}: HTTP 5` });
  });
});

describe('opening and forgetting it', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(os.tmpdir(), 'app-state-'));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const content = (text: string): AppStateContent => ({ state: STATE, ...contentOf(text) });
  const inputs = (breakLock = ''): ReturnType<typeof inputsOf> =>
    inputsOf({ command: 'destroy', breakLock, actionRoot: path.resolve('.'), toolCacheDirectory: path.join(parent, 'cache') });
  const open = async (fake: FakeExec, found: AppStateContent, breakLock = ''): Promise<Terraform | undefined> => {
    const privateDirectory = await PrivateDirectory.create(parent, () => undefined);
    const tools = { exec: fake.exec, log: new CollectedLog(), privateDirectory, read: async () => ({ kind: 'none' }) as const };
    return openAppState(inputs(breakLock), sessionOf(), found, tools);
  };
  const initialised = (): FakeExec => new FakeExec().on(/^terraform init .*key=langsmith-azure\/production\/app\.tfstate$/, '');

  it('starts no Terraform for an empty state', async () => {
    const fake = new FakeExec();
    expect(await open(fake, content(''))).toBeUndefined();
    expect(fake.calls).toEqual([]);
  });

  it('proves by everything in it that it can be locked, and changes nothing', async () => {
    const fake = initialised().on(/^terraform state rm -no-color -dry-run /, 'Would remove');
    expect(await open(fake, content(JSON.stringify(FULL)))).toBeInstanceOf(Terraform);
    expect(fake.matching(/state rm/).map(({ args }) => args.slice(-3))).toEqual([ADDRESSES]);
  });

  it('state-locked names the lock as Terraform does for people', async () => {
    const fake = initialised().on(/state rm/, { code: 1, stderr: recorded('state-rm-locked.txt') });
    const error = await failure(open(fake, content(JSON.stringify(FULL))));
    expect(error.reason).toBe('state-locked');
    expect(error.detail.split('\n')).toEqual([STATE, expect.stringMatching(/^ID: [0-9a-f-]{36}$/), ...Array(3).fill(expect.anything())]);
  });

  it('breaks the lock it is told to, of an empty state too', async () => {
    const fake = initialised()
      .on(new RegExp(`^terraform force-unlock -force ${LOCK_ID}$`), '')
      .on(/state rm/, '');
    await open(fake, content(JSON.stringify(FULL)), LOCK_ID);
    expect(await open(fake, content(''), LOCK_ID)).toBeUndefined();
    expect(fake.matching(/force-unlock/)).toHaveLength(2);
  });

  it('puts an empty state of the same lineage in its place, from standard input', async () => {
    const fake = new FakeExec()
      .on(/^terraform state pull$/, JSON.stringify(FULL))
      .on(/^terraform state push -no-color -lock-timeout=10s -$/, '');
    const terraform = new Terraform(fake.exec, parent, {}, new CollectedLog());
    const forgotten = await forgetAppState(inputs(), sessionOf(), terraform, content(JSON.stringify(FULL)));
    expect(forgotten).toEqual({ state: STATE, resources: 3 });
    expect(describeForgotten(forgotten)).toBe(`3 resources of ${STATE} forgotten`);
    const [push] = fake.matching(/state push/);
    const { version, terraform_version: writer, lineage } = FULL;
    const empty = { version, terraform_version: writer, serial: 8, lineage, outputs: {}, resources: [], check_results: null };
    expect(JSON.parse(push?.options.stdin ?? '')).toEqual(empty);
  });

  it('state-locked when somebody has written meanwhile', async () => {
    const fake = new FakeExec()
      .on(/state pull/, JSON.stringify(FULL))
      .on(/state push/, { code: 1, stderr: recorded('state-push-newer.txt') });
    const terraform = new Terraform(fake.exec, parent, {}, new CollectedLog());
    const error = await failure(forgetAppState(inputs(), sessionOf(), terraform, content(JSON.stringify(FULL))));
    expect(error.reason).toBe('state-locked');
    expect(error.detail).toMatch(/somebody has written to it .*over newer state with serial 7/s);
  });
});
