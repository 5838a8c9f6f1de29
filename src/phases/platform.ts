import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { DeployError, messageOf } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import { addonValues, readAddons, selectAddons, type Addon } from '../platform/addons.js';
import { clusterIssuer, namespaceObjects, networkPolicies } from '../platform/guards.js';
import { TLS_SECRET } from '../platform/names.js';
import { clearPending, type Recovered } from '../release/recovery.js';
import { until } from '../retry.js';
import { CommandFailure } from '../tools/command.js';
import { readValuesFile } from '../values/files.js';
import { canonical, type Tree } from '../values/merge.js';
import type { Inputs } from './inputs.js';
import type { Outputs } from './outputs.js';

/** What an upgrade did. */
export type Change = 'installed' | 'upgraded' | 'unchanged';

export interface AddonResult {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly change: Change;
  readonly recovered?: Recovered;
}

export interface PlatformResult {
  readonly namespaces: readonly string[];
  readonly addons: readonly AddonResult[];
  /** `namespace/name` of the only Service that may have a public address. */
  readonly entrance: string;
}

type PlatformInputs = Pick<Inputs, 'actionRoot' | 'timeoutMinutes'>;

/**
 * Makes the cluster ready for the release: ensures namespaces and guards, installs the add-ons and sees them running.
 * @throws DeployError `platform-failed`.
 */
export async function platform(cluster: Cluster, inputs: PlatformInputs, outputs: Outputs): Promise<PlatformResult> {
  const { kubectl } = cluster;
  const selected = selectAddons(await readAddons(inputs.actionRoot), outputs);
  const namespaces = [...new Set([outputs.langsmith_namespace, ...selected.map((addon) => addon.namespace)])];
  await kubectl.apply(namespaceObjects(namespaces));
  await cluster.lease.acquire(outputs.langsmith_namespace);

  const addons = await Promise.all(selected.map((addon) => installAddon(cluster, inputs, outputs, addon)));
  const entrance = entranceOf(selected);
  await kubectl.apply(networkPolicies(outputs.langsmith_namespace, entrance.namespace));
  await Promise.all([applyIssuer(cluster, outputs, inputs.timeoutMinutes), demandOwnCertificate(cluster, outputs)]);
  return { namespaces, addons, entrance: `${entrance.namespace}/${entrance.service}` };
}

function entranceOf(addons: readonly Addon[]): { namespace: string; service: string } {
  const controller = addons.find((addon) => addon.entrance !== undefined);
  return { namespace: controller?.namespace ?? '', service: controller?.entrance?.service ?? '' };
}

async function installAddon(cluster: Cluster, inputs: PlatformInputs, outputs: Outputs, addon: Addon): Promise<AddonResult> {
  const values = addonValues(addon, (await readValuesFile(inputs.actionRoot, addon.values)).values, outputs);
  try {
    const result = await convergeAddon(cluster, inputs, addon, values);
    cluster.log.info(`${addon.name} ${addon.chart.version}: ${result.change}.`);
    await awaitDeployments(cluster, addon, inputs.timeoutMinutes);
    return result;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const diagnosis = await diagnose(cluster, addon.namespace, error.stderr);
    throw new DeployError('platform-failed', `${addon.name}: ${cluster.redact(error.message)}\n${diagnosis}`.trim(), { cause: error });
  }
}

/** Add-on charts come from public repositories that never change a published version, so version and values decide without a render. */
async function convergeAddon(cluster: Cluster, inputs: PlatformInputs, addon: Addon, values: Tree): Promise<AddonResult> {
  const { helm, files } = cluster;
  const { name, namespace, chart } = addon;
  const newest = await helm.newest(name, namespace);
  const row = { name, namespace, version: chart.version };
  const isCurrent = newest?.status === 'deployed' && newest.chart === `${chart.name}-${chart.version}`;
  if (isCurrent && canonical(await helm.userValues(name, namespace)) === canonical(values)) return { ...row, change: 'unchanged' };

  const recovered = await clearPending(cluster, newest, namespace);
  const destination = path.join(files.path, 'charts');
  await mkdir(destination, { recursive: true });
  await helm.pull({ repository: chart.repository, chart: chart.name, version: chart.version, destination });
  await helm.upgrade({
    release: name,
    namespace,
    chart: path.join(destination, `${chart.name}-${chart.version}.tgz`),
    valuesFile: await files.writeFile(`values-${name}.yaml`, stringify(values)),
    timeoutMinutes: inputs.timeoutMinutes,
  });
  return { ...row, change: newest === undefined ? 'installed' : 'upgraded', ...(recovered === undefined ? {} : { recovered }) };
}

async function awaitDeployments(cluster: Cluster, addon: Addon, timeoutMinutes: number): Promise<void> {
  const answers = await Promise.all(
    addon.deployments.map((name) => cluster.kubectl.awaitRollout('Deployment', name, addon.namespace, timeoutMinutes * 60)),
  );
  const late = addon.deployments.flatMap((name, index) =>
    answers[index] === undefined ? [] : [`Deployment ${addon.namespace}/${name}: ${answers[index]}`],
  );
  if (late.length === 0) return;
  throw new DeployError(
    'platform-failed',
    [`${addon.name} did not roll out:`, ...late, await diagnose(cluster, addon.namespace, '')].join('\n'),
  );
}

/** cert-manager's webhook answers a moment after its Deployment is ready: only that refusal is waited out. */
async function applyIssuer(cluster: Cluster, outputs: Outputs, timeoutMinutes: number): Promise<void> {
  const issuer = clusterIssuer(outputs);
  if (issuer === undefined) return;
  let refusal = '';
  const applied = await until(
    { deadlineMs: Math.min(timeoutMinutes, 3) * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 },
    async () => {
      try {
        await cluster.kubectl.apply([issuer]);
        return true;
      } catch (error) {
        if (!(error instanceof CommandFailure) || !/failed calling webhook|no matches for kind/.test(error.stderr)) throw error;
        refusal = messageOf(error);
        return undefined;
      }
    },
  );
  if (applied === undefined) throw new DeployError('platform-failed', `the ClusterIssuer is not accepted: ${refusal}`);
}

/** With a certificate of the user's own, its Secret must be there: the ingress controller would otherwise serve a fake one. */
async function demandOwnCertificate(cluster: Cluster, outputs: Outputs): Promise<void> {
  if (outputs.tls_certificate_source !== 'existing') return;
  const namespace = outputs.langsmith_namespace;
  if ((await cluster.kubectl.get('secret', TLS_SECRET, namespace)) !== undefined) return;
  throw new DeployError('platform-failed', `tls_certificate_source is "existing", but the Secret ${namespace}/${TLS_SECRET} is not there`, {
    fix: `Create it with: kubectl create secret tls ${TLS_SECRET} --namespace ${namespace} --cert <file> --key <file>`,
  });
}

/** One line for the step summary. */
export function describePlatform({ addons }: PlatformResult): string {
  return addons.map(({ name, version, change }) => `${name} ${version} ${change}`).join(', ');
}
