import type { Cluster } from '../kubernetes/cluster.js';
import { messageOf } from '../errors.js';
import type { FeatureName } from '../passes.js';
import type { Revision } from '../tools/helm-output.js';
import { canonical } from '../values/merge.js';
import type { ReleaseName } from './autoscalers.js';
import { deployedFeatures } from './features.js';
import { indexObjects } from './manifest.js';

/** What a revision did that going back cannot undo. */
export interface RevisionRecord extends Revision {
  /** Its migration hooks: equal text, equal migrations. */
  readonly migrations: string;
  readonly features: readonly FeatureName[];
}

/** What became of a release whose upgrade failed. */
export type Aftermath =
  | { readonly kind: 'rolled-back'; readonly revision: number }
  /** `why` ends a sentence. */
  | { readonly kind: 'stays'; readonly why: string };

const MIGRATION = /-migrations(-\w+)?$/;

/** PURE. @param hooks YAML documents. */
export const migrationsOf = (hooks: string): string => canonical([...indexObjects(hooks)].filter(([name]) => MIGRATION.test(name)).sort());

/**
 * Where to go back to, or why the release can only go forward: migrations do not go back, so every revision since the good one must have
 * had its chart version and its migrations; and what registers agents destroys the products of a feature that is gone. PURE.
 * @param records the last good revision and all after it, oldest first.
 */
export function rollbackTarget(records: readonly RevisionRecord[]): number | string {
  const [good, ...later] = records;
  if (good?.status !== 'deployed') return 'there is no good revision to go back to';
  if (later.some(({ chart }) => chart !== good.chart)) return `the chart is no longer ${good.chart}, and migrations only go forward`;
  if (later.some(({ migrations }) => migrations !== good.migrations))
    return 'its migrations differ from those that ran, and migrations only go forward';
  if (later.some(({ features }) => canonical(features) !== canonical(good.features))) return 'its features differ';
  return good.revision;
}

/**
 * Puts the last good revision back when nothing that happened since forbids it. Never throws: it must not hide the failure before it.
 */
export async function rollBack(cluster: Cluster, of: ReleaseName, timeoutMinutes: number): Promise<Aftermath> {
  const { release, namespace } = of;
  try {
    const target = rollbackTarget(await recordsSinceGood(cluster, of));
    if (typeof target === 'string') return { kind: 'stays', why: target };
    cluster.log.warning(`The upgrade failed; going back to revision ${target}, which has the same chart version and migrations.`);
    await cluster.helm.rollback({ release, namespace, revision: target, timeoutMinutes });
    return { kind: 'rolled-back', revision: target };
  } catch (error) {
    return { kind: 'stays', why: `going back failed too: ${cluster.redact(messageOf(error))}` };
  }
}

async function recordsSinceGood({ helm }: Cluster, { release, namespace }: ReleaseName): Promise<RevisionRecord[]> {
  const history = await helm.history(release, namespace);
  const good = history.findLast(({ status }) => status === 'deployed');
  if (good === undefined) return [];
  return Promise.all(
    history
      .filter(({ revision }) => revision >= good.revision)
      .map(async (row) => {
        const [hooks, values] = await Promise.all([
          helm.hooks(release, namespace, row.revision),
          helm.userValues(release, namespace, row.revision),
        ]);
        return { ...row, migrations: migrationsOf(hooks), features: deployedFeatures(values) };
      }),
  );
}
