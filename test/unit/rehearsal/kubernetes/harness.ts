import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../../../../rehearsal/hosts/certificate-authority.js';

export const TOKEN = 'a-token-of-the-test';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One API served over TLS on a free port, and a kubeconfig for it in a directory of its own. */
export class Harness {
  private constructor(
    readonly folder: string,
    readonly kubeconfig: string,
    readonly url: string,
    readonly authority: string,
    private readonly server: Server,
  ) {}

  static async start(handle: (request: IncomingMessage, response: ServerResponse) => void, token = TOKEN): Promise<Harness> {
    const authority = new CertificateAuthority();
    const { cert, key } = authority.leaf('127.0.0.1');
    const server = createServer({ cert, key, keepAliveTimeout: 120_000 }, handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-test-'));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(authority.pem).toString('base64') } }],
        users: [{ name: 'test', user: { token } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      }),
    );
    return new Harness(folder, kubeconfig, url, authority.pem, server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a client against this API; never throws for a failing exit code. */
  run(program: string, args: readonly string[], input = ''): Promise<Result> {
    return new Promise((resolve, reject) => {
      const env = { PATH: process.env['PATH'], HOME: this.folder, KUBECONFIG: this.kubeconfig, KUBECACHEDIR: join(this.folder, 'cache') };
      const child = spawn(program, args, { env, cwd: this.folder });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      child.on('error', reject);
      child.on('close', (code) =>
        resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
      );
      child.stdin.end(input);
    });
  }
}
