import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageCharts, type PackagedChart } from '../../../../rehearsal/charts/index.js';
import { CertificateAuthority } from '../../../../rehearsal/hosts/certificate-authority.js';
import { ChartRepositoryHost } from '../../../../rehearsal/hosts/charts.js';
import { ChartRegistryHost } from '../../../../rehearsal/hosts/oci.js';
import { startProxy, type Proxy } from '../../../../rehearsal/hosts/proxy.js';
import { fetchTools, type HelmMajor } from '../../../../rehearsal/tools/fetch.js';
import { World } from '../../../../rehearsal/world/world.js';

const run = promisify(execFile);
jest.setTimeout(60_000);
const cacheDirectory = path.resolve(import.meta.dirname, '../../../../.cache/tools');
const helms = new Map<HelmMajor, string>();
let scratch: string;
let world: World;
let proxy: Proxy;
let charts: PackagedChart[];

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'chart-hosts-'));
  world = await World.create();
  charts = await packageCharts(path.join(scratch, 'charts'));
  const authority = new CertificateAuthority();
  await writeFile(path.join(scratch, 'authority.pem'), authority.pem);
  await mkdir(path.join(scratch, 'no-certificates'));
  proxy = await startProxy(world, authority, [new ChartRepositoryHost(world, charts), new ChartRegistryHost(world, charts)]);
  for (const major of ['3', '4'] as const) helms.set(major, (await fetchTools({ helm: major, cacheDirectory })).helm);
}, 300_000);

afterAll(async () => {
  await proxy.stop();
  await rm(scratch, { recursive: true, force: true });
});

afterEach(() => {
  world.faults.chartMissing.clear();
  world.requests.surprises.length = 0;
});

/** Runs a real helm that can reach nothing but the proxy, in an empty home. */
async function helm(major: HelmMajor, ...argv: string[]): Promise<{ stdout: string; directory: string }> {
  const directory = await mkdtemp(path.join(scratch, 'home-'));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    HTTPS_PROXY: proxy.url,
    SSL_CERT_FILE: path.join(scratch, 'authority.pem'),
    SSL_CERT_DIR: path.join(scratch, 'no-certificates'),
  };
  const { stdout } = await run(helms.get(major) ?? '', argv, { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 });
  return { stdout, directory };
}

describe.each<HelmMajor>(['3', '4'])('chart repositories, with Helm %s', (major) => {
  it.each([
    ['https://langchain-ai.github.io/helm', 'langsmith', '0.13.28'],
    ['https://kubernetes.github.io/ingress-nginx', 'ingress-nginx', '4.15.1'],
    ['https://charts.jetstack.io', 'cert-manager', 'v1.21.0'],
    ['https://kedacore.github.io/charts', 'keda', '2.21.1'],
    ['https://istio-release.storage.googleapis.com/charts', 'base', '1.30.4'],
    ['https://istio-release.storage.googleapis.com/charts', 'istiod', '1.30.4'],
    ['https://istio-release.storage.googleapis.com/charts', 'gateway', '1.30.4'],
  ])('pulls from %s', async (repository, name, version) => {
    const { directory } = await helm(major, 'pull', name, '--repo', repository, '--version', version);
    expect(await readdir(directory)).toContain(`${name}-${version}.tgz`);
  });

  it('shows the newest chart of a repository', async () => {
    const { stdout } = await helm(major, 'show', 'chart', 'langsmith', '--repo', 'https://langchain-ai.github.io/helm');
    expect(stdout).toContain('version: 0.13.28');
  });

  it('refuses a version that was never published', async () => {
    const pull = helm(major, 'pull', 'langsmith', '--repo', 'https://langchain-ai.github.io/helm', '--version', '9.9.9');
    await expect(pull).rejects.toThrow(/langsmith.*9\.9\.9.*not found/);
  });

  it('loses a chart when the fault says so', async () => {
    world.faults.chartMissing.add('keda');
    await expect(helm(major, 'pull', 'keda', '--repo', 'https://kedacore.github.io/charts')).rejects.toThrow('404 Not Found');
    await helm(major, 'pull', 'cert-manager', '--repo', 'https://charts.jetstack.io');
  });

  it('reports a request nobody modelled', async () => {
    await expect(helm(major, 'repo', 'add', 'elsewhere', 'https://charts.jetstack.io/elsewhere')).rejects.toThrow('501 Not Implemented');
    expect(world.requests.surprises.join()).toContain('GET https://charts.jetstack.io/elsewhere/index.yaml');
  });
});

describe.each<HelmMajor>(['3', '4'])('chart registry, with Helm %s', (major) => {
  it('pulls a chart by version', async () => {
    const { directory } = await helm(major, 'pull', 'oci://registry.contoso.example/charts/langsmith', '--version', '0.13.28');
    expect(await readdir(directory)).toContain('langsmith-0.13.28.tgz');
  });

  it("pulls Envoy Gateway's chart from Docker's registry, and nothing else from there", async () => {
    const { directory } = await helm(major, 'pull', 'oci://docker.io/envoyproxy/gateway-helm', '--version', 'v1.9.2');
    expect(await readdir(directory)).toContain('gateway-helm-v1.9.2.tgz');
    await expect(helm(major, 'pull', 'oci://docker.io/envoyproxy/keda', '--version', '2.21.1')).rejects.toThrow(/not found|NAME_UNKNOWN/);
    expect(world.requests.surprises).toEqual([]);
  });

  it('picks the newest chart when no version is asked for', async () => {
    const { stdout } = await helm(major, 'show', 'chart', 'oci://registry.contoso.example/charts/ingress-nginx');
    expect(stdout).toContain('version: 4.15.1');
  });

  it('renders straight from the registry', async () => {
    const argv = ['template', 'ingress-nginx', 'oci://registry.contoso.example/charts/ingress-nginx', '--version', '4.15.1'];
    expect((await helm(major, ...argv)).stdout).toContain('name: ingress-nginx-controller');
  });

  it('does not know other versions, or charts the fault took away', async () => {
    const langsmith = 'oci://registry.contoso.example/charts/langsmith';
    await expect(helm(major, 'pull', langsmith, '--version', '9.9.9')).rejects.toThrow(/not found/);
    world.faults.chartMissing.add('langsmith');
    await expect(helm(major, 'pull', langsmith, '--version', '0.13.28')).rejects.toThrow(/not found|name_unknown|NAME_UNKNOWN/);
  });

  it('is read-only', async () => {
    const push = helm(major, 'push', charts[0]?.file ?? '', 'oci://registry.contoso.example/charts');
    await expect(push).rejects.toThrow(/405|read-only/);
    expect(world.requests.surprises).toEqual([]);
  });
});
