import { aksCredential } from './aks-credential.js';
import { type AppPlan, type AppRequest, planApp } from './app/plan.js';
import { destroyDeployment } from './destroy/run.js';
import { runDrift } from './drift/run.js';
import { openCluster, type Cluster } from './kubernetes/cluster.js';
import { applyApp, type AppResult } from './phases/app.js';
import { BOOTSTRAP_PATIENCE, bootstrapState, describeBootstrap, type Bootstrapped } from './phases/bootstrap.js';
import { describeCluster, readCluster } from './phases/cluster.js';
import { readInputs, type Inputs } from './phases/inputs.js';
import { login } from './phases/login.js';
import { decodeOutputs, OUTPUT_NAMES, type Outputs } from './phases/outputs.js';
import { describePlatform, platform, type Change, type PlatformResult } from './phases/platform.js';
import { describeProvision, provision, VAULT_PATIENCE } from './phases/provision.js';
import { describePlan, planCluster, type Planned, type Show, showReview } from './phases/plan.js';
import { describeRelease, release, type ReleasePlan, type ReleaseResult } from './phases/release.js';
import type { RunReport } from './phases/report.js';
import { describeSecrets, gatherSecrets, READ_PATIENCE, type Secrets } from './phases/secrets.js';
import { openState } from './phases/state.js';
import { describeTools, prepareTools, toolPaths } from './phases/tools.js';
import { buildValues, describeValues, type ChartValues } from './phases/values.js';
import { describeVerify, deployedRelease, type DeployedRelease, verify, type VerifyResult } from './phases/verify.js';
import { presentPlatform } from './platform/present.js';
import { describeChecks, type Check } from './preflight/check.js';
import { demandNoBlocker, examine } from './preflight/preflight.js';
import { readSettings } from './preflight/settings.js';
import { withRedisKey } from './redis-key.js';
import { reviewName, writePlanJson } from './report/plan-json.js';
import { fingerprintKey, type FingerprintKey } from './review/fingerprint.js';
import { reviewInfrastructure } from './review/review.js';
import { UpgradeFailed } from './release/upgrade.js';
import { saveLock, type Run, type SignedIn } from './run.js';
import { createContainerReader } from './tools/blob.js';
import { createExec, type Exec } from './tools/exec.js';
import { createHttpGet, resolveHost } from './tools/http.js';
import { createSecretReader, type SecretReader } from './tools/key-vault.js';
import type { Terraform } from './tools/terraform.js';
import { ingressFile } from './values/computed.js';
import { readValuesFiles } from './values/files.js';
import { readUserFiles } from './values/user-files.js';
import { delegationOf } from './verify/zone.js';
import { VerificationFailed } from './verify/rows.js';

/** The whole product, one line per phase: each phase's result is the next one's argument. */
export async function deploy(run: Run): Promise<void> {
  const { runner, phases, privateDirectory } = run;
  const mask = (value: string): void => {
    runner.mask(value);
  };

  const inputs = await phases.run(
    'inputs',
    () => readInputs(run.environment, run.actionRoot),
    (value) =>
      `${value.command}${value.command === 'preflight' || value.command === 'destroy' ? '' : ` pass ${value.pass}`} of ${value.environment} (${value.topology})`,
  );
  const toolbox = await phases.run('tools', () => prepareTools(inputs, createExec(run.environment), runner), describeTools);
  const exec = createExec(run.environment, toolPaths(toolbox));
  if (inputs.command === 'preflight') {
    await preflight(run, inputs, exec);
    return;
  }
  const session = await phases.run(
    'login',
    () => login(inputs, { getIdToken: (audience) => runner.getIdToken(audience), mask }),
    (value) => `${value.subject} is client ${value.clientId} on ${value.subscriptionName}`,
  );
  const look = createContainerReader(session.credential);
  if (inputs.bootstrapState && inputs.command !== 'destroy') {
    const bootstrap = async (): Promise<Bootstrapped> => {
      const { location } = await readSettings(inputs, exec, privateDirectory, runner);
      return bootstrapState(inputs, session, { location, look, patience: BOOTSTRAP_PATIENCE });
    };
    await phases.run('bootstrap', bootstrap, describeBootstrap);
  }
  const openVault = (vaultUri: string): ReturnType<typeof createSecretReader> => createSecretReader(vaultUri, session.credential);
  const infrastructure = await phases.run(
    'state',
    () => openState(inputs, session, { exec, log: runner, privateDirectory, look }),
    (value) =>
      value.exists
        ? `${inputs.stateKey}: ${value.writtenSecrets.size} secrets in ${value.vaultUri ?? 'no vault yet'}`
        : `${inputs.stateKey}: empty, ${inputs.command === 'destroy' ? 'there is nothing to destroy' : 'this is the first run'}`,
  );
  if (inputs.command === 'destroy') {
    await destroyDeployment(run, { inputs, exec, toolbox, session, infrastructure });
    return;
  }
  const readSecrets = (of: Inputs, addKeys: (secrets: Secrets) => Promise<Secrets>): Promise<Secrets> =>
    phases.run(
      'secrets',
      async () =>
        addKeys(await gatherSecrets(of, infrastructure, { openVault, mask, privateDirectory, log: runner, patience: READ_PATIENCE })),
      describeSecrets,
    );
  const passes = {
    infrastructure: async (part: Run, of: Inputs, onPlan?: (plan: unknown) => void): Promise<void> => {
      const secrets = await readSecrets(of, async (read) => read);
      await deployInfrastructure(part, { inputs: of, toolbox, session, infrastructure, openVault, secrets }, onPlan);
    },
    langSmith: async (part: Run, of: Inputs): Promise<Planned | undefined> => {
      // Without what pass 1 built, there is no vault to ask either.
      const outputs = await phases.run('outputs', async () => decodeOutputs(infrastructure.outputs), describeOutputs);
      part.findings.url = outputs.langsmith_url;
      const secrets = await readSecrets(of, async (read) =>
        of.command === 'apply' || (of.command === 'plan' && of.deployPath === 'terraform')
          ? withRedisKey(read, session, outputs, mask)
          : read,
      );
      return deployCluster(part, { inputs: of, toolbox, session, infrastructure, exec, mask, secrets }, outputs);
    },
  };
  if (inputs.command === 'drift') await runDrift(run, inputs, infrastructure, passes);
  else if (inputs.pass === 1) await passes.infrastructure(run, inputs);
  else await passes.langSmith(run, inputs);
}

/** Everything asked, nothing changed: one report, and a failure only for what would make a deployment fail. */
async function preflight({ runner, phases, privateDirectory, findings, environment }: Run, inputs: Inputs, exec: Exec): Promise<void> {
  const look = async (): Promise<readonly Check[]> => {
    findings.checks = await examine(inputs, {
      exec,
      log: runner,
      privateDirectory,
      getIdToken: (audience) => runner.getIdToken(audience),
      mask: (value) => {
        runner.mask(value);
      },
      repository: environment['GITHUB_REPOSITORY'] ?? '',
    });
    demandNoBlocker(findings.checks);
    return findings.checks;
  };
  await phases.run('preflight', look, describeChecks);
}

/** Never changes while the deployment lives. */
const KEY_SECRET = 'langsmith-api-key-salt';

/** The key of the plan's fingerprint: from the vault as soon as it holds what never changes. */
const planKey = (inputs: Inputs, { values, origins }: Secrets): FingerprintKey =>
  fingerprintKey(inputs, origins.get(KEY_SECRET) === 'vault' ? values.get(KEY_SECRET) : undefined);

/** Where a review goes as soon as it is known. */
const show =
  ({ findings }: Run, inputs: Inputs): Show =>
  async (review) => {
    findings.review = review;
    findings.planJson = await writePlanJson(inputs.temporaryDirectory, reviewName(review), review);
  };

interface Provisioning extends SignedIn {
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  readonly secrets: Secrets;
}

/** Pass 1: what stands in Azure. @param onPlan sees the plan (`terraform show -json <plan>`) before anything else is done with it. */
async function deployInfrastructure(
  run: Run,
  { inputs, toolbox, session, infrastructure, openVault, secrets }: Provisioning,
  onPlan?: (plan: unknown) => void,
): Promise<void> {
  const { runner, phases, findings } = run;
  saveLock(runner, toolbox, session, infrastructure);
  const review = async (plan: unknown): Promise<void> => {
    onPlan?.(plan);
    await showReview(reviewInfrastructure(inputs.environment, plan, planKey(inputs, secrets)), inputs, runner, show(run, inputs));
  };
  const provisioned = await phases.run(
    'provision',
    () => provision(inputs, session, infrastructure, { log: runner, openVault, patience: VAULT_PATIENCE, review }),
    describeProvision,
  );
  // Before the first complete apply there is nothing to decode, and a plan that shows it has done its work.
  if (inputs.command === 'plan' && provisioned.changes.length > 0 && !OUTPUT_NAMES.every((name) => name in infrastructure.outputs)) return;
  const outputs = await phases.run(
    'outputs',
    async () => decodeOutputs(provisioned.applied ? await infrastructure.terraform.output() : infrastructure.outputs),
    describeOutputs,
  );
  findings.url = outputs.langsmith_url;
}

/** The Terraform path of one deployment: its part of the phase `plan`, and the phase `app`. */
interface ByTerraform {
  readonly planApp: (release: ReleasePlan | undefined) => Promise<AppPlan>;
  readonly applyApp: (plan: AppPlan) => Promise<AppResult>;
}

interface InCluster extends SignedIn {
  readonly exec: Exec;
  readonly mask: (value: string) => void;
  readonly secrets: Secrets;
}

/** From pass 2 on: the cluster is opened for as long as it takes. */
async function deployCluster(run: Run, parts: InCluster, outputs: Outputs): Promise<Planned | undefined> {
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

const describeOutputs = (outputs: Outputs): string => {
  const zone = outputs.dns_zone_name === '' ? '' : `; ${delegationOf(outputs.dns_zone_name, outputs.dns_nameservers)}`;
  return `${Object.keys(outputs).length} outputs; LangSmith will answer at ${outputs.langsmith_url}${zone}`;
};

/** What an upgrade would do, as the report says it: `would be installed`, `unchanged`. */
const plannedAction = (change: Change): string => (change === 'unchanged' ? change : `would be ${change}`);

const plannedRelease = (outputs: Outputs, { chart, change }: ReleasePlan): NonNullable<RunReport['release']> => ({
  name: outputs.langsmith_release_name,
  chart: `${chart.name} ${chart.version}`,
  action: plannedAction(change),
  revision: undefined,
});
