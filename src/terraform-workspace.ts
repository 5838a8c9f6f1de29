import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Inputs } from './phases/inputs.js';
import type { Session } from './phases/login.js';
import type { PrivateDirectory } from './private-directory.js';

/**
 * A private copy of a Terraform root with everything its commands read. Order of precedence, lowest first (Terraform loads
 * `terraform.tfvars`, then `*.auto.tfvars` by name): the topology's preset, the action's own values, the user's file, the secrets.
 * @returns the directory.
 */
export async function prepareWorkspace(inputs: Inputs, session: Session, directory: PrivateDirectory): Promise<string> {
  const workspace = path.join(directory.path, 'infra');
  const source = path.join(inputs.actionRoot, 'terraform/infra');
  await cp(source, workspace, { recursive: true, filter: (from) => !/[\\/](\.terraform|tests)$/.test(from) });
  await placeValues(inputs, session.subscriptionId, workspace);
  return workspace;
}

/** What the values of a root, but for the secrets, come from. */
export type ValueSources = Pick<Inputs, 'actionRoot' | 'topology' | 'configFile'>;

/** The values of a root, as {@link prepareWorkspace} says, but for the secrets. */
export async function placeValues(inputs: ValueSources, subscriptionId: string, workspace: string): Promise<void> {
  await cp(path.join(inputs.actionRoot, 'terraform/topologies', `${inputs.topology}.tfvars`), path.join(workspace, 'terraform.tfvars'));
  await writeFile(path.join(workspace, 'action.auto.tfvars.json'), `${JSON.stringify({ subscription_id: subscriptionId })}\n`);
  await cp(inputs.configFile, path.join(workspace, inputs.configFile.endsWith('.json') ? 'config.auto.tfvars.json' : 'config.auto.tfvars'));
}

/** Name of the hand-over file; also in .gitignore. */
export const SECRETS_FILE = 'infra/secrets.auto.tfvars.json';

/**
 * How Terraform, its azurerm provider and its azurerm backend log in: by asking GitHub for fresh assertions themselves. A static
 * assertion would outlive its five minutes in a long apply, and the Azure CLI is never a fallback.
 */
export function terraformEnvironment(session: Session): Record<string, string> {
  return {
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    ARM_USE_OIDC: 'true',
    ARM_USE_CLI: 'false',
    ARM_USE_MSI: 'false',
    ARM_USE_AZUREAD: 'true',
    ARM_STORAGE_USE_AZUREAD: 'true',
    ARM_CLIENT_ID: session.clientId,
    ARM_TENANT_ID: session.tenantId,
    ARM_SUBSCRIPTION_ID: session.subscriptionId,
  };
}
