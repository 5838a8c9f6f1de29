export type ChangeAction = 'create' | 'update' | 'delete' | 'replace';

/** One resource that a plan would change; addresses and types only, no values. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly action: ChangeAction;
}

export interface ChangeCounts {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  readonly replace: number;
}

interface PlannedResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly change: { readonly actions: readonly string[] };
}

/** The resources a plan changes, from `terraform show -json <plan>`, in address order. */
export function resourceChanges(plan: unknown): ResourceChange[] {
  const resources = (plan as { resource_changes?: readonly PlannedResource[] }).resource_changes ?? [];
  return resources
    .filter((resource) => resource.mode === 'managed')
    .flatMap((resource) => {
      const action = actionOf(resource.change.actions);
      return action === undefined ? [] : [{ address: resource.address, type: resource.type, action }];
    })
    .sort((a, b) => a.address.localeCompare(b.address));
}

/** Terraform's list of actions as one word; undefined when nothing changes. */
export function actionOf(actions: readonly string[]): ChangeAction | undefined {
  if (actions.includes('create') && actions.includes('delete')) return 'replace';
  if (actions.includes('create')) return 'create';
  if (actions.includes('update')) return 'update';
  return actions.includes('delete') ? 'delete' : undefined;
}

export function countChanges(changes: readonly Pick<ResourceChange, 'action'>[]): ChangeCounts {
  const count = (action: ChangeAction): number => changes.filter((change) => change.action === action).length;
  return { add: count('create'), change: count('update'), destroy: count('delete'), replace: count('replace') };
}

export const sumCounts = (all: readonly ChangeCounts[]): ChangeCounts =>
  all.reduce(
    (sum, each) => ({
      add: sum.add + each.add,
      change: sum.change + each.change,
      destroy: sum.destroy + each.destroy,
      replace: sum.replace + each.replace,
    }),
    { add: 0, change: 0, destroy: 0, replace: 0 },
  );

export function describeCounts(counts: ChangeCounts): string {
  if (counts.add + counts.change + counts.destroy + counts.replace === 0) return 'no changes';
  const replaced = counts.replace === 0 ? '' : `, ${counts.replace} to replace`;
  return `${counts.add} to add, ${counts.change} to change${replaced}, ${counts.destroy} to destroy`;
}
