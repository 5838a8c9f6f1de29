import path from 'node:path';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import type { PrivateDirectory } from '../private-directory.js';
import { prepareWorkspace, terraformEnvironment } from '../terraform-workspace.js';
import type { ContainerReader } from '../tools/blob.js';
import type { Exec } from '../tools/exec.js';
import { PluginCache } from '../tools/plugin-cache.js';
import { Terraform, TerraformError } from '../tools/terraform.js';
import type { Inputs } from './inputs.js';
import { explainEntra, type Session } from './login.js';

/** What already exists, from one read of the state. */
export interface Infrastructure {
  readonly terraform: Terraform;
  /** False before the first apply. */
  readonly exists: boolean;
  /** Every managed resource in the state. Values may hold what no report may show. */
  readonly resources: readonly StateResource[];
  /** Data-plane address of the Key Vault in the state. */
  readonly vaultUri: string | undefined;
  /** Key Vault secrets Terraform has written, with the version number it wrote them under. */
  readonly writtenSecrets: ReadonlyMap<string, number>;
  /** `{ name: { value } }` of the last complete apply. */
  readonly outputs: Readonly<Record<string, { readonly value?: unknown }>>;
}

export interface StateTools {
  readonly exec: Exec;
  readonly log: Log;
  readonly privateDirectory: PrivateDirectory;
  readonly look: ContainerReader;
}

/**
 * `terraform init` against the state backend and the one read of the state. The vault's name comes from here and from nowhere else:
 * a guessed name would find nothing and make every secret anew (T007, T008).
 * @throws DeployError `state-unreachable`, `state-forbidden`, `state-locked`, `login-*`.
 */
export async function openState(inputs: Inputs, session: Session, tools: StateTools): Promise<Infrastructure> {
  await demandContainer(inputs, tools.look);
  const [workspace, plugins] = await Promise.all([
    prepareWorkspace(inputs, session, tools.privateDirectory),
    PluginCache.open(inputs.toolCacheDirectory, path.join(inputs.actionRoot, 'terraform/infra/.terraform.lock.hcl'), tools.log),
  ]);
  const environment = { ...terraformEnvironment(session), TF_PLUGIN_CACHE_DIR: plugins.directory };
  const terraform = new Terraform(tools.exec, workspace, environment, tools.log);
  try {
    await terraform.init({ storage_account_name: inputs.stateAccount, container_name: inputs.stateContainer, key: inputs.stateKey });
    await plugins.save();
    // On the Terraform path a pass from 2 on locks the state of terraform/app only; destroy locks both.
    if (inputs.breakLock !== '' && !(inputs.command !== 'destroy' && inputs.deployPath === 'terraform' && inputs.pass > 1)) {
      await breakLock(terraform, inputs, tools.log);
    }
    return { terraform, ...readState(await terraform.showState()) };
  } catch (error) {
    throw explainState(error, inputs, session);
  }
}

/** Terraform asks an address that does not answer again for many minutes; one question of ours settles it in seconds. */
async function demandContainer({ stateAccount, stateContainer }: Inputs, look: ContainerReader): Promise<void> {
  const answer = await look(stateAccount, stateContainer);
  // What is forbidden, Terraform says in full.
  if (answer.kind === 'allowed' || answer.kind === 'forbidden') return;
  const why = answer.kind === 'unclear' ? answer.message : `there is no such ${answer.kind === 'no-account' ? 'account' : 'container'}`;
  throw new DeployError('state-unreachable', `https://${stateAccount}.blob.core.windows.net/${stateContainer}: ${why}`);
}

/** Breaks the lock the user names; one that is gone already is fine. */
export async function breakLock(terraform: Terraform, { breakLock: id, stateKey }: Inputs, log: Log): Promise<void> {
  try {
    await terraform.forceUnlock(id);
    log.warning(`the lock ${id} of ${stateKey} was broken because the input break-lock asked for it`, 'state');
  } catch (error) {
    if (!(error instanceof TerraformError && error.says(/"terraformlockid" was empty/))) throw error;
    log.info(`${stateKey} is not locked: there the input break-lock does nothing`);
  }
}

/** Why Terraform could not work with its state. */
export function explainState(error: unknown, inputs: Inputs, session: Session): unknown {
  if (!(error instanceof TerraformError)) return error;
  const where = `${inputs.stateAccount}/${inputs.stateContainer}/${inputs.stateKey}`;
  if (error.says(/AADSTS\d+/)) return explainEntra(error.message, inputs, session, error);
  if (error.says(/state blob is already locked|does not match existing lock/))
    return new DeployError('state-locked', `${where}\n${lockText(error.message)}`, { cause: error });
  if (error.says(/AuthorizationPermissionMismatch|AuthorizationFailure|status 403|StatusCode=403/))
    return new DeployError('state-forbidden', `${where}: ${error.message}`, { cause: error });
  if (error.command === 'init' || error.says(/no such host|connection refused|i\/o timeout|ContainerNotFound|ResourceNotFound/)) {
    return new DeployError('state-unreachable', `${where}: ${error.message}`, { cause: error });
  }
  return error;
}

/** The lines of Terraform's lock report: id, who, when. */
function lockText(message: string): string {
  const lines = [...message.matchAll(/^\s*(ID|Who|Operation|Created):\s*(.*)$/gm)].map(([, name, value]) => `${name}: ${value}`);
  return lines.length > 0 ? lines.join('\n') : message;
}

export interface StateResource {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

interface StateModule {
  readonly resources?: readonly StateResource[];
  readonly child_modules?: readonly StateModule[];
}

/** Reads `terraform show -json`; an empty state has no `values`. */
export function readState(json: unknown): Omit<Infrastructure, 'terraform'> {
  const values = (json as { values?: { root_module?: StateModule; outputs?: Record<string, { value?: unknown }> } }).values;
  const resources = flatten(values?.root_module ?? {}).filter((resource) => resource.mode === 'managed');
  const vault = resources.find((resource) => resource.type === 'azurerm_key_vault');
  const secrets = resources.filter((resource) => resource.type === 'azurerm_key_vault_secret');
  return {
    exists: resources.length > 0,
    resources,
    vaultUri: vault === undefined ? undefined : String(vault.values['vault_uri']),
    writtenSecrets: new Map(secrets.map((secret) => [String(secret.values['name']), Number(secret.values['value_wo_version'] ?? 1)])),
    outputs: values?.outputs ?? {},
  };
}

function flatten(module: StateModule): StateResource[] {
  return [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(flatten)];
}
