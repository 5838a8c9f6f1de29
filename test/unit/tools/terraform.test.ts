import { describe, expect, it } from '@jest/globals';
import type { TerraformError } from '../../../src/tools/terraform.js';
import { diagnosticText, parseJsonLine, Terraform } from '../../../src/tools/terraform.js';
import type { ExecResult } from '../../../src/tools/exec.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';
import { recorded } from '../../fixtures/terraform.js';

interface Stage {
  readonly fake: FakeExec;
  readonly log: CollectedLog;
  readonly terraform: Terraform;
}

/** Terraform whose commands answer with recorded lines, as they arrive. */
function stage(answers: Readonly<Record<string, Partial<ExecResult>>>): Stage {
  const fake = new FakeExec();
  for (const [command, result] of Object.entries(answers))
    fake.on(new RegExp(`^terraform ${command} `), ({ options }) => {
      for (const line of (result.stdout ?? '').split('\n')) options.onLine?.(line);
      return result;
    });
  const log = new CollectedLog();
  return { fake, log, terraform: new Terraform(fake.exec, '/work-directory', { ARM_USE_OIDC: 'true' }, log) };
}

const failureOf = (promise: Promise<unknown>): Promise<TerraformError> =>
  promise.then(
    () => {
      throw new Error('was meant to fail');
    },
    (error: unknown) => error as TerraformError,
  );

describe('Terraform', () => {
  it.each([
    [0, false],
    [2, true],
  ])('plan: exit code %i means changes: %s', async (code, hasChanges) => {
    const { terraform, fake } = stage({ plan: { code } });
    expect(await terraform.plan()).toEqual({ file: 'plan.tfplan', hasChanges });
    expect(fake.calls[0]?.args).toEqual(expect.arrayContaining(['-input=false', '-detailed-exitcode', '-out=plan.tfplan']));
    expect(fake.calls[0]?.options).toMatchObject({ cwd: '/work-directory', env: { ARM_USE_OIDC: 'true' }, quiet: true });
  });

  it('turns the diagnostics of a failed plan into its error', async () => {
    const error = await failureOf(stage({ plan: { code: 1, stdout: recorded('plan-invalid.jsonl') } }).terraform.plan());
    expect(error.message).toMatch(/^terraform plan failed:\n- Invalid value for variable: input must not be bad\./);
    expect(error.diagnostics).toHaveLength(1);
  });

  it('shows the progress of an apply and names the resource that failed', async () => {
    const { terraform, log } = stage({ apply: { code: 1, stdout: recorded('apply-resource-failed.jsonl') } });
    const error = await failureOf(terraform.apply({ file: 'plan.tfplan', hasChanges: true }));
    expect(log.lines).toEqual(
      expect.arrayContaining([expect.stringMatching(/^terraform_data\.keep: Creation complete/), 'terraform_data.fails: Creating...']),
    );
    expect(error.message).toContain('- local-exec provisioner error (terraform_data.fails): ');
    expect(error.says(/status 403/)).toBe(false);
  });

  it('falls back to standard error when terraform dies without a diagnostic', async () => {
    const error = await failureOf(
      stage({ plan: { code: 11, stdout: 'panic: x\n{"half', stderr: '\npanic: runtime error\n' } }).terraform.plan(),
    );
    expect(error.message).toBe('terraform plan failed:\n- exit code 11: panic: runtime error');
  });

  it('passes on warnings without failing', async () => {
    const warning = JSON.stringify({ type: 'diagnostic', diagnostic: { severity: 'warning', summary: 'Deprecated', detail: 'soon' } });
    const { terraform, log } = stage({ init: { stdout: `${warning}\n` } });
    await terraform.init({ key: 'k' });
    expect(log.lines).toEqual(['warning: - Deprecated: soon']);
  });

  it('keeps what is only data out of the log, and names a failure of it', async () => {
    const { terraform, fake, log } = stage({ show: { stdout: '{"a":1}' }, output: { code: 1, stderr: 'no state\n' } });
    expect(await terraform.showState()).toEqual({ a: 1 });
    expect((await failureOf(terraform.output())).message).toBe('terraform output failed:\n- exit code 1: no state');
    expect(fake.calls.every((call) => call.options.quiet === true)).toBe(true);
    expect(log.lines).toEqual([]);
  });
});

describe('parseJsonLine', () => {
  it.each([
    ['', undefined],
    ['Terraform v1', undefined],
    ['{"half', undefined],
    ['{"type":"log"}', { type: 'log' }],
  ])('%j', (line, message) => {
    expect(parseJsonLine(line)).toEqual(message);
  });
});

describe('diagnosticText', () => {
  it.each([
    [{ severity: 'error', summary: 'S', detail: '' } as const, '- S'],
    [{ severity: 'error', summary: 'S', detail: ' d\n', address: 'a.b' } as const, '- S (a.b): d'],
  ])('%j', (diagnostic, text) => {
    expect(diagnosticText(diagnostic)).toBe(text);
  });
});
