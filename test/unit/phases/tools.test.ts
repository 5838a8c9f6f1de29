import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DeployError } from '../../../src/errors.js';
import { describeTools, parseVersion, prepareTools, toolPaths, type Toolbox } from '../../../src/phases/tools.js';
import type { ExecResult } from '../../../src/tools/exec.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { inputsOf } from '../../fakes/session.js';

const TERRAFORM = '{"terraform_version":"1.11.4","platform":"linux_amd64","provider_selections":{},"terraform_outdated":true}';
const KUBECTL = '{"clientVersion":{"major":"1","minor":"35","gitVersion":"v1.35.2"},"kustomizeVersion":"v5.7.1"}';

describe('parseVersion', () => {
  it.each([
    ['terraform', TERRAFORM, '1.11.4'],
    ['terraform', '{"terraform_version":"1.15.0-rc1"}', '1.15.0-rc1'],
    ['helm', 'v4.1.4', '4.1.4'],
    ['helm', 'v3.17.0+g301108e\n', '3.17.0'],
    ['kubectl', KUBECTL, '1.35.2'],
    ['kubectl', '{"clientVersion":{"gitVersion":"v1.33.4-eks-1"}}', '1.33.4-eks-1'],
    ['terraform', `[command]/opt/terraform-bin version -json\n${TERRAFORM}`, undefined],
    ['terraform', 'Terraform v1.11.4', undefined],
    ['terraform', '{}', undefined],
    ['helm', '', undefined],
    ['helm', 'Error: unknown flag', undefined],
    ['kubectl', '', undefined],
    ['kubectl', 'null', undefined],
  ] as const)('%s %j', (tool, stdout, version) => {
    expect(parseVersion(tool, stdout)).toBe(version);
  });
});

describe('prepareTools, with tools on PATH', () => {
  let directory: string;
  let searchPath: string | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'tools-'));
    for (const tool of ['terraform', 'helm', 'kubectl']) {
      await writeFile(path.join(directory, tool), '');
      await chmod(path.join(directory, tool), 0o755);
    }
    // The runner's own look-up reads PATH; this file is the only test in its process.
    searchPath = process.env['PATH'];
    process.env['PATH'] = directory;
  });
  afterAll(async () => {
    process.env['PATH'] = searchPath;
    await rm(directory, { recursive: true, force: true });
  });

  const answers = (overrides: Readonly<Record<string, string | Partial<ExecResult>>> = {}): FakeExec =>
    new FakeExec()
      .on(/\/terraform version -json$/, overrides['terraform'] ?? TERRAFORM)
      .on(/\/helm version /, overrides['helm'] ?? 'v4.1.4')
      .on(/\/kubectl version --client /, overrides['kubectl'] ?? KUBECTL);
  const prepare = (fake: FakeExec, pass: 1 | 2): Promise<Toolbox> => prepareTools(inputsOf({ pass }), fake.exec, new CollectedLog());
  const refusal = (overrides: Readonly<Record<string, string | Partial<ExecResult>>>): Promise<DeployError> =>
    prepare(answers(overrides), 2).then(
      () => {
        throw new Error('was meant to fail');
      },
      (error: unknown) => error as DeployError,
    );

  it('asks for what the pass needs and nothing more', async () => {
    const first = await prepare(answers(), 1);
    expect([describeTools(first), [...toolPaths(first)]]).toEqual(['terraform 1.11.4', [['terraform', path.join(directory, 'terraform')]]]);
    expect(describeTools(await prepare(answers(), 2))).toBe('terraform 1.11.4, helm 4.1.4, kubectl 1.35.2');
  });

  it.each([
    ['terraform', '{"terraform_version":"1.10.5"}', 'terraform 1.10.5; 1.11.0'],
    ['terraform', '{"terraform_version":"1.11.0-rc1"}', 'terraform 1.11.0-rc1; 1.11.0'],
    ['helm', 'v3.16.4', 'helm 3.16.4; 3.17.0'],
    ['kubectl', '{"clientVersion":{"gitVersion":"v1.29.9"}}', 'kubectl 1.29.9; 1.30.0'],
  ])('T153: refuses an old %s: %s', async (tool, answer, text) => {
    const error = await refusal({ [tool]: answer });
    expect(error.reason).toBe('tools-outdated');
    expect(error.detail).toContain(text);
  });

  it('knows the wrapper that writes into the output, and says how to turn it off', async () => {
    const error = await refusal({ terraform: `[command]/opt/terraform-bin version -json\n${TERRAFORM}` });
    expect([error.reason, error.fix]).toEqual(['tools-missing', 'Set `terraform_wrapper: false` for hashicorp/setup-terraform.']);
  });

  it('shows the last words of a program that does not run', async () => {
    const error = await refusal({ helm: { code: 126, stderr: 'cannot execute binary file: Exec format error\n' } });
    expect([error.reason, error.detail]).toEqual([
      'tools-missing',
      expect.stringMatching(/\/helm does not answer .*exit code 126\): cannot execute/),
    ]);
  });
});
