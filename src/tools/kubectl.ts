import path from 'node:path';
import type { ClusterAccess } from '../kubernetes/kubeconfig.js';
import type { KubeObject } from '../kubernetes/objects.js';
import { clusterEnvironment, CommandFailure, demandSuccess, lastLines, refusalOf } from './command.js';
import type { Exec, ExecResult } from './exec.js';
import { byObject, DIFF_PROGRAM, type ObjectDiff, parseDiff } from './kubectl-diff.js';
import { byScope } from './manifest-scope.js';

/** Owner of every field this action writes by itself; Helm owns the rest. */
export const FIELD_MANAGER = 'langsmith-azure';

/** Bound of a single request, so that a half-open connection cannot hang the run. */
const REQUEST_TIMEOUT = '60s';

/** Objects compared at once: a release has some eighty. */
const DIFF_CONCURRENCY = 8;

/** Of dry runs only. One that owns nothing takes nothing away: Helm itself would drop the marks it puts beside the manifest. */
const COMPARING_MANAGER = 'langsmith-azure-compare';

/** `resourceAttributes` of a SelfSubjectAccessReview; without namespace: in all of them. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

/** Why a rollout is not done. */
export interface RolloutProblem {
  /** Kubernetes' own words. */
  readonly said: string;
  /** The rollout had been given up before anybody waited: kubectl prints what it waits for, and waited for nothing. */
  readonly isOld: boolean;
}

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Last lines to fetch. */
  readonly tail: number;
  /** Of the container before its last restart. */
  readonly previous: boolean;
}

/** kubectl, always on one named cluster. Failures: see {@link demandSuccess}. */
export class Kubectl {
  constructor(
    private readonly exec: Exec,
    private readonly access: ClusterAccess,
  ) {}

  /** Name of the user the API server sees. */
  async whoAmI(): Promise<string> {
    const review = JSON.parse(await this.#demand(['auth', 'whoami', '--output=json'])) as { status?: { userInfo?: { username?: string } } };
    return review.status?.userInfo?.username ?? '';
  }

  /** Asks the API server's own authorizer, all questions in one call. Answers in the order of the questions. */
  async mayI(questions: readonly AccessQuestion[]): Promise<boolean[]> {
    const reviews = questions.map((resourceAttributes) => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: reviews });
    const text = await this.#demand(['create', '--filename=-', '--output=jsonpath={.status.allowed}{"\\n"}'], { stdin: list });
    return text
      .trim()
      .split('\n')
      .map((answer) => answer === 'true');
  }

  /** @param resources comma-separated plural names. @param namespace undefined: all namespaces. */
  async list(resources: string, namespace: string | undefined, selector?: string): Promise<KubeObject[]> {
    const scope = namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`;
    const args = ['get', resources, scope, '--output=json', ...(selector === undefined ? [] : [`--selector=${selector}`])];
    return (JSON.parse(await this.#demand(args)) as { items: KubeObject[] }).items;
  }

  /** Like `list` of all namespaces, and empty where the cluster serves no such kind. */
  async listServed(resource: string): Promise<KubeObject[]> {
    try {
      return await this.list(resource, undefined);
    } catch (error) {
      if (error instanceof CommandFailure && /the server doesn't have a resource type/.test(error.stderr)) return [];
      throw error;
    }
  }

  async get<T extends KubeObject>(resource: string, name: string, namespace?: string): Promise<T | undefined> {
    const scope = namespace === undefined ? [] : [`--namespace=${namespace}`];
    const text = await this.#demand(['get', resource, name, ...scope, '--ignore-not-found', '--output=json']);
    return text.trim() === '' ? undefined : (JSON.parse(text) as T);
  }

  /** One field of an object and nothing else of it; '' when the object or the field is not there. @param path JSONPath, `{.data.x}`. */
  async field(resource: string, name: string, namespace: string, path: string): Promise<string> {
    return this.#demand(['get', resource, name, `--namespace=${namespace}`, '--ignore-not-found', `--output=jsonpath=${path}`]);
  }

  /**
   * Server-side apply from standard input: nothing of the objects is in argv, in a file or in a last-applied annotation.
   * Fields that something else took over come back to us: this action is the one owner of what it applies.
   * @param namespace of objects that name none and need one.
   */
  async apply(objects: readonly object[], namespace?: string): Promise<void> {
    if (objects.length === 0) return;
    const scope = namespace === undefined ? [] : [`--namespace=${namespace}`];
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await this.#demand(['apply', '--server-side', '--force-conflicts', `--field-manager=${FIELD_MANAGER}`, '--filename=-', ...scope], {
      stdin: list,
    });
  }

  /**
   * Creates or replaces one object; with `metadata.resourceVersion` only if nobody changed it meanwhile.
   * @returns false when someone else was first.
   */
  async write(verb: 'create' | 'replace', object: object): Promise<boolean> {
    const result = await this.#call([verb, `--field-manager=${FIELD_MANAGER}`, '--filename=-'], { stdin: JSON.stringify(object) });
    if (result.code !== 0 && /AlreadyExists|already exists|Conflict|the object has been modified|NotFound/.test(result.stderr))
      return false;
    demandSuccess(`kubectl ${verb}`, result);
    return true;
  }

  /**
   * Which objects of a manifest are not in the cluster as it says, asked of the server by a dry run: it alone knows defaults and
   * equal spellings. Needs the program diff, which every runner has.
   * @param namespace of objects that name none and need one.
   * @param manager whose fields the manifest is. Without one, fields that the manifest does not set are not looked at.
   * @throws CommandFailure as soon as one object cannot be compared.
   */
  async diff(manifest: string, namespace: string, manager = COMPARING_MANAGER): Promise<ObjectDiff[]> {
    const { named, unnamed } = byScope(manifest);
    const [elsewhere, here] = await Promise.all([
      this.#diff(named, [], manager),
      this.#diff(unnamed, [`--namespace=${namespace}`], manager),
    ]);
    return [...elsewhere, ...here].sort(byObject);
  }

  async #diff(manifest: string, scope: readonly string[], manager: string): Promise<ObjectDiff[]> {
    if (manifest === '') return [];
    const ownership = ['--server-side', '--force-conflicts', `--field-manager=${manager}`];
    const args = ['diff', '--filename=-', ...scope, ...ownership, `--concurrency=${DIFF_CONCURRENCY}`];
    // kubectl writes the objects to a directory of its own in ours, and removes it at its end.
    const env = { KUBECTL_EXTERNAL_DIFF: DIFF_PROGRAM, LC_ALL: 'C', TMPDIR: path.dirname(this.access.kubeconfigPath) };
    const result = await this.#call(args, { stdin: manifest, env });
    const differences = parseDiff(result.stdout);
    if (result.code === 1 && differences.length > 0) return differences;
    demandSuccess('kubectl diff', result);
    return [];
  }

  /** @param type `merge` for an object, `json` for a list of operations. The patch is in argv: nothing secret goes here. */
  async patch(resource: string, name: string, namespace: string, type: 'merge' | 'json', patch: object): Promise<void> {
    await this.#demand([
      'patch',
      resource,
      name,
      `--namespace=${namespace}`,
      `--type=${type}`,
      `--field-manager=${FIELD_MANAGER}`,
      `--patch=${JSON.stringify(patch)}`,
    ]);
  }

  /** Asks for the deletion and does not wait for it. @param namespace undefined: the kind has none. */
  async delete(resource: string, name: string, namespace: string | undefined): Promise<void> {
    const scope = namespace === undefined ? [] : [`--namespace=${namespace}`];
    await this.#demand(['delete', resource, name, ...scope, '--ignore-not-found', '--wait=false']);
  }

  /** Watches a rollout until it is done, has failed, or `timeoutSeconds` have passed; undefined when done. */
  async awaitRollout(kind: string, name: string, namespace: string, timeoutSeconds: number): Promise<RolloutProblem | undefined> {
    const args = [
      'rollout',
      'status',
      `${kind.toLowerCase()}/${name}`,
      `--namespace=${namespace}`,
      `--timeout=${Math.max(1, Math.floor(timeoutSeconds))}s`,
    ];
    const result = await this.#call(args, {}, []);
    if (result.code === 0) return undefined;
    if (refusalOf(result.stderr) !== undefined) demandSuccess('kubectl rollout status', result);
    const isOld = result.stdout.trim() === '' && result.stderr.includes('exceeded its progress deadline');
    return { said: lastLines(result.stderr, 1), isOld };
  }

  /** Log lines of one container, or '' when there are none (never started, already gone). */
  async logs(request: LogRequest): Promise<string> {
    const args = ['logs', request.pod, `--namespace=${request.namespace}`, `--container=${request.container}`, `--tail=${request.tail}`];
    const result = await this.#call(request.previous ? [...args, '--previous'] : args);
    return result.code === 0 ? result.stdout : '';
  }

  async #demand(args: readonly string[], options: { stdin?: string } = {}): Promise<string> {
    return demandSuccess(`kubectl ${args.slice(0, 2).join(' ')}`, await this.#call(args, options));
  }

  /** Quiet always: what kubectl prints is data for us, and objects may hold secrets. */
  async #call(
    args: readonly string[],
    options: { stdin?: string; env?: Readonly<Record<string, string>> } = {},
    bounds = [`--request-timeout=${REQUEST_TIMEOUT}`],
  ): Promise<ExecResult> {
    const { kubeconfigPath, context } = this.access;
    return this.exec('kubectl', [...args, `--kubeconfig=${kubeconfigPath}`, `--context=${context}`, ...bounds], {
      ...options,
      quiet: true,
      env: { ...clusterEnvironment(this.access), ...options.env },
    });
  }
}
