import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RESULTS_URL } from '../hosts/github-cache.js';
import { idTokenRequestUrl } from '../hosts/github-oidc.js';
import { ConcurrencyGroups } from './concurrency.js';
import { RunControl } from './control.js';
import { InvalidFile } from './documents.js';
import type { Sources } from './plan.js';
import type { Artifact, JobResult, RunEvent, RunOptions } from './types.js';

const DEFAULT_API_URL = 'https://api.github.com';

type Payload = Readonly<Record<string, unknown>>;

/** What all jobs of one run share. */
export class Run {
  readonly id: number;
  readonly attempt: number;
  readonly actor: string;
  /** `refs/heads/main`, `refs/pull/7/merge`. */
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly payload: Payload;
  /** A pull request from another repository gets no secrets and nothing to write with. */
  readonly fromFork: boolean;
  /** Private to this run. */
  readonly directory: string;
  readonly eventPath: string;
  readonly sources: Sources;
  readonly concurrency: ConcurrencyGroups;
  readonly control: RunControl;
  readonly oidcRequestUrl: string;
  readonly cacheUrl: string;
  readonly apiUrl: string;
  readonly grace: { readonly interruptMs: number; readonly terminateMs: number };
  readonly results: JobResult[] = [];
  readonly errors: string[] = [];
  readonly artifacts = new Map<string, Artifact>();

  /** @param inputs inputs of a dispatch, as strings, for `github.event.inputs` */
  constructor(
    readonly options: RunOptions,
    inputs: Readonly<Record<string, string>> | undefined,
  ) {
    const { world, event } = options;
    const { repository } = world.github;
    this.id = options.rerun?.runId ?? world.github.nextId();
    this.attempt = (options.rerun?.attempt ?? 0) + 1;
    for (const artifact of options.rerun?.artifacts ?? []) this.artifacts.set(artifact.name, artifact);
    this.actor = options.actor ?? 'octocat';
    const pull = asObject(event.payload?.pull_request);
    this.headRef = asString(asObject(pull.head).ref);
    this.baseRef = asString(asObject(pull.base).ref);
    const headRepository = asString(asObject(asObject(pull.head).repo).full_name);
    this.fromFork = event.name === 'pull_request' && headRepository !== '' && headRepository !== repository;
    this.ref = options.ref ?? refOf(event.name, event.payload ?? {}, this.baseRef);
    this.sha = options.sha ?? (asString(event.payload?.after) || fingerprint(`${repository}@${this.ref}`));
    const [owner = ''] = repository.split('/');
    this.payload = {
      repository: {
        full_name: repository,
        name: repository.split('/')[1],
        id: world.github.repositoryId,
        default_branch: 'main',
        owner: { login: owner, id: world.github.ownerId },
      },
      sender: { login: this.actor },
      ...(inputs ? { inputs } : {}),
      ...event.payload,
    };
    this.directory = path.join(options.workDirectory, `run-${this.id}${this.attempt === 1 ? '' : `-${this.attempt}`}`);
    mkdirSync(this.directory, { recursive: true });
    this.eventPath = path.join(this.directory, 'event.json');
    writeFileSync(this.eventPath, JSON.stringify(this.payload, null, 2));
    this.sources = sourcesOf(options, this.ref, this.sha);
    this.concurrency = ConcurrencyGroups.of(world);
    this.control = options.control ?? new RunControl();
    this.oidcRequestUrl = options.oidcRequestUrl ?? idTokenRequestUrl(this.id);
    this.cacheUrl = options.cacheUrl ?? RESULTS_URL;
    this.apiUrl = options.apiUrl ?? DEFAULT_API_URL;
    this.grace = options.grace ?? { interruptMs: 7500, terminateMs: 2500 };
  }

  /** Variables of the repository; a pull request from a fork sees none. */
  get variables(): Readonly<Record<string, string>> {
    return this.fromFork ? {} : (this.options.variables ?? {});
  }

  /** A job that succeeded in the attempt before, and so has nothing to do again. */
  succeededBefore(id: string): JobResult | undefined {
    return this.options.rerun?.jobs.find((job) => job.id === id && job.conclusion === 'success');
  }

  emit(event: RunEvent): void {
    this.options.onEvent?.(event);
  }

  /** A job came to its end; every job of the workflow passes here once per leg. */
  finish(result: JobResult): void {
    this.results.push(result);
    this.emit({ type: 'job-finished', job: result.id, name: result.name, conclusion: result.conclusion });
  }
}

/** The caller at the event's commit, and the action at the ref users write. */
function sourcesOf(options: RunOptions, ref: string, sha: string): Sources {
  const { actionRef, actionRepository, actionRoot, callerRoot, world } = options;
  return {
    caller: { repository: world.github.repository, shortRef: ref.replace(/^refs\/(heads|tags)\//, ''), ref, sha, root: callerRoot },
    action: {
      repository: actionRepository,
      shortRef: actionRef,
      ref: /^v\d/.test(actionRef) ? `refs/tags/${actionRef}` : `refs/heads/${actionRef}`,
      sha: /^[0-9a-f]{40}$/.test(actionRef) ? actionRef : fingerprint(`${actionRepository}@${actionRef}`),
      root: actionRoot,
    },
  };
}

function refOf(event: string, payload: Payload, baseRef: string): string {
  if (event === 'pull_request') {
    const number = payload.number ?? asObject(payload.pull_request).number;
    if (typeof number !== 'number') throw new InvalidFile(['A pull_request event needs its number in the payload']);
    return `refs/pull/${number}/merge`;
  }
  if (event === 'pull_request_target' && baseRef !== '') return `refs/heads/${baseRef}`;
  return asString(payload.ref) || 'refs/heads/main';
}

function fingerprint(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

function asObject(value: unknown): Payload {
  return value !== null && typeof value === 'object' ? (value as Payload) : {};
}

function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
