import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { File } from '@actions/workflow-parser/workflows/file';
import type { FileProvider } from '@actions/workflow-parser/workflows/file-provider';
import { InvalidFile, readWorkflow, type JobModel, type Source, type WorkflowFile } from './documents.js';
import { excess, readPermissions } from './permissions.js';
import type { Permissions } from './types.js';

/** The two repositories a rehearsal knows. */
export interface Sources {
  readonly caller: Source;
  readonly action: Source;
}

export interface PlannedJob {
  readonly model: JobModel;
  /** What its token may do, callers' limits applied. */
  readonly permissions: Permissions;
  /** The workflow it calls, when it calls one. */
  readonly called: PlannedWorkflow | undefined;
  /** Ids of every job it waits for, directly or not. */
  readonly ancestors: ReadonlySet<string>;
}

/** A workflow file with everything it calls: all that GitHub settles before the first job starts. */
export interface PlannedWorkflow {
  readonly file: WorkflowFile;
  readonly jobs: readonly PlannedJob[];
}

/** GitHub allows ten on github.com and four on Enterprise Server; what works here must work on both. */
const MAX_LEVELS = 4;

/** Whether two `owner/name` mean the same repository. */
export function sameRepository(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/**
 * Where a `uses` of a job leads.
 * @param from repository of the file that says it: what `./` and `$/` mean
 * @throws InvalidFile when it is not a workflow of a repository this rehearsal has
 */
export function locateWorkflow(uses: string, from: Source, sources: Sources): { source: Source; path: string } {
  if (uses.startsWith('./') || uses.startsWith('$/')) return { source: from, path: checkedPath(uses, uses.slice(2)) };
  const [, repository = '', file = '', ref = ''] = /^([^/]+\/[^/]+)\/(.+)@([^@]+)$/.exec(uses) ?? [];
  const source = [sources.action, sources.caller].find(
    (candidate) => sameRepository(candidate.repository, repository) && [candidate.shortRef, candidate.ref, candidate.sha].includes(ref),
  );
  if (!source) {
    const known = `${sources.action.repository}@${sources.action.shortRef}`;
    throw new InvalidFile([`This rehearsal has no repository for the reusable workflow ${uses}; it has ${known} and the caller`]);
  }
  return { source, path: checkedPath(uses, file) };
}

function checkedPath(uses: string, file: string): string {
  if (!/^\.github\/workflows\/[^/@]+\.ya?ml$/.test(file)) {
    throw new InvalidFile([
      `Invalid workflow reference '${uses}': reusable workflows live in .github/workflows and carry no ref after ./ or $/`,
    ]);
  }
  return file;
}

/**
 * Read a workflow and, recursively, those it calls.
 * @param allowed what the caller's token may do; what a job asks beyond it is refused, as GitHub does
 * @throws InvalidFile with every problem found
 */
export async function planWorkflow(
  sources: Sources,
  source: Source,
  file: string,
  allowed: Permissions,
  level = 1,
): Promise<PlannedWorkflow> {
  if (level > MAX_LEVELS) throw new InvalidFile([`${file}: reusable workflows are nested more than ${MAX_LEVELS} levels deep`]);
  const workflow = await readCaller(sources, source, file);
  const ofWorkflow = readPermissions(workflow.get('permissions'));
  const problems: string[] = [];
  const jobs: PlannedJob[] = [];
  for (const model of workflow.jobs) {
    const permissions = readPermissions(model.get('permissions')) ?? ofWorkflow ?? allowed;
    const beyond = level > 1 ? excess(permissions, allowed) : undefined;
    if (beyond) {
      problems.push(
        `Error calling workflow '${workflow.path}'. The nested job '${model.id}' is requesting '${beyond.requested}', but is only allowed '${beyond.allowed}'.`,
      );
    }
    jobs.push({
      model,
      permissions,
      called: model.uses === undefined ? undefined : await planCall(model.uses, sources, source, permissions, level, problems),
      ancestors: ancestorsOf(model, workflow.jobs),
    });
  }
  if (problems.length > 0) throw new InvalidFile(problems);
  return { file: workflow, jobs };
}

async function planCall(
  uses: string,
  sources: Sources,
  from: Source,
  permissions: Permissions,
  level: number,
  problems: string[],
): Promise<PlannedWorkflow | undefined> {
  try {
    const target = locateWorkflow(uses, from, sources);
    return await planWorkflow(sources, target.source, target.path, permissions, level + 1);
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** GitHub's parser says only that it found no called workflow; say which, and why. */
async function readCaller(sources: Sources, source: Source, file: string): Promise<WorkflowFile> {
  const unresolved: string[] = [];
  try {
    return await readWorkflow(source, file, fileProvider(source, sources, unresolved));
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    throw new InvalidFile([...error.problems, ...unresolved]);
  }
}

/** Lets GitHub's parser look into called workflows, to check the inputs and secrets of the call. */
function fileProvider(source: Source, sources: Sources, unresolved: string[]): FileProvider {
  const read = (uses: string): File => {
    const target = locateWorkflow(uses, source, sources);
    const full = path.join(target.source.root, target.path);
    if (!existsSync(full)) throw new InvalidFile([`${target.source.repository} has no ${target.path}`]);
    return { name: target.path, content: readFileSync(full, 'utf8') };
  };
  return {
    getFileContent: async (reference) => {
      const uses =
        'repository' in reference
          ? `${reference.owner}/${reference.repository}/${reference.path}@${reference.version}`
          : `./${reference.path}`;
      try {
        return read(uses);
      } catch (error) {
        unresolved.push((error as Error).message);
        throw error;
      }
    },
  };
}

function ancestorsOf(job: JobModel, jobs: readonly JobModel[]): Set<string> {
  const found = new Set<string>();
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (found.has(id)) continue;
      found.add(id);
      visit(jobs.find((other) => other.id === id)?.needs ?? []);
    }
  };
  visit(job.needs);
  return found;
}
