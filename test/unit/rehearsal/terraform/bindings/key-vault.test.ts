import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GROUP, PROVIDER, TerraformRoot } from '../terraform-root.js';

const SECRET_VALUE = 'canary-3f1c-never-in-state';
const VAULT = `data "azurerm_client_config" "current" {}
variable "license_key" {
  type      = string
  ephemeral = true
  sensitive = true
  default   = null
}
variable "license_version" {
  type    = number
  default = 1
}
variable "default_action" {
  type    = string
  default = "Allow"
}
resource "azurerm_key_vault" "main" {
  name                       = "rehearsal-kv"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = azurerm_resource_group.main.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  network_acls {
    bypass         = "AzureServices"
    default_action = var.default_action
  }
}
resource "azurerm_role_assignment" "officer" {
  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}
resource "azurerm_key_vault_secret" "license" {
  name             = "license-key"
  key_vault_id     = azurerm_key_vault.main.id
  value_wo         = var.license_key
  value_wo_version = var.license_version
  depends_on       = [azurerm_role_assignment.officer]
}
`;
const CONFIGURATION = PROVIDER + GROUP + VAULT;

function flat(output: string): string {
  return output.replace(/[│\s]+/g, ' ');
}

describe('azurerm_key_vault and its secrets', () => {
  let root: TerraformRoot;
  afterEach(async () => root.close());

  function versions(): string[] {
    return (root.world.vaults.live.get('rehearsal-kv')?.secrets.get('license-key') ?? []).map((version) => version.value);
  }

  it('writes an ephemeral value to the vault and nowhere else', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    const planned = await root.run(['plan', '-input=false', '-out=plan.bin'], { license_key: SECRET_VALUE });
    expect(planned.code).toBe(0);
    const applied = await root.run(['apply', '-input=false', 'plan.bin'], { license_key: SECRET_VALUE });
    expect(applied.output).toContain('4 added');
    expect(versions()).toEqual([SECRET_VALUE]);
    const shown = await root.run(['show', '-json']);
    const texts = [
      planned.output,
      applied.output,
      await root.state(),
      shown.output,
      (await readFile(`${root.directory}/plan.bin`)).toString('latin1'),
    ];
    for (const text of texts) expect(text).not.toContain(SECRET_VALUE);
    expect(shown.output).toContain('"value_wo":null');
  }, 60_000);

  it('writes again when the version rises, once, and not when only the value differs', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    await root.apply({ license_key: 'one' });
    expect((await root.plan({ license_key: 'other' })).code).toBe(0);
    expect(await root.apply({ license_key: 'two', license_version: '2' })).toContain('0 added, 1 changed, 0 destroyed');
    expect((await root.plan({ license_key: 'two', license_version: '2' })).code).toBe(0);
    expect(versions()).toEqual(['one', 'two']);
  }, 60_000);

  it('needs value and version together', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    const { code, output } = await root.plan();
    expect(code).toBe(1);
    expect(flat(output)).toContain('"value_wo_version": all of `value_wo,value_wo_version` must be specified');
  }, 60_000);

  it('is refused until the role is believed, then succeeds', async () => {
    root = await TerraformRoot.open(CONFIGURATION, { rbacDelayMs: 600_000 });
    const refused = await root.run(['apply', '-auto-approve'], { license_key: 'one' });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('StatusCode=403');
    expect(refused.output).toContain('InnerError={"code":"ForbiddenByRbac"}');
    root.world.clock.advance(600_000);
    expect(await root.apply({ license_key: 'one' })).toContain('1 added, 0 changed, 0 destroyed');
  }, 60_000);

  it('is refused by a closed firewall, already when it refreshes', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    const refused = await root.run(['apply', '-auto-approve'], { license_key: 'one', default_action: 'Deny' });
    expect(refused.output).toContain('ForbiddenByFirewall');
    expect(refused.output).toContain('203.0.113.10');
    await root.apply({ license_key: 'one' });
    const vault = root.world.vaults.live.get('rehearsal-kv');
    if (vault) vault.networkDefault = 'Deny';
    const refreshed = await root.plan({ license_key: 'one' });
    expect(refreshed.code).toBe(1);
    expect(refreshed.output).toContain('making Read request on Azure KeyVault Secret license-key');
    // Once the runner is let in, the change made in the portal shows as drift.
    vault?.allowedIps.push('203.0.113.10');
    expect(flat((await root.plan({ license_key: 'one' })).output)).toContain('default_action = "Deny" -> "Allow"');
  }, 60_000);

  it('keeps a destroyed vault and recovers it with its name', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    await root.apply({ license_key: 'one' });
    expect((await root.run(['destroy', '-auto-approve'], { license_key: 'one' })).output).toContain('4 destroyed');
    expect([...root.world.vaults.softDeleted.keys()]).toEqual(['rehearsal-kv']);
    await root.apply({ license_key: 'two' });
    expect(root.world.vaults.softDeleted.size).toBe(0);
    expect(versions()).toEqual(['two']);
  }, 60_000);

  it('does not get a name that somebody else deleted', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    root.world.vaults.softDeleted.set('rehearsal-kv', {
      name: 'rehearsal-kv',
      resourceId: '/subscriptions/other/resourceGroups/other/providers/Microsoft.KeyVault/vaults/rehearsal-kv',
      tenantId: 'other',
      uri: 'https://rehearsal-kv.vault.azure.net/',
      networkDefault: 'Allow',
      allowedIps: [],
      purgeProtection: true,
      secrets: new Map(),
    });
    const { code, output } = await root.run(['apply', '-auto-approve'], { license_key: 'one' });
    expect(code).toBe(1);
    expect(flat(output)).toContain('A vault with the same name already exists in deleted state');
  }, 60_000);

  it('believes a failed rotation, as the provider does', async () => {
    root = await TerraformRoot.open(CONFIGURATION.replace('"Key Vault Secrets Officer"', '"Key Vault Secrets User"'));
    const vaultScope = `/subscriptions/${root.world.options.subscriptionId}`;
    const { objectId } = root.world.deployer();
    root.world.resources.assign({ id: 'temporary', scope: vaultScope, principalId: objectId, roleName: 'Key Vault Secrets Officer' });
    await root.apply({ license_key: 'one' });
    root.world.resources.unassign('temporary');
    const failed = await root.run(['apply', '-auto-approve'], { license_key: 'two', license_version: '2' });
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('keyvault.BaseClient#SetSecret');
    expect((await root.plan({ license_key: 'two', license_version: '2' })).code).toBe(0);
    expect(versions()).toEqual(['one']);
  }, 60_000);

  it('lends a secret to an ephemeral resource', async () => {
    root = await TerraformRoot.open(CONFIGURATION);
    await root.apply({ license_key: SECRET_VALUE });
    const reader = `ephemeral "azurerm_key_vault_secret" "license" {
  name         = "license-key"
  key_vault_id = azurerm_key_vault.main.id
}
resource "azurerm_key_vault_secret" "copy" {
  name             = "copy"
  key_vault_id     = azurerm_key_vault.main.id
  value_wo         = ephemeral.azurerm_key_vault_secret.license.value
  value_wo_version = 1
}
`;
    await root.write(CONFIGURATION + reader);
    expect(await root.apply({ license_key: SECRET_VALUE })).toContain('1 added');
    expect(root.world.vaults.live.get('rehearsal-kv')?.secrets.get('copy')?.[0]?.value).toBe(SECRET_VALUE);
    expect(await root.state()).not.toContain(SECRET_VALUE);
  }, 60_000);
});
