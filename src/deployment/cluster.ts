import { aksCredential } from '../aks-credential.js';
import { type AppPlan, type AppRequest, planApp } from '../app/plan.js';
import { openCluster, type Cluster } from '../kubernetes/cluster.js';
import { applyApp, type AppResult } from '../phases/app.js';
import { describeCluster, readCluster } from '../phases/cluster.js';
import type { Inputs } from '../phases/inputs.js';
import type { Outputs } from '../phases/outputs.js';
import { describePlan, planCluster, type Planned } from '../phases/plan.js';
import { describePlatform, platform, type Change, type PlatformResult } from '../phases/platform.js';
import { describeProvision } from '../phases/provision.js';
import { describeRelease, release, type ReleasePlan, type ReleaseResult } from '../phases/release.js';
import type { RunReport } from '../phases/report.js';
import type { Secrets } from '../phases/secrets.js';
import { buildValues, describeValues, type ChartValues } from '../phases/values.js';
import { describeVerify, deployedRelease, type DeployedRelease, verify, type VerifyResult } from '../phases/verify.js';
import { presentPlatform } from '../platform/present.js';
import { UpgradeFailed } from '../release/upgrade.js';
import { saveLock, type Run, type SignedIn } from '../run.js';
import type { Exec } from '../tools/exec.js';
import { createHttpGet, resolveHost } from '../tools/http.js';
import type { Terraform } from '../tools/terraform.js';
import { ingressFile } from '../values/computed.js';
import { readValuesFiles } from '../values/files.js';
import { readUserFiles } from '../values/user-files.js';
import { VerificationFailed } from '../verify/rows.js';
import { planKey, show } from './shown.js';

/** The Terraform path of one deployment: its part of the phase `plan`, and the phase `app`. */
interface ByTerraform {
  readonly planApp: (release: ReleasePlan | undefined) => Promise<AppPlan>;
  readonly applyApp: (plan: AppPlan) => Promise<AppResult>;
}

/** What a later pass has once it knows its secrets. */
export interface InCluster extends SignedIn {
  readonly exec: Exec;
  readonly mask: (value: string) => void;
  readonly secrets: Secrets;
}

/** From pass 2 on: the cluster is opened for as long as it takes. */
export async function deployCluster(run: Run, parts: InCluster, outputs: Outputs): Promise<Planned | undefined> {
  const { inputs, toolbox, session, exec, mask, secrets } = parts;
  const { runner, privateDirectory } = run;
  const cluster = await openCluster({
    exec,
    log: runner,
    files: privateDirectory,
    getCredential: () => aksCredential(session, outputs.aks_cluster_id, mask),
    secrets: secrets.values,
  });
  try {
    const tools = { exec, privateDirectory, beforeLock: (terraform: Terraform) => saveLock(runner, toolbox, session, { terraform }) };
    const byTerraform = ({ shape, values }: Pick<AppRequest, 'shape' | 'values'>): ByTerraform => {
      const request = { inputs, session, outputs, secrets: secrets.values, shape, values };
      return {
        planApp: (release) => planApp(cluster, request, release, tools),
        applyApp: (plan) => applyApp(cluster, plan, request, tools),
      };
    };
    return await deployLangSmith(run, inputs, outputs, cluster, secrets, byTerraform);
  } finally {
    await cluster.close();
  }
}

/** From pass 2 on: what stands in the cluster. A plan reads and renders, and verify looks; neither changes anything. */
async function deployLangSmith(
  run: Run,
  inputs: Inputs,
  outputs: Outputs,
  cluster: Cluster,
  secrets: Secrets,
  byTerraform: (request: Pick<AppRequest, 'shape' | 'values'>) => ByTerraform,
): Promise<Planned | undefined> {
  const { phases, findings } = run;
  const { shape, lost } = await phases.run('cluster', () => readCluster(cluster, inputs, outputs), describeCluster);
  const outside = { resolve: resolveHost, get: createHttpGet() };
  const prove = async (ready: Pick<PlatformResult, 'entrance' | 'namespaces'>, released: DeployedRelease): Promise<VerifyResult> => {
    try {
      const verified = await verify(cluster, inputs, shape, outputs, ready, released, outside);
      findings.workloads = verified.rows;
      return verified;
    } catch (error) {
      if (error instanceof VerificationFailed) findings.workloads = error.rows;
      throw error;
    }
  };
  if (inputs.command === 'verify') {
    const look = async (): Promise<VerifyResult> => prove(await presentPlatform(cluster, outputs), await deployedRelease(cluster, outputs));
    await phases.run('verify', look, describeVerify);
    return undefined;
  }
  const buildLayers = async (): Promise<ChartValues> =>
    buildValues({
      shape,
      outputs,
      adminEmail: secrets.values.get('langsmith-admin-email') ?? '',
      files: await readValuesFiles(inputs.actionRoot, {
        topology: inputs.topology,
        sizing: outputs.sizing_profile,
        ingress: ingressFile(outputs),
        pass: shape.pass,
      }),
      userFiles: await readUserFiles(inputs.valuesFiles),
    });

  const values = await phases.run('values', buildLayers, describeValues);
  const terraform = inputs.deployPath === 'terraform' ? byTerraform({ shape, values }) : undefined;
  const request = { shape, lost, outputs, values, key: planKey(inputs, secrets), ...(terraform && { planApp: terraform.planApp }) };
  const planned = await phases.run('plan', () => planCluster(cluster, inputs, request, show(run, inputs)), describePlan);
  if (inputs.command === 'plan') {
    if (planned.release !== undefined) findings.release = plannedRelease(outputs, planned.release);
    return planned;
  }

  // What follows finds all of it in place; it is the same for both paths, and sets right what Terraform cannot see.
  const { app: appPlan } = planned;
  const app = terraform && appPlan && (await phases.run('app', () => terraform.applyApp(appPlan), describeProvision));
  if (app !== undefined && planned.review === undefined) findings.terraform = app;
  const prepare = (): Promise<PlatformResult> => platform(cluster, inputs, { shape, outputs, values: values.merged }, planned.platform);
  const ready = await phases.run('platform', prepare, describePlatform);
  const upgrade = async (): Promise<ReleaseResult> => {
    try {
      return await release(cluster, inputs, shape, outputs, values, secrets.values);
    } catch (error) {
      const aftermath = error instanceof UpgradeFailed ? error.aftermath : undefined;
      if (aftermath?.kind === 'rolled-back') findings.release = rolledBack(outputs, aftermath.revision);
      throw error;
    }
  };
  const released = await phases.run('release', upgrade, describeRelease);
  findings.release = {
    name: released.name,
    chart: `${released.chart.name} ${released.chart.version}`,
    action: released.change === 'unchanged' ? (app?.release ?? 'unchanged') : released.change,
    revision: released.revision,
  };
  await phases.run('verify', () => prove(ready, released), describeVerify);
  return planned;
}

const rolledBack = (outputs: Outputs, revision: number): NonNullable<RunReport['release']> => ({
  name: outputs.langsmith_release_name,
  chart: 'the upgrade failed',
  action: `rolled back to revision ${revision}`,
  revision: undefined,
});

/** What an upgrade would do, as the report says it: `would be installed`, `unchanged`. */
const plannedAction = (change: Change): string => (change === 'unchanged' ? change : `would be ${change}`);

const plannedRelease = (outputs: Outputs, { chart, change }: ReleasePlan): NonNullable<RunReport['release']> => ({
  name: outputs.langsmith_release_name,
  chart: `${chart.name} ${chart.version}`,
  action: plannedAction(change),
  revision: undefined,
});
