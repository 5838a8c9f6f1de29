import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import type { Host } from '../../../../rehearsal/hosts/index.js';
import { readBody, text } from '../../../../rehearsal/hosts/reply.js';
import { job, run, send, stage, type Stage } from './support.js';

jest.setTimeout(60_000);

const FQDN = 'langsmith-aks-1a2b3c4d.hcp.eastus.azmk8s.io';

/** Answers with what it was sent; `/late` answers in two pieces, the second only when asked to. */
class Echo implements Host {
  readonly name = 'echo';
  finish: (() => void) | undefined;

  matches(hostname: string): boolean {
    return hostname === 'echo.example.org';
  }

  async handle(...[request, response]: Parameters<Host['handle']>): Promise<void> {
    if (request.url === '/broken') throw new Error('echo is broken');
    if (request.url === '/watch') {
      response.writeHead(200).write('first\n');
      this.finish = () => response.end('last\n');
      return;
    }
    // The handler may look at the body later than it arrives.
    await new Promise((resolve) => setTimeout(resolve, 20));
    text(response, 200, (await readBody(request)).toString('latin1'));
  }
}

describe('the proxy', () => {
  let at: Stage;
  const echo = new Echo();
  beforeAll(async () => {
    at = await stage({ extraHosts: [echo] });
  });
  afterAll(() => at.stop());

  it('gives a run exactly the environment a runner behind a proxy has', async () => {
    expect(Object.keys(at.hosts.env).sort()).toEqual(
      [
        'HTTPS_PROXY',
        'HTTP_PROXY',
        'NODE_EXTRA_CA_CERTS',
        'NO_PROXY',
        'SSL_CERT_DIR',
        'SSL_CERT_FILE',
        'http_proxy',
        'https_proxy',
        'no_proxy',
      ].sort(),
    );
    expect(at.hosts.env['HTTPS_PROXY']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await readdir(at.hosts.env['SSL_CERT_DIR'] ?? '')).toEqual([]);
    expect(await readFile(at.hosts.caFile, 'utf8')).not.toContain('PRIVATE KEY');
  });

  it('passes bodies through and keeps a copy of text and of bytes', async () => {
    expect((await send(at, 'POST', 'https://echo.example.org/a?b=c', { body: 'grüße' })).status).toBe(200);
    const bytes = String.fromCharCode(0xff, 0x00, 0x41, 0xfe);
    await run(process.execPath, ['--input-type=module', '-e', nodeClient('https://echo.example.org/bytes', bytes)], {
      env: at.environment(job(at.world)),
    });
    const seen = at.world.requests.to('echo.example.org');
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/a?b=c', body: 'grüße', status: 200 });
    expect(seen.find((request) => request.path === '/bytes')?.body).toBe(bytes);
  });

  it('lets a watch stream', async () => {
    const env = at.environment(job(at.world));
    const running = run(
      process.execPath,
      ['--input-type=module', '-e', nodeClient('https://echo.example.org/watch', '', "process.stdout.write('got ' + chunk)")],
      { env },
    );
    while (!echo.finish) await new Promise((resolve) => setTimeout(resolve, 20));
    echo.finish();
    expect((await running).stdout.replaceAll('got ', '')).toBe('first\nlast\n');
  });

  it('refuses unknown hosts by name, and remembers them', async () => {
    await expect(send(at, 'GET', 'https://registry.example.org/')).rejects.toThrow(
      /502: .*ENOTFOUND registry\.example\.org.*nothing leaves this machine/,
    );
    expect(at.world.requests.surprises.pop()).toBe('unknown host registry.example.org');
    expect(at.world.requests.to('registry.example.org')).toMatchObject([{ method: 'CONNECT', status: 502 }]);
  });

  it('reports a host that fails', async () => {
    const answer = await send(at, 'GET', 'https://echo.example.org/broken');
    expect(answer.text).toContain('echo is broken');
    expect(at.world.requests.surprises.pop()).toBe('echo failed: echo is broken');
  });

  it('does not carry plain HTTP', async () => {
    const { hostname, port } = new URL(at.hosts.env['HTTPS_PROXY'] ?? '');
    const status = await new Promise((resolve) => {
      httpRequest({ hostname, port, path: 'http://example.org/', agent: new Agent() }, (response) =>
        resolve(response.resume().statusCode),
      ).end();
    });
    expect(status).toBe(403);
    expect(at.world.requests.surprises.pop()).toBe('plain HTTP through the proxy: GET http://example.org/');
  });

  it('brings the API of a cluster to whoever plays it', async () => {
    await expect(send(at, 'GET', `https://${FQDN}/version`)).rejects.toThrow(/ENOTFOUND/);
    at.world.requests.surprises.pop();
    const cluster = {
      name: 'langsmith-aks',
      resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/langsmith-aks',
      fqdn: FQDN,
      oidcIssuerUrl: 'https://eastus.oic.prod-aks.azure.com/t/u/',
      kubernetesVersion: '1.35',
      localAccountDisabled: true,
      nodePools: [],
    };
    at.world.addCluster(cluster);
    expect((await send(at, 'GET', `https://${FQDN}/version`)).status).toBe(501);
    expect(at.world.requests.surprises.pop()).toContain('nobody plays this cluster');
    at.world.addCluster({ ...cluster, handle: (_request, response) => text(response, 200, 'v1.35') });
    expect((await send(at, 'GET', `https://${FQDN}/version`)).text).toBe('v1.35');
  });

  it('stops with everything it started, and takes its files along', async () => {
    const other = await stage();
    const { hostname, port } = new URL(other.hosts.env['HTTPS_PROXY'] ?? '');
    await other.stop();
    expect(existsSync(path.join(other.directory, 'hosts'))).toBe(false);
    await expect(
      new Promise((_resolve, reject) => httpRequest({ hostname, port, agent: false }).once('error', reject).end()),
    ).rejects.toThrow('ECONNREFUSED');
  });
});

/** Source of a Node program that posts latin1 `body` with the toolkit's HTTP client, which honours the proxy variables. */
function nodeClient(url: string, body: string, onChunk = ''): string {
  return `
    import { Readable } from 'node:stream';
    import { HttpClient } from ${JSON.stringify(import.meta.resolve('@actions/http-client'))};
    const body = Buffer.from(${JSON.stringify(body)}, 'latin1');
    const answer = await new HttpClient('test').sendStream('POST', ${JSON.stringify(url)}, Readable.from(body.length > 0 ? [body] : []), {});
    for await (const chunk of answer.message) { ${onChunk} }
    process.exit(0);`;
}
