import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import {
  runWorkflow,
  type JobResult,
  type RunEvent,
  type RunOptions,
  type RunResult,
  type StepResult,
} from '../../../../rehearsal/runner/index.js';
import { World } from '../../../../rehearsal/world/world.js';

// Steps are real processes: on a busy machine they take their time.
jest.setTimeout(60_000);

type Files = Readonly<Record<string, string>>;

/** A caller's repository and an action's, written to a private directory, in a world of their own. */
export class Scene {
  readonly events: RunEvent[] = [];

  private constructor(
    readonly directory: string,
    readonly world: World,
  ) {}

  /** @param caller files of contoso/platform. @param action files of org/langsmith-azure@v1. */
  static async create(caller: Files, action: Files = {}): Promise<Scene> {
    const directory = mkdtempSync(path.join(tmpdir(), 'runner-'));
    const scene = new Scene(directory, await World.create());
    for (const [root, files] of [
      ['caller', caller],
      ['action', action],
    ] as const) {
      mkdirSync(path.join(directory, root));
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(directory, root, file)), { recursive: true });
        writeFileSync(path.join(directory, root, file), content);
      }
    }
    return scene;
  }

  /** Run `.github/workflows/main.yml` on a push, unless told otherwise. */
  run(options: Partial<RunOptions> = {}): Promise<RunResult> {
    return runWorkflow({
      actionRoot: path.join(this.directory, 'action'),
      actionRepository: 'org/langsmith-azure',
      actionRef: 'v1',
      callerRoot: path.join(this.directory, 'caller'),
      workflow: MAIN,
      event: { name: 'push' },
      world: this.world,
      workDirectory: path.join(this.directory, 'work'),
      grace: { interruptMs: 400, terminateMs: 300 },
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const MAIN = '.github/workflows/main.yml';

/** Write a scene with one caller workflow, run it, clean up. */
export async function runMain(
  workflow: string,
  options: Partial<RunOptions> = {},
  files: { caller?: Files; action?: Files } = {},
): Promise<RunResult> {
  const scene = await Scene.create({ [MAIN]: workflow, ...files.caller }, files.action);
  try {
    return await scene.run(options);
  } finally {
    scene.remove();
  }
}

/** The job with this id. @throws Error that lists the ids there are. */
export function job(result: RunResult, id: string): JobResult {
  const found = result.jobs.find((candidate) => candidate.id === id);
  if (!found)
    throw new Error(`no job ${id} among ${result.jobs.map((candidate) => candidate.id).join(', ')}; errors: ${result.errors.join('; ')}`);
  return found;
}

/** The step of a job with this id or name. */
export function step(result: RunResult, jobId: string, name: string): StepResult {
  const { steps } = job(result, jobId);
  const found = steps.find((candidate) => candidate.id === name || candidate.name === name);
  if (!found) throw new Error(`no step ${name} among ${steps.map((candidate) => candidate.name).join(', ')}`);
  return found;
}

/** Conclusions by job id. */
export function conclusions(result: RunResult): Record<string, string> {
  return Object.fromEntries(result.jobs.map(({ id, conclusion }) => [id, conclusion]));
}
