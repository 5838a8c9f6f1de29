import { rm } from 'node:fs/promises';
import path from 'node:path';
import { leftovers, vaultsOf, type DeletedVault, type Leftover } from '../destroy/leftovers.js';
import { blockingLocks, fetchLocks, scopeOf } from '../destroy/locks.js';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import { irreversibleChanges } from '../plan-guards.js';
import type { Azure } from '../preflight/azure.js';
import type { Fact } from '../preflight/check.js';
import type { PrivateDirectory } from '../private-directory.js';
import { SECRETS, variableOf } from '../secret-catalogue.js';
import { resourceChanges } from '../terraform-changes.js';
import { SECRETS_FILE } from '../terraform-workspace.js';
import type { PlanFile } from '../tools/terraform.js';
import type { Dismantled, Skipped } from './dismantle.js';
import type { Inputs } from './inputs.js';
import type { Session } from './login.js';
import { explainProvision, type Provisioned } from './provision.js';
import type { Infrastructure } from './state.js';

/** A plan that destroys everything, made before anything is touched. */
export interface Doomed extends Provisioned {
  readonly plan: PlanFile;
}

export interface DestroyTools {
  readonly azure: Azure;
  readonly log: Log;
  readonly privateDirectory: PrivateDirectory;
}

/**
 * Plans the destroy of everything in the state, and proves that no lock stands in its way (T296).
 * @throws DeployError `destroy-blocked`, `provision-invalid`, `provision-failed`, `state-*`, `login-*`.
 */
export async function planDestroy(inputs: Inputs, session: Session, infrastructure: Infrastructure, tools: DestroyTools): Promise<Doomed> {
  const { terraform } = infrastructure;
  await tools.privateDirectory.writeFile(SECRETS_FILE, `${JSON.stringify(placeHolders())}\n`);
  try {
    const plan = await terraform.plan('destroy');
    const planned = await terraform.showPlan(plan);
    await refuseLocked(infrastructure, tools);
    return { plan, changes: resourceChanges(planned), irreversible: irreversibleChanges(planned), applied: false };
  } catch (error) {
    throw explainProvision(error, inputs, session, []);
  }
}

/**
 * Terraform evaluates the whole configuration before it destroys, write-only arguments included, and refuses null. Nothing is written,
 * so no real value is needed: Key Vault is not read, which would fail in a second run, when the vault is gone.
 */
function placeHolders(): Record<string, string> {
  return Object.fromEntries(SECRETS.map(({ name, generate }) => [variableOf(name), generate?.() ?? 'not-used-by-destroy']));
}

async function refuseLocked({ resources }: Infrastructure, { azure, log }: DestroyTools): Promise<void> {
  const locks = await fetchLocks(azure);
  if ('unknown' in locks) {
    log.warning(`Whether locks stand in the way cannot be read: ${locks.unknown}`, 'destroy');
    return;
  }
  const ids = resources.flatMap(({ values }) => [values['id'], values['node_resource_group_id']]);
  const found = blockingLocks(
    locks.known,
    ids.filter((id): id is string => typeof id === 'string' && id.startsWith('/subscriptions/')),
  );
  if (found.length === 0) return;
  throw new DeployError(
    'destroy-blocked',
    found.map((lock) => `- lock ${lock.name ?? ''} (${lock.properties?.level ?? 'unknown level'}) on ${scopeOf(lock)}`).join('\n'),
    { fix: `Nothing was touched. Remove each lock and run again:\n${found.map(({ id }) => `az lock delete --ids ${id}`).join('\n')}` },
  );
}

/**
 * Applies exactly the plan that was shown.
 * @returns the same changes, now applied.
 * @throws DeployError `provision-failed`, `state-*`, `login-*`.
 */
export async function destroy(
  inputs: Inputs,
  session: Session,
  { terraform, resources }: Infrastructure,
  doomed: Doomed,
  cluster: Dismantled | Skipped,
): Promise<Provisioned> {
  try {
    if (doomed.plan.hasChanges) await terraform.apply(doomed.plan);
    return { changes: doomed.changes, irreversible: doomed.irreversible, applied: true };
  } catch (error) {
    const explained = explainProvision(error, inputs, session, doomed.changes);
    const group = resources.find(({ type }) => type === 'azurerm_kubernetes_cluster')?.values['node_resource_group'];
    if (!('skipped' in cluster && cluster.unseen) || typeof group !== 'string' || !(explained instanceof DeployError)) throw explained;
    if (explained.reason !== 'provision-failed') throw explained;
    // What Services got from Azure may be what is in the way, and nothing else here can remove it.
    throw new DeployError('provision-failed', explained.detail, {
      cause: error,
      fix: `${explained.fix} If a load balancer or an address of the cluster is in the way, delete it first: az group delete --name ${group}`,
    });
  } finally {
    await rm(path.join(terraform.directory, path.basename(SECRETS_FILE)), { force: true });
  }
}

/**
 * What is left, as far as Azure says. Never throws for an answer.
 * @param appState `account/container/key` of the state of the Terraform path, where there is one.
 */
export async function findLeftovers(
  inputs: Inputs,
  infrastructure: Infrastructure,
  cluster: Dismantled | Skipped,
  azure: Azure,
  appState: string | undefined,
): Promise<Leftover[]> {
  const vaults = await Promise.all(
    vaultsOf(infrastructure.resources).map(async ({ name, location }) => [name, await deletedVault(azure, name, location)] as const),
  );
  return leftovers({
    before: infrastructure.resources,
    vaults: new Map(vaults),
    volumes: 'skipped' in cluster ? [] : cluster.volumes,
    skipped: 'skipped' in cluster && cluster.unseen ? cluster.skipped : undefined,
    states: [`${inputs.stateAccount}/${inputs.stateContainer}/${inputs.stateKey}`, ...(appState === undefined ? [] : [appState])],
  });
}

/** Microsoft.KeyVault deletedVaults, API 2026-02-01; its 404 is an answer. */
async function deletedVault(azure: Azure, name: string, location: string): Promise<Fact<DeletedVault | undefined>> {
  const path = `providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`;
  const exists = await azure.exists(path, '2026-02-01');
  if ('unknown' in exists || !exists.known) return 'unknown' in exists ? exists : { known: undefined };
  return azure.get<DeletedVault>(path, '2026-02-01');
}
