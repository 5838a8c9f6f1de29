/** A controller that also aborts, with the same reason, when `parent` does. */
export function linked(parent: AbortSignal): AbortController {
  const controller = new AbortController();
  if (parent.aborted) controller.abort(parent.reason);
  else {
    const follow = (): void => controller.abort(parent.reason);
    parent.addEventListener('abort', follow, { once: true, signal: controller.signal });
  }
  return controller;
}
