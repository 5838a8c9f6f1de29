import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { CertificateAuthority } from './certificate-authority.js';

const START_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 20_000;
/** Azurite does not notice when its parent dies; this preload ends it when the channel to the parent closes. */
const END_WITH_PARENT = "data:text/javascript,process.on('disconnect',()=>process.exit(0))";

/** Azurite's own database, leases included: content by path below its data directory. */
export type BlobFiles = ReadonlyMap<string, Buffer>;

export interface Azurite {
  /** Port of the https listener on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
  /** Closes the listener for good and gives everything it held; only when it was started with `kept`. */
  close(): Promise<BlobFiles>;
}

export interface AzuriteOptions {
  /** Private to this azurite; removed by `stop`. */
  readonly directory: string;
  readonly authority: CertificateAuthority;
  /** Names of the storage accounts it serves; their keys are random and known to nobody. */
  readonly accounts: readonly string[];
  /** Aborts the start. */
  readonly ended: AbortSignal;
  /** What an earlier azurite held. Absent: memory only, with nothing on disk but the certificate. */
  readonly kept?: BlobFiles;
}

/**
 * Starts azurite-blob, Microsoft's own emulator, with telemetry off.
 * @throws Error with azurite's own output when it does not come up.
 */
export async function startAzurite({ directory, authority, accounts, ended, kept }: AzuriteOptions): Promise<Azurite> {
  const data = path.join(directory, 'data');
  await mkdir(kept === undefined ? directory : data, { recursive: true, mode: 0o700 });
  for (const [file, content] of kept ?? []) {
    await mkdir(path.dirname(path.join(data, file)), { recursive: true });
    await writeFile(path.join(data, file), content, { mode: 0o600 });
  }
  const [certFile, keyFile] = [path.join(directory, 'azurite.pem'), path.join(directory, 'azurite-key.pem')];
  const { cert, key } = authority.leaf('127.0.0.1');
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })]);

  ended.throwIfAborted();
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const persistence = kept === undefined ? ['--inMemoryPersistence'] : ['--location', data];
  const flags = ['--silent', ...persistence, '--disableTelemetry', '--skipApiVersionCheck', '--loose'];
  const settings = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--oauth', 'basic', '--cert', certFile, '--key', keyFile];
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, program, ...flags, ...settings], {
    cwd: directory,
    // In a group of its own: Ctrl-C in a terminal must not take the state away from a run that is giving its lock back.
    detached: true,
    // No proxy variables: whatever azurite might try must not come back through the rehearsal.
    env: { AZURITE_ACCOUNTS: accounts.map((account) => `${account}:${randomBytes(64).toString('base64')}`).join(';') },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  ended.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const close = async (): Promise<BlobFiles> => {
    child.send('shutdown');
    await announced(child, /successfully closed/, 'close', CLOSE_TIMEOUT_MS);
    return filesBelow(data);
  };
  try {
    const [, port] = await announced(child, /successfully listens on https:\/\/[^\s:]+:(\d+)/, 'listen', START_TIMEOUT_MS);
    return { port: Number(port), stop, close };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the line in which azurite says that it has done what it was asked to. */
function announced(child: ChildProcess, line: RegExp, task: string, timeoutMs: number): Promise<RegExpExecArray> {
  let output = '';
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.stdout?.off('data', read);
      child.stderr?.off('data', read);
      child.off('error', failed);
      child.off('exit', exited);
      then();
    };
    const fail = (why: string): void => settle(() => reject(new Error(`azurite ${why}:\n${output}`)));
    const failed = (error: Error): void => fail(error.message);
    const exited = (code: number | null): void => fail(`ended with code ${code ?? 'none'}`);
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const found = line.exec(output);
      if (found) settle(() => resolve(found));
    };
    const timer = setTimeout(() => fail(`did not ${task} within ${timeoutMs} ms`), timeoutMs);
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', failed);
    child.once('exit', exited);
  });
}

async function filesBelow(directory: string): Promise<BlobFiles> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [path.relative(directory, file), await readFile(file)] as const)));
}
