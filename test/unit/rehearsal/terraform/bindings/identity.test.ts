import { afterEach, describe, expect, it } from '@jest/globals';
import { GROUP, PROVIDER, TerraformRoot } from '../terraform-root.js';

const IDENTITY = `resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}
variable "accounts" {
  type    = number
  default = 2
}
resource "azurerm_federated_identity_credential" "app" {
  count                     = var.accounts
  name                      = "account-\${count.index}"
  user_assigned_identity_id = azurerm_user_assigned_identity.app.id
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:langsmith:account-\${count.index}"
  audience                  = ["api://AzureADTokenExchange"]
}
`;
const ASSIGNMENT = `resource "azurerm_role_assignment" "app" {
  scope                = azurerm_resource_group.main.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}
`;
const ASSERTION = {
  issuer: 'https://issuer.example/',
  subject: 'system:serviceaccount:langsmith:account-1',
  audience: 'api://AzureADTokenExchange',
};

describe('identities and role assignments', () => {
  let root: TerraformRoot;
  afterEach(async () => root.close());

  function identity(): { clientId: string; objectId: string } {
    const found = root.world.directory.principals.find(({ name }) => name === 'app');
    if (!found) throw new Error('the identity is not in the directory');
    return found;
  }

  it('lets federated subjects sign in, and nobody else', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + IDENTITY);
    await root.apply();
    const { directory } = root.world;
    expect(directory.federate(identity().clientId, ASSERTION).name).toBe('app');
    expect(() => directory.federate(identity().clientId, { ...ASSERTION, subject: 'system:serviceaccount:langsmith:other' })).toThrow(
      'AADSTS700213',
    );

    // Removed behind Terraform's back: the plan puts it back.
    const credentials = directory.byClientId(identity().clientId)?.federatedCredentials ?? [];
    credentials.splice(
      credentials.findIndex(({ subject }) => subject === ASSERTION.subject),
      1,
    );
    expect((await root.plan()).output).toContain('azurerm_federated_identity_credential.app[1] will be created');
    await root.apply();
    expect(directory.federate(identity().clientId, ASSERTION).name).toBe('app');
  }, 60_000);

  it('stops at twenty credentials', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + IDENTITY);
    const { code, output } = await root.run(['apply', '-auto-approve'], { accounts: '21' });
    expect(code).toBe(1);
    expect(output).toContain('Too many Federated Identity Credentials');
  }, 60_000);

  it('grants a role that is believed after the delay and ends with the assignment', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + IDENTITY + ASSIGNMENT, { rbacDelayMs: 300_000 });
    await root.apply();
    const { resources, options, clock } = root.world;
    const scope = `/subscriptions/${options.subscriptionId}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/any`;
    const granted = (): boolean => resources.hasRole(identity().objectId, ['Storage Blob Data Contributor'], scope);
    expect(granted()).toBe(false);
    clock.advance(300_000);
    expect(granted()).toBe(true);
    expect((await root.plan()).code).toBe(0);
    await root.write(PROVIDER + GROUP + IDENTITY);
    await root.apply();
    expect(granted()).toBe(false);
  }, 60_000);

  it('refuses a principal nobody knows and a role it does not know', async () => {
    root = await TerraformRoot.open(
      PROVIDER +
        GROUP +
        IDENTITY +
        ASSIGNMENT.replace('azurerm_user_assigned_identity.app.principal_id', '"33333333-aaaa-4bbb-8ccc-000000000003"'),
    );
    expect((await root.run(['apply', '-auto-approve'])).output).toContain('PrincipalNotFound');
    await root.write(PROVIDER + GROUP + IDENTITY + ASSIGNMENT.replace('Storage Blob Data Contributor', 'Storage Wizard'));
    expect((await root.run(['apply', '-auto-approve'])).output).toContain("could not find role 'Storage Wizard'");
  }, 60_000);
});
