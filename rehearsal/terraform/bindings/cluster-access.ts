import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, type ValueObject } from '../values.js';
import { optionalText, ProviderError, type Context } from './binding.js';

/** What a program said. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The settings of a provider's configuration by which it finds its cluster; all others are refused. */
const MODELLED = ['config_path', 'config_context'];

/** Refuses what this rehearsal would otherwise ignore. */
export function refuseUnmodelled(of: string, settings: ValueObject, modelled: readonly string[]): void {
  const others = Object.entries(settings).filter(
    ([name, value]) => value !== null && !(Array.isArray(value) && value.length === 0) && !modelled.includes(name),
  );
  if (others.length > 0) throw new ProviderError(`the rehearsal does not model ${others.map(([name]) => `${of}.${name}`).join(', ')}`);
}

/** Does something with files that only this user may read, which are gone afterwards. */
export async function withFiles<T>(files: Readonly<Record<string, string>>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'terraform-provider-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Refuses a cluster connection that is not by kubeconfig. */
export const refuseConnection = (of: string, connection: ValueObject): void => {
  refuseUnmodelled(of, connection, MODELLED);
};

/** The cluster a provider is configured for: kubectl and helm reach it as the provider would, by the same file and its credentials. */
export class ClusterAccess {
  readonly #programs: NonNullable<Context['programs']>;
  readonly #flags: readonly string[];

  /** @throws ProviderError without a kubeconfig, in the providers' words. */
  constructor(context: Context, connection: ValueObject, kubeContextFlag: 'context' | 'kube-context') {
    const file = optionalText(connection, 'config_path');
    const name = optionalText(connection, 'config_context');
    if (file === undefined) {
      throw new ProviderError(
        'Kubernetes cluster unreachable: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable',
      );
    }
    if (context.programs === undefined) throw new Error('these providers were started without the programs that reach clusters');
    this.#programs = context.programs;
    this.#flags = [`--kubeconfig=${file}`, ...(name === undefined ? [] : [`--${kubeContextFlag}=${name}`])];
  }

  run(
    program: 'helm' | 'kubectl',
    args: readonly string[],
    options: { stdin?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Said> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(this.#programs[program], [...args, ...this.#flags], {
      env: { PATH, HOME, ...this.#programs.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code: code ?? 1, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') });
      });
    });
  }

  /** An API object, or undefined when it is not there. */
  async get(path: string): Promise<ValueObject | undefined> {
    const said = await this.run('kubectl', ['get', '--raw', path]);
    if (said.code !== 0 && /NotFound|not found/.test(said.stderr)) return undefined;
    return apiObject(demand(said));
  }
}

export const apiObject = (text: string): ValueObject => {
  const value = JSON.parse(text) as ValueObject[string];
  if (!isObject(value)) throw new Error('the API server answered with something that is not an object');
  return value;
};

/** Standard output; the provider's error is the API server's own words. */
export function demand({ code, stdout, stderr }: Said): string {
  if (code === 0) return stdout;
  throw new ProviderError(stderr.trim().replace(/^(Error from server \(\w+\)|error|Error): /, ''));
}
