import type { Shape, Workload } from '../passes.js';
import { objectName, workloadsOf } from '../passes.js';
import type { Manifests, ObjectIndex } from '../release/manifest.js';
import { isTree, type Tree } from '../values/merge.js';
import type { Drift } from './drift.js';
import type { PlannedItem } from './items.js';
import { kindOf, objectItems, parsed } from './object-items.js';

/** What a release would change, object by object; hooks too, as manifests of their own. PURE. */
export const releaseItems = (manifests: Manifests, drifted: readonly Drift[] = []): PlannedItem[] =>
  objectItems(manifests, drifted, { root: 'release' });

/** What becomes of the pods of one workload. */
export interface PodChange {
  /** `Deployment langsmith-backend`. */
  readonly workload: string;
  readonly change: 'come' | 'go' | 'scale' | 'restart';
  /** `3`, or `3 to 10` under an autoscaler; '' where there are none. */
  readonly before: string;
  readonly after: string;
  /** Why somebody should look twice; '' when there is no reason. */
  readonly warning: string;
}

interface Scaler extends Tree {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly minReplicaCount?: number;
    readonly maxReplicaCount?: number;
  };
}

function replicasIn(index: ObjectIndex, name: string): string {
  const object = parsed(index, name);
  if (object === undefined) return '';
  const scaler = [...index.keys()]
    .filter((key) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kindOf(key)))
    .map((key) => parsed(index, key) as Scaler)
    .find(({ spec }) => `${spec?.scaleTargetRef?.kind ?? 'Deployment'} ${spec?.scaleTargetRef?.name ?? ''}` === name)?.spec;
  const spec = isTree(object['spec']) ? object['spec'] : {};
  if (scaler === undefined) return String(Number(spec['replicas'] ?? 1));
  return `${scaler.minReplicas ?? scaler.minReplicaCount ?? 1} to ${scaler.maxReplicas ?? scaler.maxReplicaCount ?? 'any'}`;
}

const templateOf = (index: ObjectIndex, name: string): string => {
  const spec = parsed(index, name)?.['spec'];
  return JSON.stringify(isTree(spec) ? spec['template'] : undefined);
};

/**
 * Pods that come, go, are counted anew or start anew. A StatefulSet that appears on an upgrade starts with empty volumes, and a
 * workload the pass does not have was asked for by nobody: a chart that misses a key falls back to its own stores in silence (T258).
 */
export function podChanges({ before, after }: Manifests, shape: Shape, release: string): PodChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => ['Deployment', 'StatefulSet'].includes(kindOf(name)))
    .sort();
  const wanted = new Set(workloadsOf(shape).map((workload) => objectId(workload, release)));
  return names.flatMap((workload): PodChange[] => {
    const row = { workload, before: replicasIn(before, workload), after: replicasIn(after, workload), warning: '' };
    if (!before.has(workload)) return [{ ...row, change: 'come', warning: newcomer(workload, wanted, before.size > 0) }];
    if (!after.has(workload)) {
      return [{ ...row, change: 'go', warning: kindOf(workload) === 'StatefulSet' ? 'its volumes stay behind' : '' }];
    }
    if (row.before !== row.after) return [{ ...row, change: 'scale' }];
    return templateOf(before, workload) === templateOf(after, workload) ? [] : [{ ...row, change: 'restart' }];
  });
}

const objectId = ({ kind, suffix }: Workload, release: string): string => `${kind} ${objectName(release, suffix)}`;

function newcomer(workload: string, wanted: ReadonlySet<string>, isUpgrade: boolean): string {
  if (!wanted.has(workload)) return 'the pass has no such workload';
  return isUpgrade && kindOf(workload) === 'StatefulSet' ? 'it starts with empty volumes' : '';
}

/** The Workload Identity triple of one workload that reads Blob Storage, as the manifest and pass 1 have it. */
export interface IdentityRow {
  readonly workload: string;
  readonly serviceAccount: string;
  /** Pods carry the label the webhook looks at. */
  readonly label: boolean;
  /** The service account carries the client id of pass 1. */
  readonly annotation: boolean;
  /** Entra trusts the service account. */
  readonly credential: boolean;
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, unknown>> };
  readonly spec?: { readonly serviceAccountName?: string };
}

export const isCovered = ({ label, annotation, credential }: IdentityRow): boolean => label && annotation && credential;

/** @param trusted service accounts with a federated credential. */
export function identityRows(
  after: ObjectIndex,
  shape: Shape,
  release: string,
  identity: { readonly clientId: string; readonly trusted: readonly string[] },
): IdentityRow[] {
  return workloadsOf(shape)
    .filter(({ readsBlob }) => readsBlob)
    .map((workload) => {
      const name = objectId(workload, release);
      const spec = parsed(after, name)?.['spec'];
      const template = (isTree(spec) ? spec['template'] : undefined) as PodTemplate | undefined;
      const serviceAccount = template?.spec?.serviceAccountName ?? 'default';
      const account = parsed(after, `ServiceAccount ${serviceAccount}`) as
        { readonly metadata?: { readonly annotations?: Readonly<Record<string, unknown>> } } | undefined;
      return {
        workload: name,
        serviceAccount,
        label: template?.metadata?.labels?.['azure.workload.identity/use'] === 'true',
        annotation: account?.metadata?.annotations?.['azure.workload.identity/client-id'] === identity.clientId,
        credential: identity.trusted.includes(serviceAccount),
      };
    });
}

/** Kinds whose loss takes data along. */
const STATEFUL_KINDS = new Set(['StatefulSet', 'PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'CustomResourceDefinition']);

export const holdsData = ({ type }: Pick<PlannedItem, 'type'>): boolean => STATEFUL_KINDS.has(type);
