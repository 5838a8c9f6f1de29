import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { text as readText } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { Agent, request as httpsRequest } from 'node:https';
import type { JobIdentity, JobTokens } from '../../../../rehearsal/world/github.js';
import { World, type WorldOptions } from '../../../../rehearsal/world/world.js';
import { RESULTS_URL, idTokenRequestUrl, startHosts, type Host, type RunningHosts } from '../../../../rehearsal/hosts/index.js';
import { prepareTenant, type Tenant, type TenantOptions } from '../../../../rehearsal/hosts/setup.js';

export interface Stage {
  readonly world: World;
  readonly tenant: Tenant;
  readonly hosts: RunningHosts;
  readonly directory: string;
  /** The environment of a job's step: proxy, authority and the job's tokens, and nothing of this process but PATH. */
  environment(job: JobTokens): Record<string, string>;
  stop(): Promise<void>;
}

/** A world with a tenant and its hosts, in a private directory. */
export async function stage(
  options: { world?: Partial<WorldOptions>; tenant?: Partial<TenantOptions>; extraHosts?: readonly Host[] } = {},
): Promise<Stage> {
  const directory = await mkdtemp(path.join(tmpdir(), 'rehearsal-hosts-'));
  const world = await World.create(options.world);
  const tenant = prepareTenant(world, { environmentSubjects: ['production'], ...options.tenant });
  const hosts = await startHosts(world, { directory, extraHosts: options.extraHosts ?? [] });
  return {
    world,
    tenant,
    hosts,
    directory,
    environment: (job) => ({
      ...hosts.env,
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      RUNNER_TEMP: directory,
      GITHUB_WORKSPACE: directory,
      ACTIONS_ID_TOKEN_REQUEST_URL: idTokenRequestUrl(job.job.runId),
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: job.idTokenRequestToken,
      ACTIONS_RESULTS_URL: RESULTS_URL,
      ACTIONS_RUNTIME_TOKEN: job.runtimeToken,
      ACTIONS_CACHE_SERVICE_V2: 'true',
      GITHUB_TOKEN: job.githubToken,
    }),
    stop: async () => {
      await hosts.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Registers a job of the world's repository. */
export function job(world: World, overrides: Partial<JobIdentity> = {}): JobTokens {
  const { repository, repositoryId, ownerId } = world.github;
  return world.github.registerJob({
    repository,
    repositoryId,
    ownerId,
    ref: 'refs/heads/main',
    sha: 'a'.repeat(40),
    eventName: 'workflow_dispatch',
    environment: 'production',
    workflowRef: `${repository}/.github/workflows/langsmith.yml@refs/heads/main`,
    jobWorkflowRef: 'org/langsmith-azure/.github/workflows/production.yml@v1',
    runId: 4711,
    runAttempt: 1,
    actor: 'mona',
    permissions: { 'id-token': 'write', contents: 'read', 'pull-requests': 'write', actions: 'read' },
    ...overrides,
  });
}

/** An access token for `audience` as the deployer, without going through Entra. */
export async function deployerToken({ world, tenant }: Pick<Stage, 'world' | 'tenant'>, audience: string): Promise<string> {
  const principal = world.directory.byClientId(tenant.clientId);
  if (!principal) throw new Error('the tenant has no deployer');
  return world.directory.mint(principal, audience);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: unknown;
}

/** One request through the proxy, with the rehearsal's authority as the only trusted one. Rejects when the proxy refuses to connect. */
export async function send(
  { hosts }: Pick<Stage, 'hosts'>,
  method: string,
  url: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, pathname, search } = new URL(url);
  const socket = await tunnel(hosts, hostname);
  const agent = new Agent();
  agent.createConnection = () => socket;
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ agent, hostname, path: `${pathname}${search}`, method, headers }, (response) => {
      void readText(response).then((text) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      }, reject);
    });
    sent.once('error', reject).end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function tunnel(hosts: RunningHosts, hostname: string): Promise<TLSSocket> {
  const ca = await readFile(hosts.caFile);
  const proxy = new URL(hosts.env['HTTPS_PROXY'] ?? '');
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${hostname}:443`, agent: false });
    asked.once('error', reject);
    asked.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(new Error(`proxy answered ${response.statusCode ?? 0}: ${head.toString('utf8')}`));
        return;
      }
      const secure = connect({ socket, servername: hostname, ca }, () => resolve(secure));
      secure.once('error', reject);
    });
    asked.end();
  });
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with exactly this environment. */
export function run(file: string, args: readonly string[], options: { env: Record<string, string>; cwd?: string }): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], { env: options.env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = Promise.all([readText(child.stdout), readText(child.stderr)]);
    child.once('error', reject);
    child.once('close', (code) => void output.then(([stdout, stderr]) => resolve({ code, stdout, stderr })));
  });
}

const CLIENT = fileURLToPath(new URL('./client.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** Runs one operation of client.ts, the real SDKs in a process of their own. Resolves to what it returned or to its error. */
export async function client(
  env: Record<string, string>,
  operation: string,
  ...args: string[]
): Promise<{ value?: never; error?: string } | { value: unknown }> {
  const finished = await run(process.execPath, ['--import', TSX, CLIENT, operation, ...args], { env });
  const line = finished.stdout.split('\n').find((candidate) => candidate.startsWith('RESULT '));
  if (line === undefined)
    throw new Error(`client ${operation} ended with ${finished.code ?? 'none'}\n${finished.stdout}\n${finished.stderr}`);
  return JSON.parse(line.slice('RESULT '.length)) as { value: unknown };
}
