import { aksCredential } from '../aks-credential.js';
import { DeployError } from '../errors.js';
import { openCluster, type Cluster } from '../kubernetes/cluster.js';
import { destroy, findLeftovers, planDestroy, type Doomed } from '../phases/destroy.js';
import { describeDismantle, dismantle, type Dismantled, type Skipped } from '../phases/dismantle.js';
import { describeProvision, type Provisioned } from '../phases/provision.js';
import { readAddons } from '../platform/addons.js';
import { createAzure } from '../preflight/azure.js';
import { saveLock, type Run, type SignedIn } from '../run.js';
import { createBlobReader } from '../tools/blob.js';
import type { Exec } from '../tools/exec.js';
import type { Terraform } from '../tools/terraform.js';
import { remainingAddresses } from './addresses.js';
import { describeForgotten, findAppState, forgetAppState, openAppState, type Forgotten } from './app-state.js';
import { deployedCluster } from './leftovers.js';

type Login = SignedIn & { readonly exec: Exec };

/**
 * Everything away again, phase by phase. What cannot be planned is found before anything is touched; what is applied is what was
 * planned; and what went before is simply not there any more in a second run.
 */
export async function destroyDeployment(run: Run, login: Login): Promise<void> {
  const { runner, phases, privateDirectory, findings } = run;
  const { inputs, toolbox, session, infrastructure } = login;
  const azure = createAzure(session.arm, session.subscriptionId);
  const read = createBlobReader(session.credential);
  const content = await findAppState(inputs, read);
  const open = (): Promise<Terraform | undefined> =>
    content === undefined
      ? Promise.resolve(undefined)
      : openAppState(inputs, session, content, { exec: login.exec, log: runner, privateDirectory, read });
  const forget = async (app: Terraform | undefined): Promise<Forgotten | undefined> => {
    if (app === undefined || content === undefined) return undefined;
    saveLock(runner, toolbox, session, { terraform: app });
    return forgetAppState(inputs, session, app, content);
  };
  let cluster: Dismantled | Skipped = { skipped: 'there is nothing to destroy', unseen: false };
  let forgotten: Forgotten | undefined;
  if (infrastructure.exists) {
    saveLock(runner, toolbox, session, infrastructure);
    const tools = { azure, log: runner, privateDirectory };
    const plan = async (): Promise<{ doomed: Doomed; app: Terraform | undefined }> => ({
      app: await open(),
      doomed: await planDestroy(inputs, session, infrastructure, tools),
    });
    const { doomed, app } = await phases.run('provision', plan, (planned) => describeProvision(planned.doomed));
    findings.terraform = doomed;
    const dismantled = await phases.run('dismantle', () => dismantleCluster(run, login), describeDismantle);
    findings.destroyed = { cluster: dismantled, leftovers: [] };
    const away = async (): Promise<Provisioned> => {
      const destroyed = await destroy(inputs, session, infrastructure, doomed, dismantled);
      findings.terraform = destroyed;
      forgotten = await forget(app);
      return destroyed;
    };
    await phases.run('destroy', away, (destroyed) => describeDestroy(describeProvision(destroyed), forgotten));
    cluster = dismantled;
  } else if (content?.isEmpty === false) {
    // An earlier run ended between the two states, or the cluster went by another way.
    forgotten = await phases.run(
      'destroy',
      async () => forget(await open()),
      (done) => describeDestroy('nothing in Azure', done),
    );
  }
  const leftovers = await findLeftovers(inputs, infrastructure, cluster, azure, content?.state);
  findings.destroyed = { cluster, leftovers, ...(forgotten === undefined ? {} : { forgotten }) };
}

const describeDestroy = (destroyed: string, forgotten: Forgotten | undefined): string =>
  forgotten === undefined ? destroyed : `${destroyed}; ${describeForgotten(forgotten)}`;

/** A cluster that is gone or does not answer is no reason to keep the rest; the report then says what may be left. */
async function dismantleCluster(run: Run, login: Login): Promise<Dismantled | Skipped> {
  const { inputs, session, infrastructure } = login;
  const skip = (skipped: string): Skipped => {
    run.runner.warning(
      `The cluster was not taken apart: ${skipped}. Load balancers, public addresses and disks that it made may be left.`,
      'dismantle',
    );
    return { skipped, unseen: true };
  };
  const deployed = deployedCluster(infrastructure.resources);
  if (deployed === undefined) return { skipped: 'there is no cluster in the state', unseen: false };
  if (!deployed.admitsUs) return skip('the state holds no role for this identity on it');
  const cluster = await reach(run, login, deployed.id);
  if (typeof cluster === 'string') return skip(cluster);
  try {
    const azure = createAzure(session.arm, session.subscriptionId);
    return await dismantle(cluster, {
      addons: await readAddons(inputs.actionRoot),
      remaining: (addresses) => remainingAddresses(azure, deployed.id, addresses),
      timeoutMinutes: inputs.timeoutMinutes,
    });
  } finally {
    await cluster.close();
  }
}

/** The open cluster, or why it cannot be reached. */
async function reach({ runner, privateDirectory }: Run, { exec, session }: Login, clusterId: string): Promise<Cluster | string> {
  const mask = (value: string): void => {
    runner.mask(value);
  };
  let cluster: Cluster | undefined;
  try {
    cluster = await openCluster({
      exec,
      log: runner,
      files: privateDirectory,
      getCredential: () => aksCredential(session, clusterId, mask),
      // None is read: nothing that a pod prints is shown.
      secrets: new Map(),
    });
    await cluster.kubectl.whoAmI();
    return cluster;
  } catch (error) {
    await cluster?.close();
    if (error instanceof DeployError && error.reason === 'cluster-unreachable') return error.detail.split('\n').at(-1) ?? error.detail;
    throw error;
  }
}
