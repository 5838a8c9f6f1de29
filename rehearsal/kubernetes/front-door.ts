import type { FrontDoor, FrontDoorAnswer, Greeting } from '../world/clusters.js';
import type { ClusterStore, KubeObject } from './api.js';
import { entranceAt } from './controllers/routing/entrances.js';
import { greet, serve } from './controllers/routing/serve.js';
import { selfSigned } from '../x509.js';
import { isReady, podSpec } from './controllers/types.js';

const YEAR = 365 * 86_400_000;
const SERVERS = { nginx: 'nginx', istio: 'istio-envoy', envoy: 'envoy', direct: '' } as const;
const REASONS: Readonly<Record<number, string>> = {
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

/** What the internet sees of a played cluster: name, certificate and answer as its controllers and pods stand at that moment. */
export function frontDoorOf(store: ClusterStore, now: () => number): FrontDoor {
  let fake: Greeting | undefined;
  return {
    greet(address, port, host) {
      const welcome = greet(store, address, port, host);
      if (welcome?.is !== 'fake') return welcome;
      fake ??= { is: 'tls', ...selfSigned(['ingress.local'], now() - YEAR, now() + YEAR) };
      return fake;
    },
    answer(address, port, host, method, path) {
      const kind = entranceAt(store, address)?.kind ?? 'direct';
      const served = serve(store, address, port, host, path);
      const answer = served.is === 'pod' ? podAnswer(store, served.pod, method, path) : statusAnswer(served.status, served.location);
      return answer && { ...answer, headers: { ...(SERVERS[kind] ? { server: SERVERS[kind] } : {}), ...answer.headers } };
    },
  };
}

function statusAnswer(status: number, location?: string): FrontDoorAnswer {
  const title = `${status} ${REASONS[status] ?? ''}`.trim();
  return {
    status,
    headers: { 'content-type': 'text/html', ...(location === undefined ? {} : { location }) },
    body: `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\n`,
  };
}

const text = (body: string, status = 200): FrontDoorAnswer => ({ status, headers: { 'content-type': 'text/plain' }, body });

/** The programs that a request from outside can reach. A method that nobody rehearsed gets no answer at all. */
function podAnswer(store: ClusterStore, pod: KubeObject, method: string, path: string): FrontDoorAnswer | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const component = pod.metadata.labels?.['app.kubernetes.io/component'] ?? '';
  if (component.endsWith('-frontend')) return frontendAnswer(store, pod, component.replace(/-frontend$/, ''), path);
  return ['/', '/ok', '/health'].includes(path) ? text('ok') : text('Not Found', 404);
}

/** LangSmith's front end: pages for everything but the API, which it hands to the back end. */
function frontendAnswer(store: ClusterStore, pod: KubeObject, prefix: string, path: string): FrontDoorAnswer {
  const variables = podSpec(pod).containers.flatMap((container) => container.env ?? []);
  const base = variables.find((variable) => variable.name === 'VITE_SELF_HOSTED_BASE_PATH')?.value ?? '';
  const own = base !== '' && path.startsWith(`/${base.replace(/^\//, '')}`) ? path.slice(base.replace(/^\//, '').length + 1) || '/' : path;
  if (own === '/health') return text('OK');
  if (!own.startsWith('/api/'))
    return { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>LangSmith</title>\n' };
  const backend = store
    .list('Pod', pod.metadata.namespace)
    .find((candidate) => candidate.metadata.labels?.['app.kubernetes.io/component'] === `${prefix}-backend` && isReady(candidate));
  if (!backend) return statusAnswer(502);
  if (own !== '/api/v1/info' && own !== '/api/info')
    return { status: 404, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ detail: 'Not Found' }) };
  const version = backend.metadata.labels?.['app.kubernetes.io/version'] ?? imageTag(backend);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ version, instance_flags: {} }) };
}

function imageTag(pod: KubeObject): string {
  return /:([^:/@]+)$/.exec(podSpec(pod).containers[0]?.image ?? '')?.[1] ?? '';
}
