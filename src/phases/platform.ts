import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { demandOf } from '../capacity/demand.js';
import { DeployError } from '../errors.js';
import { awaitDeployment } from '../kubernetes/await-deployment.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Shape } from '../passes.js';
import { type Addon, factsOf, type Facts, inOrder, readAddons, readAddonValues, selectAddons } from '../platform/addons.js';
import { entranceOf, openEntrance } from '../platform/entrance.js';
import { type AddonResult, converge, onceAnswered } from '../platform/install.js';
import { certificateNamespace, TLS_SECRET } from '../platform/names.js';
import { namespaceObjects } from '../platform/namespaces.js';
import { platformValues } from '../platform/values.js';
import { CommandFailure } from '../tools/command.js';
import { delegationOf } from '../verify/zone.js';
import type { Tree } from '../values/merge.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';

export type { AddonResult, Change } from '../platform/install.js';

export interface PlatformResult {
  readonly namespaces: readonly string[];
  /** In the order of helm/addons.yaml, the action's own chart last. */
  readonly addons: readonly AddonResult[];
  /** `namespace/name` of the only Service that may have a public address; '' where none may. */
  readonly entrance: string;
}

type PlatformInputs = Pick<Inputs, 'actionRoot' | 'timeoutMinutes'>;

/** The deployment that the cluster is made ready for. */
export interface PlatformRequest {
  readonly shape: Shape;
  readonly outputs: Outputs;
  /** Merged values of the LangSmith chart: what it asks for decides the bounds of the namespace. */
  readonly values: Tree;
}

const CHART = 'helm/langsmith-platform';

/**
 * Makes the cluster ready for the release: ensures namespaces, installs the add-ons and sees them running, then what the namespace needs
 * of them, and opens the entrance.
 * @throws DeployError `platform-failed`.
 */
export async function platform(cluster: Cluster, inputs: PlatformInputs, request: PlatformRequest): Promise<PlatformResult> {
  const { shape, outputs } = request;
  const demand = demandOf(shape, request.values);
  const facts = factsOf(shape, outputs, demand);
  const selected = selectAddons(await readAddons(inputs.actionRoot), facts);
  tellAhead(cluster, selected, outputs);
  const namespaces = await ensureNamespaces(cluster, outputs, selected);

  const addons = await inOrder(selected, (addon) => installAddon(cluster, inputs, facts, addon));
  const own = await installOwnChart(cluster, inputs, outputs, platformValues(shape, outputs, demand));
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

async function installAddon(cluster: Cluster, inputs: PlatformInputs, facts: Facts, addon: Addon): Promise<AddonResult> {
  const { name, namespace, chart } = addon;
  const values = await readAddonValues(inputs.actionRoot, addon, facts);
  return orPlatformFailure(cluster, name, namespace, async () => {
    const result = await converge(cluster, {
      name,
      namespace,
      chart,
      values,
      fetch: () => pull(cluster, addon),
      immutable: true,
      takeOwnership: addon.take_ownership,
      timeoutMinutes: inputs.timeoutMinutes,
    });
    cluster.log.info(`${name} ${chart.version}: ${result.change}.`);
    await awaitDeployments(cluster, addon, inputs.timeoutMinutes);
    return result;
  });
}

async function pull({ helm, files }: Cluster, { chart: { repository, name, version } }: Addon): Promise<string> {
  const destination = path.join(files.path, 'charts');
  await mkdir(destination, { recursive: true });
  const source = repository.startsWith('oci://') ? { chart: `${repository}/${name}` } : { repository, chart: name };
  await helm.pull({ ...source, version, destination });
  return path.join(destination, `${name}-${version}.tgz`);
}

/**
 * Objects of this chart that an earlier version of the action applied by itself become the release's. The add-ons' webhooks judge what is
 * installed here, and answer a moment after their Deployments are ready.
 */
async function installOwnChart(cluster: Cluster, inputs: PlatformInputs, outputs: Outputs, values: Tree): Promise<AddonResult> {
  const directory = path.join(inputs.actionRoot, CHART);
  const { name, version } = parse(await readFile(path.join(directory, 'Chart.yaml'), 'utf8')) as { name: string; version: string };
  const namespace = outputs.langsmith_namespace;
  const wanted = { name, namespace, chart: { name, version }, values, immutable: false, takeOwnership: true };
  const result = await orPlatformFailure(cluster, name, namespace, () =>
    onceAnswered(cluster, inputs.timeoutMinutes, () =>
      converge(cluster, { ...wanted, fetch: () => Promise.resolve(directory), timeoutMinutes: inputs.timeoutMinutes }),
    ),
  );
  cluster.log.info(`${name} ${version}: ${result.change}.`);
  return result;
}

async function orPlatformFailure<T>(cluster: Cluster, name: string, namespace: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const diagnosis = await diagnose(cluster, namespace, error.stderr);
    throw new DeployError('platform-failed', `${name}: ${cluster.redact(error.message)}\n${diagnosis}`.trim(), { cause: error });
  }
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
  return addons.map(({ name, version, change }) => `${name} ${version} ${change}`).join(', ');
}
