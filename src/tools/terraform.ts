import type { Log } from '../log.js';
import type { Exec, ExecResult } from './exec.js';

/** One diagnostic of `terraform -json`. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  /** Resource address, when Terraform knows it. */
  readonly address?: string;
}

/** A failed Terraform command with everything it complained about. */
export class TerraformError extends Error {
  constructor(
    readonly command: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(`terraform ${command} failed:\n${diagnostics.map(diagnosticText).join('\n')}`);
    this.name = 'TerraformError';
  }

  /** Does Terraform say this about itself, its state or its providers, rather than about one resource? */
  says(pattern: RegExp): boolean {
    return this.diagnostics.some(
      (diagnostic) => diagnostic.address === undefined && pattern.test(`${diagnostic.summary}\n${diagnostic.detail}`),
    );
  }
}

export function diagnosticText(diagnostic: Diagnostic): string {
  const where = diagnostic.address === undefined ? '' : ` (${diagnostic.address})`;
  return `- ${diagnostic.summary}${where}${diagnostic.detail === '' ? '' : `: ${diagnostic.detail.trim()}`}`;
}

/** Lines of `-json` output that are worth a line in the log while a command runs. */
const PROGRESS = new Set(['apply_start', 'apply_progress', 'apply_complete', 'apply_errored', 'planned_change', 'change_summary']);

interface JsonLine {
  readonly '@message'?: string;
  readonly type?: string;
  readonly diagnostic?: Diagnostic;
}

export function parseJsonLine(line: string): JsonLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as JsonLine;
  } catch {
    // Not a message of Terraform's UI, for example a panic trace: the caller falls back to stderr.
    return undefined;
  }
}

export interface PlanFile {
  readonly file: string;
  readonly hasChanges: boolean;
}

/** `terraform` in one working directory. Every argument is non-secret; secrets come from `*.auto.tfvars.json` in that directory. */
export class Terraform {
  constructor(
    private readonly exec: Exec,
    readonly directory: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: Log,
  ) {}

  async init(backend: Readonly<Record<string, string>>): Promise<void> {
    const settings = Object.entries(backend).map(([name, value]) => `-backend-config=${name}=${value}`);
    await this.#json('init', ['init', '-json', '-input=false', '-no-color', ...settings]);
  }

  /** The state as `terraform show -json` prints it. */
  async showState(): Promise<unknown> {
    return JSON.parse((await this.#data('show', ['show', '-json', '-no-color'])).stdout) as unknown;
  }

  /** @param mode `destroy`: of everything in the state. */
  async plan(mode: 'converge' | 'destroy' = 'converge'): Promise<PlanFile> {
    const file = 'plan.tfplan';
    const result = await this.#json(
      'plan',
      [
        'plan',
        ...(mode === 'destroy' ? ['-destroy'] : []),
        '-json',
        '-input=false',
        '-detailed-exitcode',
        '-lock-timeout=10s',
        `-out=${file}`,
      ],
      [0, 2],
    );
    return { file, hasChanges: result.code === 2 };
  }

  /** The saved plan as `terraform show -json` prints it. */
  async showPlan(plan: PlanFile): Promise<unknown> {
    return JSON.parse((await this.#data('show', ['show', '-json', '-no-color', plan.file])).stdout) as unknown;
  }

  async apply(plan: PlanFile): Promise<void> {
    await this.#json('apply', ['apply', '-json', '-input=false', '-lock-timeout=10s', plan.file]);
  }

  /** `{ name: { value, type, sensitive } }`. */
  async output(): Promise<unknown> {
    return JSON.parse((await this.#data('output', ['output', '-json', '-no-color'])).stdout) as unknown;
  }

  /** The state itself, in the format of its file. */
  async pullState(): Promise<unknown> {
    return JSON.parse((await this.#data('state pull', ['state', 'pull'])).stdout) as unknown;
  }

  /**
   * Replaces the whole state, under its lock. Refused when the state there is of another lineage, or has been written since with the
   * same serial number or a higher one.
   */
  async pushState(state: unknown): Promise<void> {
    await this.#data('state push', ['state', 'push', '-no-color', '-lock-timeout=10s', '-'], JSON.stringify(state));
  }

  /** Takes the lock of the state and gives it back; the state stays as it is. @param addresses something that is in it. */
  async proveUnlocked(addresses: readonly string[]): Promise<void> {
    await this.#data('state rm', ['state', 'rm', '-no-color', '-dry-run', '-lock-timeout=10s', ...addresses]);
  }

  async forceUnlock(lockId: string): Promise<void> {
    await this.#data('force-unlock', ['force-unlock', '-force', lockId]);
  }

  /** A command whose output is data: kept out of the log. */
  async #data(command: string, args: readonly string[], stdin?: string): Promise<ExecResult> {
    const options = { cwd: this.directory, env: this.environment, quiet: true, ...(stdin === undefined ? {} : { stdin }) };
    const result = await this.exec('terraform', args, options);
    if (result.code !== 0)
      throw new TerraformError(command, [{ severity: 'error', summary: `exit code ${result.code}`, detail: result.stderr.trim() }]);
    return result;
  }

  /** A command that speaks JSON lines: progress to the log, diagnostics to the error. */
  async #json(command: string, args: readonly string[], good: readonly number[] = [0]): Promise<ExecResult> {
    const diagnostics: Diagnostic[] = [];
    const result = await this.exec('terraform', args, {
      cwd: this.directory,
      env: this.environment,
      quiet: true,
      onLine: (line) => {
        const message = parseJsonLine(line);
        if (message?.diagnostic !== undefined) diagnostics.push(message.diagnostic);
        else if (message?.type !== undefined && PROGRESS.has(message.type)) this.log.info(message['@message'] ?? '');
      },
    });
    for (const warning of diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'))
      this.log.warning(diagnosticText(warning), `terraform ${command}`);
    if (good.includes(result.code)) return result;
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    throw new TerraformError(
      command,
      errors.length > 0 ? errors : [{ severity: 'error', summary: `exit code ${result.code}`, detail: result.stderr.trim() }],
    );
  }
}
