import type { ObjectDiff } from '../tools/kubectl-diff.js';
import { isTree, type Tree } from '../values/merge.js';
import { type Leaf, type Leaves, sameLeaf } from './leaves.js';
import { leavesOfObject } from './object-items.js';

/** An object that is no longer as the deployed manifest says. What is in it may be sensitive. */
export interface Drift {
  /** `Deployment langsmith-backend`, as the manifest is indexed. */
  readonly id: string;
  readonly kind: string;
  /** It is gone, and an apply makes it anew. */
  readonly missing: boolean;
  /** What differs, as it stands and as an apply sets it; nothing else of the object. */
  readonly before: Leaves;
  readonly after: Leaves;
}

/** The server keeps these by itself, and a dry run counts them on. */
const SERVER_FIELDS = /^(status|metadata\.(generation|resourceVersion|uid|creationTimestamp|managedFields))($|[.[])/;

/** Certificates of webhooks and aggregated APIs: whoever serves them, or cert-manager's injector, writes them in when it starts. */
const CA_BUNDLE = /(^|\.)caBundle$/;
const CA_KINDS = new Set(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService', 'CustomResourceDefinition']);

/** Istio installs its validation open and closes it once it can answer. */
const FAILURE_POLICY = /^webhooks\[[^\]]*\]\.failurePolicy$/;

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** Workloads (`Deployment langsmith-backend`) whose replicas an autoscaler of the same manifest, of Kubernetes or KEDA, decides. PURE. */
export function scaledBy(objects: readonly Tree[]): Set<string> {
  const targets = objects.flatMap(({ kind, spec }) => {
    if (kind !== 'HorizontalPodAutoscaler' && kind !== 'ScaledObject') return [];
    const target = isTree(spec) && isTree(spec['scaleTargetRef']) ? spec['scaleTargetRef'] : {};
    const { kind: of = 'Deployment', name } = target as { readonly kind?: string; readonly name?: string };
    return [`${of} ${name ?? ''}`];
  });
  return new Set(targets);
}

/**
 * What of one object's difference is drift; undefined when all of it is what the server, an autoscaler or a controller owns. PURE.
 * @param wanted the object of the manifest: unlike the server's answer it holds nothing that is chosen anew each time.
 */
export function driftOf(diff: ObjectDiff, id: string, wanted: Tree, scaled: ReadonlySet<string>): Drift | undefined {
  const { kind, live, merged } = diff;
  if (live === undefined) return missingObject(id, wanted);
  const [old, next] = [leavesOfObject(live), leavesOfObject(merged)];
  const paths = [...new Set([...old.keys(), ...next.keys()])].filter((path) => {
    const [was, is] = [old.get(path), next.get(path)];
    return !sameLeaf(was, is) && !isOwnedByOthers({ kind, name: diff.name, path, was }, scaled);
  });
  if (paths.length === 0) return undefined;
  const only = (leaves: Leaves): Leaves =>
    new Map<string, Leaf>(paths.flatMap((path) => (leaves.has(path) ? [[path, leaves.get(path) as Leaf] as const] : [])));
  return { id, kind, missing: false, before: only(old), after: only(next) };
}

export const missingObject = (id: string, wanted: Tree): Drift => ({
  id,
  kind: String(wanted['kind']),
  missing: true,
  before: new Map<string, Leaf>(),
  after: leavesOfObject(wanted),
});

interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly path: string;
  readonly was: Leaf | undefined;
}

function isOwnedByOthers({ kind, name, path, was }: Difference, scaled: ReadonlySet<string>): boolean {
  if (SERVER_FIELDS.test(path)) return true;
  if (CA_KINDS.has(kind) && CA_BUNDLE.test(path)) return true;
  if (kind === 'ValidatingWebhookConfiguration' && FAILURE_POLICY.test(path) && was?.text === '"Fail"') return true;
  return WORKLOADS.has(kind) && path === 'spec.replicas' && scaled.has(`${kind} ${name}`);
}
