import { KEPT_STORES, objectName, type StoreName, type StoreSource, STORE_SECRETS } from '../passes.js';
import type { Tree } from '../values/merge.js';
import { valueAt } from './features.js';

/** A data store that LangSmith would find elsewhere than before: nothing copies what it holds. */
export interface StoreMove {
  readonly store: StoreName;
  readonly from: StoreSource;
  readonly to: StoreSource;
}

const sourceIn = (values: Tree, store: StoreName): StoreSource =>
  valueAt(values, `${store}.external.enabled`) === true ? 'external' : 'in-cluster';

/** Stores that values of a deployed release and wanted ones put in different places. PURE. */
export function storeMoves(deployed: Tree, wanted: Tree): StoreMove[] {
  return STORE_SECRETS.map(({ store }) => ({ store, from: sourceIn(deployed, store), to: sourceIn(wanted, store) })).filter(
    ({ from, to }) => from !== to,
  );
}

/** The line of `approve-irreversible` that a move needs; undefined where nothing is lost that must last. */
export const approvalOf = ({ store }: StoreMove): string | undefined => KEPT_STORES.find((kept) => kept.store === store)?.approval;

/** What a move leaves behind and what LangSmith finds instead, as one sentence without a full stop. PURE. */
export function describeMove({ store, to }: StoreMove, release: string): string {
  const title = KEPT_STORES.find((kept) => kept.store === store)?.title;
  const set = objectName(release, store);
  if (title === undefined) return 'would be another Redis: what waits in the queues of the one before is not taken along';
  return to === 'external'
    ? `would be left behind: ${title} outside the cluster is used as it is, and what StatefulSet ${set} holds stays in its volume claim`
    : `would be left behind: ${title} in the cluster starts empty, or with what an old volume claim of StatefulSet ${set} holds`;
}
