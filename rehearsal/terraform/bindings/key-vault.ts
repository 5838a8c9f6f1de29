import type { SecretVersion, Vault } from '../../world/vaults.js';
import { equal, type Value, type ValueObject } from '../values.js';
import { armBinding, inGroup } from './arm.js';
import { alreadyExists, block, optionalText, ProviderError, text, texts, type Binding, type Context, type Reader } from './binding.js';

/** The address Azure sees the run come from. */
const RUNNER_ADDRESS = '203.0.113.10';
const vaultType = 'Microsoft.KeyVault/vaults';

function vaultName(attributes: ValueObject): string {
  return text(attributes, 'name').toLowerCase();
}

/** What an absent `network_acls` block amounts to. */
const OPEN: ValueObject = { bypass: 'AzureServices', default_action: 'Allow', ip_rules: [], virtual_network_subnet_ids: [] };

function firewall(attributes: ValueObject): Pick<Vault, 'networkDefault' | 'allowedIps'> {
  const acls = block(attributes, 'network_acls') ?? OPEN;
  // A single address may be written as /32; the world compares plain addresses.
  return {
    networkDefault: acls.default_action === 'Deny' ? 'Deny' : 'Allow',
    allowedIps: texts(acls, 'ip_rules').map((rule) => rule.replace(/\/32$/, '')),
  };
}

/** A name is free, or soft-deleted and to be recovered. Throws Azure's refusal otherwise. */
function recoverable(attributes: ValueObject, id: string, context: Context): Vault | undefined {
  const name = vaultName(attributes);
  if (context.world.vaults.live.has(name)) {
    throw new ProviderError(
      `creating Key Vault (${id}): unexpected status 409 (409 Conflict) with error: VaultAlreadyExists: The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken.`,
    );
  }
  const deleted = context.world.vaults.softDeleted.get(name);
  if (!deleted) return undefined;
  // A vault of another group or subscription cannot be recovered from here: the name just stays taken.
  if (deleted.resourceId.toLowerCase() !== id.toLowerCase()) {
    throw new ProviderError(
      `creating Key Vault (${id}): unexpected status 409 (409 Conflict) with error: ConflictError: A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.`,
    );
  }
  if (!context.feature('key_vault', 'recover_soft_deleted_key_vaults', true)) {
    throw new ProviderError(
      `An existing soft-deleted Key Vault exists with the Name "${name}" in the location "${text(attributes, 'location')}", however automatically recovering this Key Vault has been disabled via the "features" block.`,
    );
  }
  return deleted;
}

const keyVault: Binding = armBinding({
  terraformType: 'azurerm_key_vault',
  type: vaultType,
  id: inGroup(vaultType),
  exists: (id, context) => vaultOf(context, id) !== undefined,
  learn(attributes, id, context) {
    const name = vaultName(attributes);
    const recovered = recoverable(attributes, id, context);
    const uri = `https://${name}.vault.azure.net/`;
    context.world.vaults.softDeleted.delete(name);
    context.world.vaults.live.set(name, {
      name: text(attributes, 'name'),
      resourceId: id,
      tenantId: text(attributes, 'tenant_id'),
      uri,
      ...firewall(attributes),
      purgeProtection: recovered?.purgeProtection === true || attributes.purge_protection_enabled === true,
      secrets: recovered?.secrets ?? new Map<string, SecretVersion[]>(),
    });
    const rbac = attributes.rbac_authorization_enabled === true || attributes.enable_rbac_authorization === true;
    return {
      vault_uri: uri,
      rbac_authorization_enabled: rbac,
      enable_rbac_authorization: rbac,
      access_policy: Array.isArray(attributes.access_policy) ? attributes.access_policy : [],
      ...(block(attributes, 'network_acls') ? {} : { network_acls: [OPEN] }),
    };
  },
  properties: (attributes) => ({
    vaultUri: attributes.vault_uri,
    tenantId: attributes.tenant_id,
    sku: { family: 'A', name: attributes.sku_name },
    enableRbacAuthorization: attributes.rbac_authorization_enabled,
    enablePurgeProtection: attributes.purge_protection_enabled === true ? true : null,
    softDeleteRetentionInDays: attributes.soft_delete_retention_days,
    publicNetworkAccess: attributes.public_network_access_enabled === false ? 'Disabled' : 'Enabled',
  }),
  drift(_properties, state, { world }) {
    const vault = world.vaults.live.get(vaultName({ name: text(state, 'id').split('/').at(-1) ?? '' }));
    if (!vault) return {};
    const stored = firewall(state);
    const same = stored.networkDefault === vault.networkDefault && equal([...stored.allowedIps].sort(), [...vault.allowedIps].sort());
    return same
      ? {}
      : {
          network_acls: [{ ...(block(state, 'network_acls') ?? OPEN), default_action: vault.networkDefault, ip_rules: vault.allowedIps }],
        };
  },
  onUpdate({ context, prior, planned }) {
    if (prior.purge_protection_enabled === true && planned.purge_protection_enabled !== true) {
      throw new ProviderError(
        `updating Key Vault (${text(prior, 'id')}): once Purge Protection has been Enabled it's not possible to disable it`,
      );
    }
    if (!equal(prior.soft_delete_retention_days ?? null, planned.soft_delete_retention_days ?? null)) {
      throw new ProviderError(
        `updating Key Vault (${text(prior, 'id')}): once \`soft_delete_retention_days\` has been configured it cannot be modified`,
      );
    }
    const vault = context.world.vaults.live.get(vaultName(prior));
    if (vault) Object.assign(vault, firewall(planned), { purgeProtection: planned.purge_protection_enabled === true });
    return {};
  },
  onDelete(state, context) {
    const vault = context.world.vaults.live.get(vaultName(state));
    context.world.vaults.live.delete(vaultName(state));
    // The provider purges what it deletes unless told not to; a purge-protected vault stays whatever it is told.
    const purges = context.feature('key_vault', 'purge_soft_delete_on_destroy', true);
    if (!vault || (!vault.purgeProtection && purges)) return;
    const days = typeof state.soft_delete_retention_days === 'number' ? state.soft_delete_retention_days : 90;
    vault.purgedAt = context.world.clock.now() + days * 24 * 3_600_000;
    context.world.vaults.softDeleted.set(vaultName(state), vault);
  },
});

/** The live vault behind a resource id; undefined when it is gone. */
function vaultOf(context: Context, id: string): Vault | undefined {
  return [...context.world.vaults.live.values()].find((vault) => vault.resourceId.toLowerCase() === id.toLowerCase());
}

function vaultFor(context: Context, id: string, doing: string): Vault {
  const vault = vaultOf(context, id);
  if (!vault) throw new ProviderError(`${doing}: the Key Vault ${id} was not found`);
  return vault;
}

/** Throws the data plane's 403 when the deployer may not. The wording follows the service's and the provider's. */
function authorize(context: Context, vault: Vault, secret: string, action: 'read' | 'write', doing: string, method: string): void {
  const deployer = context.world.deployer();
  const refusal = context.world.vaults.refusal(vault, deployer.objectId, action, RUNNER_ADDRESS);
  if (!refusal) return;
  const caller = `appid=${deployer.clientId};oid=${deployer.objectId};iss=https://sts.windows.net/${context.world.options.tenantId}/`;
  const place = `Vault: ${vault.name};location=${context.world.resources.get(vault.resourceId)?.location ?? ''}`;
  const operation = action === 'read' ? 'getSecret' : 'setSecret';
  const reason =
    refusal === 'ForbiddenByFirewall'
      ? `Client address is not authorized and caller is not a trusted service.\\r\\nClient address: ${RUNNER_ADDRESS}\\r\\nCaller: ${caller}\\r\\n${place}`
      : `Caller is not authorized to perform action on resource.\\r\\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\\r\\nCaller: ${caller}\\r\\nAction: 'Microsoft.KeyVault/vaults/secrets/${operation}/action'\\r\\nResource: '${vault.resourceId.toLowerCase()}/secrets/${secret}'\\r\\nAssignment: (not found)\\r\\nDenyAssignmentId: null\\r\\nDecisionReason: 'DeniedWithNoValidRBAC' \\r\\n${place}\\r\\n`;
  throw new ProviderError(
    `${doing}: keyvault.BaseClient#${method}: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code="Forbidden" Message="${reason}" InnerError={"code":"${refusal}"}`,
  );
}

function secretAttributes(vault: Vault, name: string, version: SecretVersion): ValueObject {
  const versionless = `${vault.uri}secrets/${name}`;
  return {
    id: `${versionless}/${version.version}`,
    name,
    key_vault_id: vault.resourceId,
    version: version.version,
    versionless_id: versionless,
    resource_id: `${vault.resourceId}/secrets/${name}/versions/${version.version}`,
    resource_versionless_id: `${vault.resourceId}/secrets/${name}`,
    content_type: version.contentType ?? '',
  };
}

function write(context: Context, vault: Vault, planned: ValueObject, config: ValueObject): ValueObject {
  const name = text(planned, 'name');
  const value = optionalText(config, 'value_wo') ?? optionalText(config, 'value');
  if (value === undefined) throw new ProviderError(`creating Secret "${name}": neither \`value\` nor \`value_wo\` is set`);
  return secretAttributes(
    vault,
    name,
    context.world.vaults.setSecret(vault, name, value, optionalText(planned, 'content_type'), context.world.clock.now()),
  );
}

const keyVaultSecret: Binding = {
  create({ context, planned, config }) {
    const name = text(planned, 'name');
    const vault = vaultFor(context, text(planned, 'key_vault_id'), `looking up Secret "${name}"`);
    authorize(context, vault, name, 'read', `checking for presence of existing Secret "${name}" (Key Vault "${vault.uri}")`, 'GetSecret');
    const existing = context.world.vaults.secret(vault, name);
    if (existing) throw alreadyExists('azurerm_key_vault_secret', `${vault.uri}secrets/${name}/${existing.version}`);
    authorize(context, vault, name, 'write', `creating Secret "${name}" (Key Vault "${vault.uri}")`, 'SetSecret');
    return write(context, vault, planned, config);
  },
  read(context, state) {
    const [uri = '', path = ''] = text(state, 'id').split('secrets/');
    const name = path.split('/')[0] ?? '';
    const vault = [...context.world.vaults.live.values()].find((candidate) => candidate.uri === uri);
    if (!vault) return undefined;
    authorize(context, vault, name, 'read', `making Read request on Azure KeyVault Secret ${name}`, 'GetSecret');
    const version = context.world.vaults.secret(vault, name);
    if (!version) return undefined;
    // A secret written with `value_wo` keeps its value out of state for good.
    const value: Record<string, Value> = (state.value_wo_version ?? null) === null ? { value: version.value } : {};
    return { ...secretAttributes(vault, name, version), ...value };
  },
  update({ context, prior, planned, config }) {
    const name = text(prior, 'name');
    const vault = vaultFor(context, text(prior, 'key_vault_id'), `looking up Secret "${name}"`);
    const rewrite =
      !equal(prior.value_wo_version ?? null, planned.value_wo_version ?? null) || !equal(prior.value ?? null, planned.value ?? null);
    authorize(
      context,
      vault,
      name,
      'write',
      `updating Secret "${name}" (Key Vault "${vault.uri}")`,
      rewrite ? 'SetSecret' : 'UpdateSecret',
    );
    const current = context.world.vaults.secret(vault, name);
    if (rewrite || !current) return write(context, vault, planned, config);
    const contentType = optionalText(planned, 'content_type');
    vault.secrets.set(name, [...(vault.secrets.get(name) ?? []).slice(0, -1), { ...current, contentType }]);
    return {};
  },
  delete(context, state) {
    const name = text(state, 'name');
    const vault = vaultOf(context, text(state, 'key_vault_id'));
    if (!vault) return;
    authorize(context, vault, name, 'write', `deleting Secret "${name}" (Key Vault "${vault.uri}")`, 'DeleteSecret');
    vault.secrets.delete(name);
  },
  believesFailedUpdate: true,
};

/** Ephemeral azurerm_key_vault_secret: the newest version, or the one asked for. */
export const openSecret: Reader = (context, config) => {
  const name = text(config, 'name');
  const vault = vaultFor(context, text(config, 'key_vault_id'), `looking up Secret "${name}"`);
  authorize(context, vault, name, 'read', `retrieving Secret "${name}" (Key Vault "${vault.uri}")`, 'GetSecret');
  const wanted = optionalText(config, 'version');
  const version =
    wanted === undefined
      ? context.world.vaults.secret(vault, name)
      : vault.secrets.get(name)?.find((candidate) => candidate.version === wanted);
  if (!version) throw new ProviderError(`Secret "${name}" (Key Vault "${vault.uri}") was not found: StatusCode=404 Code="SecretNotFound"`);
  return { value: version.value, version: version.version };
};

/** azurerm_* types of Microsoft.KeyVault. */
export const KEY_VAULT: Readonly<Record<string, Binding>> = { azurerm_key_vault: keyVault, azurerm_key_vault_secret: keyVaultSecret };
