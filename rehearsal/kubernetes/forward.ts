import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Cluster } from '../world/clusters.js';
import { ApiError } from './api.js';
import { statusOf } from './errors.js';

const Kubeconfig = z.looseObject({
  'current-context': z.string(),
  contexts: z.array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.looseObject({
      name: z.string(),
      cluster: z.looseObject({
        server: z.url(),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': z.string().optional(),
        'insecure-skip-tls-verify': z.boolean().optional(),
        'tls-server-name': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.looseObject({
      name: z.string(),
      user: z.looseObject({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key': z.string().optional(),
        'client-key-data': z.string().optional(),
        exec: z.unknown().optional(),
        'auth-provider': z.unknown().optional(),
      }),
    }),
  ),
});

/** A real API server and how to speak to it. */
interface Upstream {
  readonly server: URL;
  readonly agent: Agent;
  readonly token: string | undefined;
}

/** Headers that belong to one connection, and the caller's own credentials. */
const DROPPED = new Set(['authorization', 'host', 'connection', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'upgrade']);

async function readUpstream(file: string): Promise<Upstream> {
  const parsed = Kubeconfig.safeParse(parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is no kubeconfig that can be used: ${z.prettifyError(parsed.error)}`);
  const config = parsed.data;
  const named = <T extends { name: string }>(what: string, list: readonly T[], name: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (!found) throw new Error(`${file} names the ${what} "${name}" and does not define it`);
    return found;
  };
  const { context } = named('context', config.contexts, config['current-context']);
  const { cluster } = named('cluster', config.clusters, context.cluster);
  const { user } = named('user', config.users, context.user);
  if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    throw new Error(
      `${file}: the user "${context.user}" signs in through a plugin, which a rehearsal does not run. Give a kubeconfig with a token or a client certificate, for example one made with "kubectl create token".`,
    );
  }

  const beside = (path: string) => resolve(dirname(file), path);
  const content = async (data: string | undefined, path: string | undefined) =>
    data !== undefined ? Buffer.from(data, 'base64') : path === undefined ? undefined : await readFile(beside(path));
  const [ca, cert, key] = await Promise.all([
    content(cluster['certificate-authority-data'], cluster['certificate-authority']),
    content(user['client-certificate-data'], user['client-certificate']),
    content(user['client-key-data'], user['client-key']),
  ]);
  const token = user.token ?? (user.tokenFile === undefined ? undefined : (await readFile(beside(user.tokenFile), 'utf8')).trim());
  const agent = new Agent({
    keepAlive: true,
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
  });
  return { server: new URL(cluster.server), agent, token };
}

function forward({ server, agent, token }: Upstream, request: IncomingMessage, response: ServerResponse): void {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !DROPPED.has(name)));
  const target = new URL(`${server.pathname.replace(/\/$/, '')}${request.url ?? '/'}`, server);
  const options = { method: request.method, headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } };
  const answer = (reply: IncomingMessage): void => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  };
  const outgoing =
    target.protocol === 'https:' ? httpsRequest(target, { ...options, agent }, answer) : httpRequest(target, options, answer);
  outgoing.on('error', (error) => {
    const refusal = new ApiError(502, 'ServiceUnavailable', `the real cluster at ${server.host} does not answer: ${error.message}`);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(refusal)));
  });
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/**
 * Answers a cluster's API host from the real cluster that a kubeconfig's current context names, with its credentials in
 * place of the caller's.
 * @throws Error when the file cannot be used; sign-in plugins (exec, auth-provider) are refused
 */
export async function forwardTo(kubeconfigFile: string): Promise<NonNullable<Cluster['handle']>> {
  const upstream = await readUpstream(kubeconfigFile);
  return (request, response) => forward(upstream, request, response);
}
