import { randomUUID } from 'node:crypto';
import { at, children, isTree, type Tree } from '../admission/tree.js';
import { ApiError, type KubeObject, type PodLogs } from '../api.js';
import { badRequest, invalid } from '../errors.js';
import { decodeObject } from '../schema/decode.js';
import { builtInShape } from '../schema/shapes.js';
import { mergePatch } from '../patch/merge.js';
import type { ObjectStore } from '../store.js';
import type { Exchange } from './exchange.js';
import { labelSelector } from './selectors.js';
import type { Rest, Target } from './rest.js';
import { copy } from '../json.js';

/** How often a followed log is looked at for new lines, in ms. */
const FOLLOW_MS = 150;

/** scale, log, eviction and token: the doors an object has besides itself and its status. */
export class Subresources {
  /** Tokens handed out for service accounts, and whose they are. */
  readonly tokens = new Map<string, { readonly user: string; readonly expires: number }>();

  constructor(
    private readonly store: ObjectStore,
    private readonly rest: Rest,
    private readonly logs: PodLogs,
    private readonly now: () => number,
  ) {}

  /** GET, PUT and PATCH of `/scale`. */
  scale(exchange: Exchange, target: Target): void {
    const { type, version } = target;
    const paths = type.custom?.get(version)?.scale ?? { spec: 'spec.replicas', status: 'status.replicas' };
    const current = this.rest.require(target);
    if (exchange.method === 'GET') {
      exchange.send(200, scaleOf(current, paths));
      return;
    }
    const body = exchange.value();
    const wanted = exchange.method === 'PUT' ? body : mergePatch(scaleOf(current, paths), body);
    const scale = decodeObject(
      isTree(wanted) ? wanted : {},
      builtInShape('autoscaling/v1', 'Scale') ?? { is: 'any' },
      'Scale in version "v1" cannot be handled as a Scale',
    ).value;
    const resourceVersion = at(scale, 'metadata.resourceVersion');
    if (typeof resourceVersion === 'string' && resourceVersion !== '') current.metadata.resourceVersion = resourceVersion;
    const replicas = Number(at(scale, 'spec.replicas') ?? 0);
    if (!Number.isInteger(replicas) || replicas < 0) {
      throw invalid({ group: 'autoscaling', plural: 'scales', kind: 'Scale' }, current.metadata.name, [
        { field: 'spec.replicas', reason: 'FieldValueInvalid', message: `Invalid value: ${replicas}: must be greater than or equal to 0` },
      ]);
    }
    const next = copy(current);
    setAt(next, paths.spec, replicas);
    exchange.send(200, scaleOf(this.rest.write(exchange, target, this.rest.require(target), next), paths));
  }

  /** GET of a pod's log, followed when asked. */
  log(exchange: Exchange, target: Target): void {
    const pod = this.rest.require(target);
    const container = chosenContainer(pod, exchange.query.get('container'));
    const status = statusesOf(pod).find((candidate) => candidate['name'] === container);
    const previous = exchange.query.get('previous') === 'true';
    if (previous && !(Number(status?.['restartCount'] ?? 0) > 0))
      throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
    const lines = this.logs.get(pod.metadata.uid)?.get(container);
    if (!lines) {
      const reason = at(status, 'state.waiting.reason') ?? 'ContainerCreating';
      throw badRequest(
        `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${reason === 'ImagePullBackOff' || reason === 'ErrImagePull' ? 'trying and failing to pull image' : String(reason)}`,
      );
    }
    const tail = exchange.query.get('tailLines');
    const first = tail === null ? 0 : Math.max(0, lines.length - Number(tail));
    const stamp = exchange.query.get('timestamps') === 'true' ? `${new Date(this.now()).toISOString().replace('Z', '000000Z')} ` : '';
    const print = (from: number) => lines.slice(from).map((line) => `${stamp}${line}\n`);
    exchange.response.writeHead(200, { 'content-type': 'text/plain' });
    if (exchange.query.get('follow') === 'true') this.#follow(exchange, pod, first, lines, print);
    else
      exchange.response.end(
        print(first)
          .join('')
          .slice(0, Number(exchange.query.get('limitBytes') ?? Infinity)),
      );
  }

  #follow({ response }: Exchange, pod: KubeObject, first: number, lines: readonly string[], print: (from: number) => string[]): void {
    let printed = first;
    const step = (): void => {
      const fresh = print(printed);
      printed = lines.length;
      if (fresh.length > 0) response.write(fresh.join(''));
      const live = this.store.get('Pod', pod.metadata.namespace, pod.metadata.name);
      const ended = !live || live.metadata.uid !== pod.metadata.uid || ['Succeeded', 'Failed'].includes(String(at(live, 'status.phase')));
      if (!ended) return;
      clearInterval(timer);
      response.end();
    };
    const timer = setInterval(step, FOLLOW_MS);
    timer.unref();
    response.on('close', () => clearInterval(timer));
    response.flushHeaders();
    step();
  }

  /** POST of a pod's eviction: refused while a disruption budget allows none. */
  eviction(exchange: Exchange, target: Target): void {
    const pod = this.rest.require(target);
    const budgets = this.store
      .peek('policy/PodDisruptionBudget', pod.metadata.namespace)
      .filter((budget) => selects(at(budget, 'spec.selector'), pod));
    const spent = budgets.find((budget) => Number(at(budget, 'status.disruptionsAllowed') ?? 0) < 1);
    if (spent) {
      throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${spent.metadata.name} allows no disruption now` }],
      });
    }
    if (!exchange.dryRun) this.store.remove('Pod', pod.metadata.namespace, pod.metadata.name);
    exchange.send(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }

  /** POST of a TokenRequest: a token in a JWT's clothes that this server recognises again. */
  token(exchange: Exchange, target: Target): void {
    const account = this.rest.require(target);
    const body = exchange.object();
    const seconds = Number(at(body, 'spec.expirationSeconds') ?? 3600);
    const expires = this.now() + seconds * 1000;
    const user = `system:serviceaccount:${account.metadata.namespace ?? ''}:${account.metadata.name}`;
    const part = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const claims = { sub: user, aud: at(body, 'spec.audiences') ?? [], exp: Math.floor(expires / 1000), jti: randomUUID() };
    const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.${part('rehearsal')}`;
    this.tokens.set(token, { user, expires });
    const status = { token, expirationTimestamp: new Date(expires).toISOString().replace(/\.\d+Z$/, 'Z') };
    const metadata = { name: account.metadata.name, namespace: account.metadata.namespace };
    exchange.send(201, {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata,
      spec: { ...(body['spec'] as Tree | undefined), expirationSeconds: seconds },
      status,
    });
  }
}

function scaleOf(object: KubeObject, paths: { spec: string; status: string }): Tree {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = Object.entries((at(object, 'spec.selector.matchLabels') ?? {}) as Tree).map(([key, value]) => `${key}=${String(value)}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(at(object, paths.spec) ?? 0) },
    status: { replicas: Number(at(object, paths.status) ?? 0), ...(labels.length > 0 ? { selector: labels.join(',') } : {}) },
  };
}

function setAt(object: KubeObject, path: string, value: unknown): void {
  const keys = path.split('.');
  let node: Tree = object;
  for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Tree;
  node[keys.at(-1) ?? ''] = value;
}

function statusesOf(pod: KubeObject): Tree[] {
  const status = pod['status'] as Tree | undefined;
  return [...children(status, 'initContainerStatuses'), ...children(status, 'containerStatuses')];
}

function chosenContainer(pod: KubeObject, asked: string | null): string {
  const spec = pod['spec'] as Tree;
  const regular = children(spec, 'containers').map((container) => String(container['name']));
  const all = [...regular, ...children(spec, 'initContainers').map((container) => String(container['name']))];
  if (asked !== null && asked !== '') {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
    return asked;
  }
  const [only] = regular;
  if (only === undefined || all.length > 1)
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${all.join(' ')}]`);
  return only;
}

/** A selector in an object's spec: labels and expressions. */
function selects(selector: unknown, object: KubeObject): boolean {
  if (!isTree(selector)) return false;
  const equal = Object.entries((selector['matchLabels'] ?? {}) as Tree).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = children(selector, 'matchExpressions').map((expression) => {
    const key = String(expression['key']);
    const values = `(${((expression['values'] ?? []) as string[]).join(',')})`;
    return (
      { In: `${key} in ${values}`, NotIn: `${key} notin ${values}`, Exists: key, DoesNotExist: `!${key}` }[
        String(expression['operator'])
      ] ?? key
    );
  });
  return labelSelector([...equal, ...expressions].join(','))(object);
}
