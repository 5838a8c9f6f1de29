import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { textOf, type Settings } from '../settings.js';

/** A minor version as a region offers it. */
export interface KubernetesVersion {
  readonly version: string;
  readonly isPreview?: boolean | null;
  readonly capabilities?: { readonly supportPlan?: readonly string[] };
}

/** A revision of the Istio add-on, with the Kubernetes minors it runs on. */
export interface MeshRevision {
  readonly revision: string;
  readonly compatibleWith?: readonly { readonly name: string; readonly versions?: readonly string[] }[];
}

/** Microsoft.ContainerService kubernetesVersions by location, API 2025-05-01; its list is called `values`. */
export async function fetchKubernetesVersions(azure: Azure, { location }: Settings): Promise<Fact<readonly KubernetesVersion[]>> {
  const answer = await azure.get<{ values?: readonly KubernetesVersion[] }>(
    `providers/Microsoft.ContainerService/locations/${location}/kubernetesVersions`,
    '2025-05-01',
  );
  return 'unknown' in answer ? answer : { known: answer.known.values ?? [] };
}

/** Microsoft.ContainerService meshRevisionProfiles by location, API 2025-05-01. */
export async function fetchMeshRevisions(azure: Azure, { location }: Settings): Promise<Fact<readonly MeshRevision[]>> {
  const answer = await azure.list<{ properties?: { meshRevisions?: readonly MeshRevision[] } }>(
    `providers/Microsoft.ContainerService/locations/${location}/meshRevisionProfiles`,
    '2025-05-01',
  );
  return 'unknown' in answer ? answer : { known: answer.known.flatMap(({ properties }) => properties?.meshRevisions ?? []) };
}

const CHECK = 'Kubernetes version';
const OFFICIAL = 'KubernetesOfficial';

/** Is the minor still created in this region without long-term support, which is a paid plan of its own (T050)? */
export function evaluateKubernetesVersion(facts: Fact<readonly KubernetesVersion[]>, settings: Settings): Check[] {
  const wanted = textOf(settings, 'kubernetes_version');
  if ('unknown' in facts) return [unknown(CHECK, `the versions ${settings.location} offers cannot be read: ${facts.unknown}`)];
  const official = facts.known.filter(
    ({ capabilities, isPreview }) => capabilities?.supportPlan?.includes(OFFICIAL) === true && isPreview !== true,
  );
  const choice = official.map(({ version }) => version).join(', ');
  const found = facts.known.find(({ version }) => version === wanted);
  const fix = `Set kubernetes_version to one of ${choice}`;
  if (found === undefined) return [blocker(CHECK, `${settings.location} does not offer Kubernetes ${wanted}`, fix)];
  if (found.capabilities?.supportPlan?.includes(OFFICIAL) !== true)
    return [blocker(CHECK, `Kubernetes ${wanted} is only left under long-term support (AKSLongTermSupport) in ${settings.location}`, fix)];
  if (found.isPreview === true) return [warning(CHECK, `Kubernetes ${wanted} is a preview in ${settings.location}`, fix)];
  return [ok(CHECK, `${settings.location} offers ${wanted}`)];
}

const MESH = 'Istio add-on revision';

/** Only when the add-on is the ingress: is the revision still offered, for this Kubernetes minor (T053)? */
export function evaluateMesh(facts: Fact<readonly MeshRevision[]>, settings: Settings): Check[] {
  if (textOf(settings, 'ingress_controller') !== 'istio-addon') return [];
  const wanted = textOf(settings, 'istio_addon_revision');
  if ('unknown' in facts) return [unknown(MESH, `the revisions ${settings.location} offers cannot be read: ${facts.unknown}`)];
  const minor = textOf(settings, 'kubernetes_version');
  const fits = (revision: MeshRevision): boolean =>
    revision.compatibleWith?.some(({ name, versions }) => name === 'kubernetes' && versions?.includes(minor) === true) ?? false;
  const fix = `Set istio_addon_revision to one of ${facts.known
    .filter(fits)
    .map(({ revision }) => revision)
    .join(', ')}`;
  const found = facts.known.find(({ revision }) => revision === wanted);
  if (found === undefined) return [blocker(MESH, `${settings.location} no longer offers ${wanted}`, fix)];
  if (!fits(found)) return [blocker(MESH, `${wanted} does not run on Kubernetes ${minor}`, fix)];
  return [ok(MESH, `${settings.location} offers ${wanted} for Kubernetes ${minor}`)];
}
