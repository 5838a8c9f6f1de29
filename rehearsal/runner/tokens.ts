import type { JobTokens } from '../world/github.js';
import { workflowRef } from './contexts.js';
import type { WorkflowFile } from './documents.js';
import type { Run } from './run.js';
import type { Permissions } from './types.js';

/** Tell GitHub about a job that is about to start; its tokens speak for exactly this job. */
export function registerJob(job: {
  readonly run: Run;
  readonly top: WorkflowFile;
  readonly workflow: WorkflowFile;
  readonly environment: string | undefined;
  readonly permissions: Permissions;
}): JobTokens {
  const { run } = job;
  const { github } = run.options.world;
  return github.registerJob({
    repository: github.repository,
    repositoryId: github.repositoryId,
    ownerId: github.ownerId,
    ref: run.ref,
    sha: run.sha,
    eventName: run.options.event.name,
    environment: job.environment,
    workflowRef: workflowRef(job.top),
    jobWorkflowRef: workflowRef(job.workflow),
    runId: run.id,
    runAttempt: run.attempt,
    actor: run.actor,
    permissions: job.permissions,
  });
}
