import { readFile } from 'node:fs/promises';
import type { RunRef } from './comment.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The pull request a run is for. */
export interface PullRequest {
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
}

/** From the event's payload (GITHUB_EVENT_PATH); undefined when the run is for no pull request. */
export async function pullRequestOf(environment: Environment): Promise<PullRequest | undefined> {
  const { GITHUB_EVENT_NAME: event = '', GITHUB_EVENT_PATH: file, GITHUB_REPOSITORY: repository } = environment;
  if (!/^pull_request(_target)?$/.test(event) || file === undefined || repository === undefined) return undefined;
  const payload = JSON.parse(await readFile(file, 'utf8')) as { pull_request?: { number?: unknown } };
  const number = payload.pull_request?.number;
  return typeof number === 'number' ? { repository, number } : undefined;
}

export function runOf(environment: Environment): RunRef {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository = '', GITHUB_RUN_ID: id = '0' } = environment;
  const attempt = Number(environment['GITHUB_RUN_ATTEMPT'] ?? '1');
  return { id: Number(id), attempt, url: `${server}/${repository}/actions/runs/${id}${attempt > 1 ? `/attempts/${attempt}` : ''}` };
}
