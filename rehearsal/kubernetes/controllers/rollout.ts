/** One ReplicaSet as a rollout sees it. */
export interface Share {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

export interface RollingUpdate {
  maxSurge?: number | string;
  maxUnavailable?: number | string;
}

function absolute(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '25%');
  if (!percent) throw new Error(`"${value}" is neither a number nor a percentage`);
  const share = (Number(percent[1]) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** How many pods more and fewer than `desired` a rolling update may have; never both zero. */
export function bounds(desired: number, update: RollingUpdate | undefined): { surge: number; unavailable: number } {
  const surge = absolute(update?.maxSurge, desired, true);
  const unavailable = absolute(update?.maxUnavailable, desired, false);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/**
 * The next sizes of a rolling update, by ReplicaSet name: the new one grows into the surge, old ones shrink as far as
 * availability allows, broken pods first.
 */
export function rollingStep(desired: number, next: Share, old: readonly Share[], update: RollingUpdate | undefined): Map<string, number> {
  const { surge, unavailable } = bounds(desired, update);
  const sizes = new Map<string, number>([next, ...old].map((share) => [share.name, share.replicas]));
  const total = [next, ...old].reduce((sum, share) => sum + share.replicas, 0);

  const room = Math.max(0, desired + surge - total);
  const size = next.replicas > desired ? desired : next.replicas + Math.min(room, desired - next.replicas);
  sizes.set(next.name, size);
  if (size !== next.replicas) return sizes;

  const minAvailable = desired - unavailable;
  let broken = total - minAvailable - (next.replicas - next.available);
  for (const share of old) {
    const cut = Math.max(0, Math.min(broken, share.replicas - share.available));
    sizes.set(share.name, share.replicas - cut);
    broken -= cut;
  }
  let spare = [next, ...old].reduce((sum, share) => sum + share.available, 0) - minAvailable;
  for (const share of old) {
    const left = sizes.get(share.name) ?? 0;
    const cut = Math.max(0, Math.min(spare, broken, left));
    sizes.set(share.name, left - cut);
    spare -= cut;
    broken -= cut;
  }
  return sizes;
}

/** The next sizes of a Recreate update: nothing new before the last old pod has gone. */
export function recreateStep(desired: number, next: Share, old: readonly Share[], oldPods: number): Map<string, number> {
  const sizes = new Map<string, number>(old.map((share) => [share.name, 0]));
  return sizes.set(next.name, oldPods === 0 ? desired : next.replicas);
}
