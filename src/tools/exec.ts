import { getExecOutput } from '@actions/exec';
import { GIVES_BACK, stopping, whileAtWork } from '../interrupt.js';

export interface ExecOptions {
  /** Written to the child's standard input: the way for anything that must not be in argv. */
  readonly stdin?: string;
  readonly cwd?: string;
  /** Added to the base environment of this {@link Exec}. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keep the child's output out of the log (it is still returned). Use when it can hold a secret or is only data. */
  readonly quiet?: boolean;
  /** Start it even when the run was asked to stop: for what must be given back. Anything else is not started any more. */
  readonly givesBack?: boolean;
  /** Called with each complete line of standard output as it arrives. */
  readonly onLine?: (line: string) => void;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one program with an argument array. Resolves for any exit code; rejects when the program cannot be started, or the run is to stop. */
export type Exec = (program: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

/**
 * What children must not inherit: the action's inputs (the runner passes secrets as INPUT_*), the runner's own tokens, another login
 * for Azure that Terraform would prefer to ours, and what would make it look at another state or other values.
 * The OIDC request pair stays: Terraform asks for fresh assertions itself during a long apply (GitHub assertions live 5 minutes).
 */
const WITHHELD =
  /^(INPUT_.*|ACTIONS_RUNTIME_TOKEN|ACTIONS_RESULTS_URL|ACTIONS_CACHE_URL|GITHUB_TOKEN|STATE_.*|ARM_.*|TF_VAR_.*|TF_WORKSPACE|TF_DATA_DIR|TF_CLI_ARGS.*)$/;

export function childEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && !WITHHELD.test(entry[0])),
  );
}

/**
 * The one door to child processes.
 * @param programs absolute paths of the tools the run found or installed, by name; other names are looked up on PATH.
 */
export function createExec(
  environment: Readonly<Record<string, string | undefined>>,
  programs: ReadonlyMap<string, string> = new Map(),
): Exec {
  // Terraform would otherwise tell its vendor about every command, and ask whether a newer version exists.
  const base = { ...childEnvironment(environment), CHECKPOINT_DISABLE: '1' };
  return async (program, args, options = {}) => {
    if (options.givesBack !== true) stopping.throwIfAborted();
    const { exitCode, stdout, stderr } = await whileAtWork(() =>
      getExecOutput(programs.get(program) ?? program, [...args], {
        env: { ...base, ...(options.givesBack === true ? { [GIVES_BACK]: 'true' } : {}), ...options.env },
        ignoreReturnCode: true,
        silent: options.quiet ?? false,
        ...(options.onLine === undefined ? {} : { listeners: { stdline: options.onLine } }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.stdin === undefined ? {} : { input: Buffer.from(options.stdin, 'utf8') }),
      }),
    );
    return { code: exitCode, stdout, stderr };
  };
}
