import { deployCluster } from './deployment/cluster.js';
import { deployInfrastructure } from './deployment/infrastructure.js';
import { describeOutputs } from './deployment/shown.js';
import { destroyDeployment } from './destroy/run.js';
import { runDrift } from './drift/run.js';
import { BOOTSTRAP_PATIENCE, bootstrapState, describeBootstrap, type Bootstrapped } from './phases/bootstrap.js';
import { readInputs, type Inputs } from './phases/inputs.js';
import { login } from './phases/login.js';
import { decodeOutputs } from './phases/outputs.js';
import type { Planned } from './phases/plan.js';
import { describeSecrets, gatherSecrets, READ_PATIENCE, type Secrets } from './phases/secrets.js';
import { openState } from './phases/state.js';
import { describeTools, prepareTools, toolPaths } from './phases/tools.js';
import { runPreflight } from './preflight/run.js';
import { readSettings } from './preflight/settings.js';
import { withRedisKey } from './redis-key.js';
import type { Run } from './run.js';
import { createContainerReader } from './tools/blob.js';
import { createExec } from './tools/exec.js';
import { createSecretReader } from './tools/key-vault.js';
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
    await runPreflight(run, inputs, exec);
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
