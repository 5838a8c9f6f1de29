import type { Cluster } from '../kubernetes/cluster.js';
import type { Outputs } from '../phases/outputs.js';
import { code } from '../report/markdown.js';
import { isEmpty, difference, type Manifests } from '../release/manifest.js';
import type { Box } from '../review/boxes.js';
import type { PlannedItem } from '../review/items.js';
import { type Leaf, type Leaves, leavesOf, sameLeaf } from '../review/leaves.js';
import { leavesOfObject, objectItems } from '../review/object-items.js';
import { holdsData } from '../review/release-items.js';
import { type PartPlan, unansweredNotes } from '../review/review.js';
import { type Drift, driftOf } from '../review/drift.js';
import type { ReleaseSummary } from '../tools/helm-output.js';
import { FIELD_MANAGER } from '../tools/kubectl.js';
import type { Tree } from '../values/merge.js';
import { entranceObject, entranceOf, findService } from './entrance.js';
import { orPlatformFailure } from './failure.js';
import { type Assessment, assess, type Wanted } from './install.js';
import { certificateNamespace, TLS_SECRET } from './names.js';
import { namespaceObjects } from './namespaces.js';
import { type PlatformInputs, platformParts, type PlatformRequest } from './parts.js';

/** What the phase `platform` would do. */
export interface PlatformPlan {
  /**
   * As parts of a plan, given the items of `terraform/app`: what comes by Terraform is a part of its own. Without any, there is one.
   * @see partsOf
   */
  readonly partsBeside: (app: readonly PlannedItem[]) => PartPlan[];
  /** What somebody changed or deleted, by the ids of its items. */
  readonly drifted: readonly Drift[];
  /** Ids of objects that nobody could compare. */
  readonly unanswered: readonly string[];
  /** How each Helm release stands, by its name; good for as long as nobody else may change it. */
  readonly known: ReadonlyMap<string, Assessment>;
}

/**
 * What would become of namespaces, add-ons and the action's own chart; changes nothing.
 * @throws DeployError `platform-failed` when the cluster refuses to say.
 */
export function planPlatform(cluster: Cluster, inputs: PlatformInputs, request: PlatformRequest): Promise<PlatformPlan> {
  const { outputs } = request;
  return orPlatformFailure(cluster, 'plan', outputs.langsmith_namespace, async () => {
    const [parts, releases] = await Promise.all([platformParts(cluster, inputs, request), cluster.helm.everywhere()]);
    const newestOf = ({ name, namespace }: Pick<Wanted, 'name' | 'namespace'>): ReleaseSummary | undefined =>
      releases.find((release) => release.name === name && release.namespace === namespace);
    const look = async (kind: Release['kind'], wanted: Wanted): Promise<Release> => ({
      kind,
      wanted,
      found: await assess(cluster, wanted, { newest: newestOf(wanted) }),
    });
    const [applied, certificateNotes, own, ...addons] = await Promise.all([
      planApplied(cluster, outputs, parts.namespaces),
      ownCertificateNotes(cluster, outputs),
      look('Chart', parts.own),
      ...parts.addons.map(({ wanted }) => look('Add-on', wanted)),
    ]);
    const unneeded = parts.others.filter((addon) => newestOf(addon)?.chart.startsWith(`${addon.chart.name}-`));
    return {
      partsBeside: (app) => partsOf(applied, [...addons, own], [...certificateNotes, ...unneededNotes(unneeded)], app),
      drifted: [
        // What is not there yet was never deployed.
        ...applied.flatMap(({ id, type, action, before, after }) =>
          action === 'update' ? [{ id, kind: type, missing: false, before, after }] : [],
        ),
        ...[...addons, own].flatMap(({ wanted, found }) => found.drifted.map((drift) => ({ ...drift, id: nameIn(wanted, drift.id) }))),
      ],
      unanswered: [...addons, own].flatMap(unansweredIn),
      known: new Map([...addons, own].map(({ wanted, found }) => [wanted.name, found])),
    };
  });
}

/** A Helm release of the platform, as it is to be and as it stands. */
export interface Release {
  readonly kind: 'Add-on' | 'Chart';
  readonly wanted: Wanted;
  readonly found: Assessment;
}

/**
 * What the phase does, and, as a part of its own, what Terraform does before it. PURE.
 * @param applied items of what the action applies by itself. @param notes sentences in Markdown. @param app items of `terraform/app`.
 */
export function partsOf(
  applied: readonly PlannedItem[],
  releases: readonly Release[],
  notes: readonly string[],
  app: readonly PlannedItem[],
): PartPlan[] {
  const carrierOf = ({ kind, wanted }: Release): string | undefined =>
    app.find(({ id }) => (kind === 'Chart' ? id === 'helm_release.platform' : isAddonOf(id, wanted.name)))?.id;
  const carriers = releases.map(carrierOf);
  const carried = releases.filter((_, index) => carriers[index] !== undefined);
  const own = releases.filter((_, index) => carriers[index] === undefined);
  const within = carriers.filter((carrier) => carrier !== undefined).join(', ');
  return [partOf(applied, own, notes), ...(carried.length === 0 ? [] : [{ ...partOf([], carried, []), within }])];
}

/** `helm_release.addon_second["istiod"]`. */
const isAddonOf = (address: string, name: string): boolean =>
  address.startsWith('helm_release.addon') && address.endsWith(`[${JSON.stringify(name)}]`);

function partOf(applied: readonly PlannedItem[], releases: readonly Release[], notes: readonly string[]): PartPlan {
  const items = [...applied, ...releases.flatMap(itemsOf)];
  return {
    name: 'platform',
    items,
    losses: items
      .filter(({ action }) => action === 'delete')
      .map((item) => ({ id: item.id, what: 'would be removed', final: holdsData(item) })),
    notes: [...releases.flatMap(pendingNotes), ...unansweredNotes(releases.flatMap(unansweredIn)), ...notes],
    hasChanges: items.length > 0 || releases.some(({ found }) => !found.isSettled),
    boxes: releases.map(boxOf),
  };
}

/** `Deployment cert-manager` of the release cert-manager → `Deployment cert-manager/cert-manager`. */
const nameIn = ({ name }: Wanted, id: string): string => id.replace(' ', ` ${name}/`);

const unansweredIn = ({ wanted, found }: Release): string[] => found.unanswered.map((id) => nameIn(wanted, id));

function itemsOf({ kind, wanted, found }: Release): PlannedItem[] {
  const manifests = found.manifests ?? NO_MANIFESTS;
  const objects = objectItems(manifests, found.drifted, { root: 'platform', name: (id) => nameIn(wanted, id) });
  const chart = chartItem(kind, wanted, found, isEmpty(difference(manifests.before, manifests.after)));
  return chart === undefined ? objects : [chart, ...objects];
}

const boxOf = ({ kind, wanted: { name, chart }, found: { newest, isSettled } }: Release): Box => ({
  id: `${kind} ${name}`,
  label: `${name} ${chart.version}`,
  group: 'platform',
  change: newest === undefined ? 'new' : isSettled ? 'stays' : 'changed',
  uses: [],
});

const NO_MANIFESTS: Manifests = { before: new Map(), after: new Map() };

/** Chart, status and values; undefined where none of them changes. @param withValues no object shows what they are for. */
function chartItem(
  kind: string,
  { name, chart, values }: Wanted,
  { newest, deployedValues }: Assessment,
  withValues: boolean,
): PlannedItem | undefined {
  const shown = (tree: Tree): Tree => (withValues ? { values: tree } : {});
  const status = newest === undefined || newest.status === 'deployed' ? {} : { status: newest.status };
  const before = newest === undefined ? NOTHING : leavesOf({ chart: newest.chart, ...status, ...shown(deployedValues) });
  const after = leavesOf({ chart: `${chart.name}-${chart.version}`, ...shown(values) });
  if (before.size === after.size && [...after].every(([path, leaf]) => sameLeaf(before.get(path), leaf))) return undefined;
  return { root: 'platform', id: `${kind} ${name}`, type: kind, action: newest === undefined ? 'create' : 'update', before, after };
}

const NOTHING: Leaves = new Map<string, Leaf>();

const pendingNotes = ({ kind, wanted, found: { newest } }: Release): string[] =>
  newest?.status.startsWith('pending-') === true
    ? [
        `${kind} ${code(wanted.name)}: revision ${newest.revision} is ${newest.status}: the run that made it died or is at work. An apply rolls it forward.`,
      ]
    : [];

const unneededNotes = (addons: readonly { readonly name: string; readonly namespace: string }[]): string[] =>
  addons.map(
    ({ name, namespace }) =>
      `Add-on ${code(name)} is there and not needed; it stays. To be rid of it: ${code(`helm uninstall ${name} --namespace ${namespace}`)}.`,
  );

/** What the action applies by itself: its namespaces, and the DNS label on a Service of AKS. */
async function planApplied(cluster: Cluster, outputs: Outputs, namespaces: readonly string[]): Promise<PlannedItem[]> {
  const objects = [...namespaceObjects(namespaces), ...(await foreignEntrance(cluster, outputs))] as Tree[];
  const manifest = objects.map((object) => `${JSON.stringify(object)}\n`).join('---\n');
  const diffs = await cluster.kubectl.diff(manifest, outputs.langsmith_namespace, FIELD_MANAGER);
  return diffs.flatMap((diff): PlannedItem[] => {
    const id = `${diff.kind} ${diff.namespace === undefined ? '' : `${diff.namespace}/`}${diff.name}`;
    const wanted = objects.find(({ kind, metadata }) => kind === diff.kind && (metadata as { name?: string }).name === diff.name) ?? {};
    const drift = driftOf(diff, id, wanted, new Set());
    if (drift === undefined) return [];
    const { before, after, missing } = drift;
    return [
      {
        root: 'platform',
        id,
        type: diff.kind,
        action: missing ? 'create' : 'update',
        before,
        after: missing ? leavesOfObject(wanted) : after,
      },
    ];
  });
}

/** One that is not there yet is waited for, and there is nothing to compare. */
async function foreignEntrance(cluster: Cluster, outputs: Outputs): Promise<object[]> {
  const entrance = entranceOf(outputs);
  if (entrance?.foreign !== true) return [];
  const name = await findService(cluster, entrance, outputs);
  return name === undefined ? [] : [entranceObject(entrance.namespace, name, outputs.dns_label)];
}

async function ownCertificateNotes({ kubectl }: Cluster, outputs: Outputs): Promise<string[]> {
  if (outputs.tls_certificate_source !== 'existing') return [];
  const namespace = certificateNamespace(outputs);
  // Its name is all that is asked for: the key stays where it is.
  if ((await kubectl.field('secret', TLS_SECRET, namespace, '{.metadata.name}')) !== '') return [];
  return [
    `An apply stops: ${code('tls_certificate_source')} is "existing", and the Secret ${code(`${namespace}/${TLS_SECRET}`)} is not there.`,
  ];
}
