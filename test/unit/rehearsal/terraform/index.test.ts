import { afterEach, describe, expect, it } from '@jest/globals';
import { GROUP, PROVIDER, SUBSCRIPTION, TerraformRoot } from './terraform-root.js';

const NETWORK = `resource "azurerm_virtual_network" "main" {
  name                = "vnet"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  address_space       = ["10.0.0.0/17"]
}
resource "azurerm_subnet" "main" {
  name                 = "aks"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.0.0.0/19"]
  service_endpoints    = ["Microsoft.Storage", "Microsoft.KeyVault"]
}
`;
const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const VNET_ID = `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/vnet`;

describe('startTerraformProviders', () => {
  let root: TerraformRoot;
  afterEach(async () => root.close());

  it('applies, plans nothing more, updates in place, replaces and destroys', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + NETWORK);
    expect(await root.apply()).toContain('3 added, 0 changed, 0 destroyed');
    expect(root.world.resources.get(VNET_ID)?.location).toBe('eastus');
    expect((await root.plan()).code).toBe(0);

    await root.write(PROVIDER + GROUP.replace('"platform"', '"data"') + NETWORK);
    expect(await root.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(root.world.resources.get(GROUP_ID)?.tags).toEqual({ owner: 'data' });

    await root.write(PROVIDER + GROUP.replace('"platform"', '"data"') + NETWORK.replace('"aks"', '"nodes"'));
    const replaced = await root.plan();
    expect(replaced.output).toMatch(/name\s+= "aks" -> "nodes" # forces replacement/);
    expect(await root.apply()).toContain('1 added, 0 changed, 1 destroyed');
    expect(root.world.resources.get(`${VNET_ID}/subnets/aks`)).toBeUndefined();

    expect((await root.run(['destroy', '-auto-approve'])).output).toContain('3 destroyed');
    expect(root.world.resources.list()).toEqual([]);
  }, 60_000);

  it('shows what was changed or deleted behind its back', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + NETWORK);
    await root.apply();
    const network = root.world.resources.get(VNET_ID);
    if (network) network.properties.addressPrefixes = ['10.9.0.0/16'];
    root.world.resources.delete(`${VNET_ID}/subnets/aks`);
    const { code, output } = await root.plan();
    expect(code).toBe(2);
    expect(output).toContain('- "10.9.0.0/16"');
    expect(output).toContain('azurerm_subnet.main will be created');
    expect(output).toContain('1 to add, 1 to change, 0 to destroy');
    await root.apply();
    expect(network && root.world.resources.get(VNET_ID)?.properties.addressPrefixes).toEqual(['10.0.0.0/17']);
  }, 60_000);

  it('imports what exists and refuses to create it twice', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP);
    await root.apply();
    await root.run(['state', 'rm', 'azurerm_resource_group.main']);
    const refused = await root.run(['apply', '-auto-approve']);
    expect(refused.code).toBe(1);
    expect(refused.output.replace(/\s+/g, ' ')).toContain(
      'already exists - to be managed via Terraform this resource needs to be imported into the State',
    );
    expect((await root.run(['import', 'azurerm_resource_group.main', GROUP_ID])).code).toBe(0);
    expect((await root.plan()).code).toBe(0);
  }, 60_000);

  it('refuses a subscription that is not there', async () => {
    root = await TerraformRoot.open(PROVIDER.replace(SUBSCRIPTION, '99999999-aaaa-4bbb-8ccc-000000000009') + GROUP);
    const { code, output } = await root.plan();
    expect(code).toBe(1);
    expect(output.replace(/\s+/g, ' ')).toContain(
      "SubscriptionNotFound: The subscription '99999999-aaaa-4bbb-8ccc-000000000009' could not be found.",
    );
  }, 60_000);

  it('says what Azure says when an owner is missing', async () => {
    root = await TerraformRoot.open(`${PROVIDER}resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  resource_group_name = "nowhere"
  location            = "eastus"
}`);
    const { code, output } = await root.run(['apply', '-auto-approve']);
    expect(code).toBe(1);
    expect(output.replace(/\s+/g, ' ')).toContain("ResourceGroupNotFound: Resource group 'nowhere' could not be found.");
  }, 60_000);

  it('fails the creates a fault names, and the next apply resumes', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + NETWORK);
    root.world.faults.terraformCreate = { match: /^azurerm_subnet aks$/, message: 'QuotaExceeded: no more subnets' };
    const failed = await root.run(['apply', '-auto-approve']);
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('QuotaExceeded: no more subnets');
    root.world.faults.terraformCreate = undefined;
    expect(await root.apply()).toContain('1 added, 0 changed, 0 destroyed');
    expect(root.providers.log.filter((event) => event.type === 'azurerm_subnet').map((event) => event.error)).toEqual([
      'QuotaExceeded: no more subnets',
      undefined,
    ]);
  }, 60_000);

  it('hangs as long as it is told to, and lets go on SIGTERM with the state saved', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + NETWORK);
    root.world.faults.terraformHang = /^azurerm_virtual_network$/;
    const { child, finished } = root.start(['apply', '-auto-approve', '-no-color']);
    while (!root.providers.log.some((event) => event.action === 'create')) await new Promise((resolve) => setTimeout(resolve, 50));
    // The group exists now and the network's create is being waited for.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    const { code, output } = await finished;
    expect(code).toBe(1);
    expect(output).toContain('context canceled');
    expect(await root.state()).toContain(GROUP_ID);
    root.world.faults.terraformHang = undefined;
    expect(await root.apply()).toContain('2 added, 0 changed, 0 destroyed');
  }, 60_000);

  it('serves several commands at once', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP);
    const plans = await Promise.all([root.plan(), root.run(['validate']), root.run(['plan', '-input=false', '-lock=false'])]);
    expect(plans.map(({ code }) => code)).toEqual([2, 0, 0]);
  }, 60_000);
});
