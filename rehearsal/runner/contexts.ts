import path from 'node:path';
import type { WorkflowFile } from './documents.js';
import type { Run } from './run.js';

export type Context = Readonly<Record<string, unknown>>;

const SERVER_URL = 'https://github.com';

/** The `github` context as expressions outside a job see it. */
export function githubContext(run: Run, topWorkflow: WorkflowFile): Context {
  const { github } = run.options.world;
  const [owner = ''] = github.repository.split('/');
  const refName = run.ref.replace(/^refs\/(heads|tags|pull)\//, '');
  return {
    repository: github.repository,
    repository_id: String(github.repositoryId),
    repository_owner: owner,
    repository_owner_id: String(github.ownerId),
    repositoryUrl: `git://github.com/${github.repository}.git`,
    repository_visibility: 'private',
    run_id: String(run.id),
    run_number: '1',
    run_attempt: String(run.attempt),
    actor: run.actor,
    actor_id: '583231',
    triggering_actor: run.actor,
    workflow: topWorkflow.name,
    workflow_ref: workflowRef(topWorkflow),
    workflow_sha: topWorkflow.source.sha,
    event_name: run.options.event.name,
    event: run.payload,
    event_path: run.eventPath,
    ref: run.ref,
    ref_name: refName,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: false,
    sha: run.sha,
    head_ref: run.headRef,
    base_ref: run.baseRef,
    server_url: SERVER_URL,
    api_url: run.apiUrl,
    graphql_url: `${run.apiUrl}/graphql`,
    retention_days: '90',
    secret_source: run.fromFork ? 'None' : 'Actions',
  };
}

/** `owner/repo/.github/workflows/x.yml@refs/heads/main`. */
export function workflowRef(workflow: WorkflowFile): string {
  return `${workflow.source.repository}/${workflow.path}@${workflow.source.ref}`;
}

/** The parts of the `job` context that say which file the job is written in. */
export function workflowIdentity(workflow: WorkflowFile): Context {
  return {
    workflow_ref: workflowRef(workflow),
    workflow_sha: workflow.source.sha,
    workflow_repository: workflow.source.repository,
    workflow_file_path: workflow.path,
  };
}

export interface JobDirectories {
  /** GITHUB_WORKSPACE. */
  readonly workspace: string;
  /** RUNNER_TEMP, empty at the start of a job. */
  readonly temp: string;
  /** RUNNER_TOOL_CACHE, shared by the jobs of a work directory. */
  readonly toolCache: string;
  readonly home: string;
}

/** The `runner` context: a GitHub-hosted Linux machine. */
export function runnerContext(directories: JobDirectories, debug: boolean): Context {
  return {
    name: 'GitHub Actions 1',
    os: 'Linux',
    arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
    environment: 'github-hosted',
    temp: directories.temp,
    tool_cache: directories.toolCache,
    workspace: path.dirname(directories.workspace),
    ...(debug ? { debug: '1' } : {}),
  };
}

const NOT_EXPORTED = new Set(['event', 'token', 'action_status', 'secret_source', 'repositoryUrl', 'repository_visibility']);

/** `GITHUB_*` or `RUNNER_*` variables of a context; scalars only. */
export function contextVariables(prefix: 'GITHUB' | 'RUNNER', context: Context): Record<string, string> {
  const exported = Object.entries(context).filter(([name, value]) => !NOT_EXPORTED.has(name) && typeof value !== 'object');
  return Object.fromEntries(exported.map(([name, value]) => [`${prefix}_${name.toUpperCase()}`, String(value as string | boolean)]));
}
