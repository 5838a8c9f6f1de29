import { DeployError } from '../errors.js';
import { awaitDeployment } from '../kubernetes/await-deployment.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import { type Addon, inOrder } from '../platform/addons.js';
import { entranceOf, openEntrance } from '../platform/entrance.js';
import { orPlatformFailure } from '../platform/failure.js';
import { type AddonResult, type Assessment, converge, onceAnswered, type Wanted } from '../platform/install.js';
import { certificateNamespace, TLS_SECRET } from '../platform/names.js';
import { namespaceObjects } from '../platform/namespaces.js';
import { type PlatformInputs, platformParts, type PlatformRequest } from '../platform/parts.js';
import { delegationOf } from '../verify/zone.js';
import type { Outputs } from './outputs.js';

export type { AddonResult, Change } from '../platform/install.js';

export interface PlatformResult {
  readonly namespaces: readonly string[];
  /** In the order of helm/addons.yaml, the action's own chart last. */
  readonly addons: readonly AddonResult[];
  /** `namespace/name` of the only Service that may have a public address; '' where none may. */
  readonly entrance: string;
}

/**
 * Makes the cluster ready for the release: ensures namespaces, installs the add-ons and sees them running, then what the namespace needs
 * of them, and opens the entrance. What is no longer as deployed is set right.
 * @param known how releases stand, by name, where the plan has looked while this run held the lease.
 * @throws DeployError `platform-failed`.
 */
export async function platform(
  cluster: Cluster,
  inputs: PlatformInputs,
  request: PlatformRequest,
  known: ReadonlyMap<string, Assessment> = new Map(),
): Promise<PlatformResult> {
  const { outputs } = request;
  const parts = await platformParts(cluster, inputs, request);
  const selected = parts.addons.map(({ addon }) => addon);
  tellAhead(cluster, selected, outputs);
  const namespaces = await ensureNamespaces(cluster, outputs, selected);

  const addons = await inOrder(selected, (addon) => {
    const wanted = parts.addons.find((part) => part.addon === addon)?.wanted;
    if (wanted === undefined) throw new Error(`${addon.name} is no part of this platform`);
    return installAddon(cluster, addon, wanted, known.get(wanted.name));
  });
  const own = await install(cluster, parts.own, known.get(parts.own.name));
  const entrance = await openEntrance(cluster, outputs, inputs.timeoutMinutes);
  // That of the Istio add-on is AKS's own, so no add-on of ours names it.
  const publicNamespace = entranceOf(outputs)?.namespace;
  return {
    namespaces: [...new Set([...namespaces, ...(publicNamespace === undefined ? [] : [publicNamespace])])],
    addons: [...addons, own],
    entrance,
  };
}

/**
 * Makes the namespaces, and takes the run lease, which lives in one of them.
 * @throws DeployError `platform-failed` without the certificate that the user brings, `release-failed` while another run is at work.
 */
export async function ensureNamespaces(cluster: Cluster, outputs: Outputs, addons: readonly Addon[]): Promise<string[]> {
  const namespaces = [...new Set([outputs.langsmith_namespace, ...addons.map((addon) => addon.namespace)])];
  await cluster.kubectl.apply(namespaceObjects(namespaces));
  await cluster.lease.acquire(outputs.langsmith_namespace);
  await demandOwnCertificate(cluster, outputs);
  return namespaces;
}

/** What is allowed and should not stay, and what only the user can do. */
function tellAhead({ log }: Cluster, addons: readonly Addon[], outputs: Outputs): void {
  if (outputs.tls_certificate_source === 'dns01') {
    log.info(`Before a certificate is issued, ${delegationOf(outputs.dns_zone_name, outputs.dns_nameservers)}`);
  }
  for (const { name, retired } of addons) if (retired !== undefined) log.warning(`${name}: ${retired}.`);
  if (outputs.ingress_controller === 'none' && outputs.ingress_namespaces.length === 0) {
    log.warning(
      `ingress_controller is "none" and ingress_namespaces is empty: nothing outside the namespace ${outputs.langsmith_namespace} can reach LangSmith.`,
    );
  }
}

async function installAddon(cluster: Cluster, addon: Addon, wanted: Wanted, known: Assessment | undefined): Promise<AddonResult> {
  const result = await install(cluster, wanted, known);
  await awaitDeployments(cluster, addon, wanted.timeoutMinutes);
  return result;
}

/** Webhooks of add-ons judge what is installed, and answer a moment after their Deployments are ready. */
async function install(cluster: Cluster, wanted: Wanted, known: Assessment | undefined): Promise<AddonResult> {
  const { name, namespace, chart, timeoutMinutes } = wanted;
  let first = known;
  const work = (): Promise<AddonResult> => {
    const stands = first;
    // What failed once has changed something.
    first = undefined;
    return converge(cluster, wanted, stands);
  };
  const result = await orPlatformFailure(cluster, name, namespace, () => onceAnswered(cluster, timeoutMinutes, work));
  cluster.log.info(`${name} ${chart.version}: ${result.change}.`);
  return result;
}

async function awaitDeployments(cluster: Cluster, addon: Addon, timeoutMinutes: number): Promise<void> {
  const answers = await Promise.all(addon.deployments.map((name) => awaitDeployment(cluster, name, addon.namespace, timeoutMinutes)));
  const late = addon.deployments.flatMap((name, index) =>
    answers[index] === undefined ? [] : [`Deployment ${addon.namespace}/${name}: ${answers[index]}`],
  );
  if (late.length === 0) return;
  throw new DeployError(
    'platform-failed',
    [`${addon.name} did not roll out:`, ...late, await diagnose(cluster, addon.namespace, '')].join('\n'),
  );
}

/** With a certificate of the user's own, its Secret must be where it is served: what terminates TLS would otherwise serve none, or a fake one. */
async function demandOwnCertificate(cluster: Cluster, outputs: Outputs): Promise<void> {
  if (outputs.tls_certificate_source !== 'existing') return;
  const namespace = certificateNamespace(outputs);
  if ((await cluster.kubectl.get('secret', TLS_SECRET, namespace)) !== undefined) return;
  throw new DeployError('platform-failed', `tls_certificate_source is "existing", but the Secret ${namespace}/${TLS_SECRET} is not there`, {
    fix: `Create it with: kubectl create secret tls ${TLS_SECRET} --namespace ${namespace} --cert <file> --key <file>`,
  });
}

/** One line for the step summary. */
export function describePlatform({ addons }: PlatformResult): string {
  const told = ({ name, version, change, drifted }: AddonResult): string =>
    `${name} ${version} ${change}${drifted.length === 0 ? '' : ` (set right: ${drifted.join(', ')})`}`;
  return addons.map(told).join(', ');
}
