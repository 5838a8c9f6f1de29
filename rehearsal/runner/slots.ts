import { isMapping } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { ConcurrencyRequest } from './concurrency.js';
import { field } from './documents.js';
import { booleanOf, textOf, type Scope } from './expressions.js';
import type { Run } from './run.js';

interface SlotRequest {
  /** The `concurrency` key, if there is one. */
  readonly token: TemplateToken | undefined;
  readonly scope: Scope;
  readonly run: Run;
  /** Groups held by the workflow and jobs around this one. */
  readonly held: readonly string[];
  /** Aborted when a newer member takes the place. */
  readonly controller: AbortController;
}

/**
 * Do `work` while holding a place in its concurrency group, or `cancelled` when the place was lost before the turn came.
 * @throws Error when the key cannot be evaluated
 */
export async function withConcurrency<Result>(
  { token, scope, run, held, controller }: SlotRequest,
  work: (held: readonly string[]) => Promise<Result>,
  cancelled: (reason: string) => Result,
): Promise<Result> {
  const request = token === undefined ? undefined : requestOf(token, scope);
  if (request === undefined) return work(held);
  const group = request.group.toLowerCase();
  if (held.includes(group)) {
    return cancelled(
      `Canceling since a deadlock for concurrency group '${request.group}' was detected between a workflow and one of its jobs`,
    );
  }
  const slot = await run.concurrency.enter(request, controller);
  try {
    if (!slot || controller.signal.aborted) return cancelled(String(controller.signal.reason));
    return await work([...held, group]);
  } finally {
    slot?.leave();
  }
}

function requestOf(token: TemplateToken, scope: Scope): ConcurrencyRequest | undefined {
  if (!isMapping(token)) {
    const group = textOf(token, scope);
    return group === '' ? undefined : { group, cancelInProgress: false, queue: 'single' };
  }
  const queue = textOf(field(token, 'queue'), scope) || 'single';
  const cancelInProgress = booleanOf(field(token, 'cancel-in-progress'), scope, 'cancel-in-progress');
  if (queue !== 'single' && queue !== 'max') throw new Error(`Concurrency queue must be 'single' or 'max', not '${queue}'`);
  if (queue === 'max' && cancelInProgress) throw new Error("Concurrency 'queue: max' cannot be combined with 'cancel-in-progress: true'");
  const group = textOf(field(token, 'group'), scope);
  return group === '' ? undefined : { group, cancelInProgress, queue };
}
