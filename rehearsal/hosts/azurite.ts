import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { CertificateAuthority } from './certificate-authority.js';

const START_TIMEOUT_MS = 60_000;
/** Azurite does not notice when its parent dies; this preload ends it when the channel to the parent closes. */
const END_WITH_PARENT = "data:text/javascript,process.on('disconnect',()=>process.exit(0))";

export interface Azurite {
  /** Port of the https listener on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts azurite-blob, Microsoft's own emulator, with nothing on disk but its certificate and with telemetry off.
 * @param accounts names of the storage accounts it serves; their keys are random and known to nobody.
 * @param ended aborts the start.
 * @throws Error with azurite's own output when it does not come up.
 */
export async function startAzurite(
  directory: string,
  authority: CertificateAuthority,
  accounts: readonly string[],
  ended: AbortSignal,
): Promise<Azurite> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [certFile, keyFile] = [path.join(directory, 'azurite.pem'), path.join(directory, 'azurite-key.pem')];
  const { cert, key } = authority.leaf('127.0.0.1');
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })]);

  ended.throwIfAborted();
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const flags = ['--silent', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck', '--loose'];
  const settings = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--oauth', 'basic', '--cert', certFile, '--key', keyFile];
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, program, ...flags, ...settings], {
    cwd: directory,
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
  try {
    return { port: await listening(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the line in which azurite names its port. */
function listening(child: ChildProcess): Promise<number> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`azurite ${why}:\n${output}`));
    const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const port = /successfully listens on https:\/\/[^\s:]+:(\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code ?? 'none'}`);
    });
  });
}
