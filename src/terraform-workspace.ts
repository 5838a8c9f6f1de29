import { cp } from 'node:fs/promises';
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
  const source = path.join(inputs.actionRoot, 'terraform');
  await cp(path.join(source, 'infra'), workspace, { recursive: true, filter: (from) => !/[\\/](\.terraform|tests)$/.test(from) });
  await cp(path.join(source, 'topologies', `${inputs.topology}.tfvars`), path.join(workspace, 'terraform.tfvars'));
  await directory.writeFile('infra/action.auto.tfvars.json', `${JSON.stringify({ subscription_id: session.subscriptionId })}\n`);
  await cp(inputs.configFile, path.join(workspace, inputs.configFile.endsWith('.json') ? 'config.auto.tfvars.json' : 'config.auto.tfvars'));
  return workspace;
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
