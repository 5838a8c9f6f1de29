import { readFileSync } from 'node:fs';
import type { ProviderDefinition } from '../engine/engine.js';
import type { ProviderSchemas } from '../schema.js';
import { optionalText, ProviderError } from './binding.js';
import { CONSTRAINTS } from './constraints.js';
import { DATA_SOURCES } from './data-sources.js';
import { DATABASES } from './databases.js';
import { managementLock, resourceGroup } from './groups.js';
import { IDENTITY } from './identity.js';
import { KEY_VAULT, openSecret } from './key-vault.js';
import { KUBERNETES } from './kubernetes.js';
import { MONITORING } from './monitoring.js';
import { NETWORK } from './network.js';
import { STORAGE } from './storage.js';

const schemas = JSON.parse(readFileSync(new URL('../schemas/azurerm.json', import.meta.url), 'utf8')) as ProviderSchemas;

/** The azurerm stand-in: generated schemas, and what each type does to the world. */
export const AZURERM: ProviderDefinition = {
  source: 'registry.terraform.io/hashicorp/azurerm',
  protocol: 5,
  legacySdk: true,
  usesLedger: true,
  configure(world, config) {
    const subscription = optionalText(config, 'subscription_id');
    if (subscription === undefined || subscription.toLowerCase() === world.options.subscriptionId.toLowerCase()) return;
    throw new ProviderError(
      `populating Resource Provider cache: listing Resource Providers: loading results: unexpected status 404 (404 Not Found) with error: SubscriptionNotFound: The subscription '${subscription}' could not be found.`,
    );
  },
  schemas,
  bindings: {
    azurerm_resource_group: resourceGroup,
    azurerm_management_lock: managementLock,
    ...NETWORK,
    ...IDENTITY,
    ...KEY_VAULT,
    ...STORAGE,
    ...KUBERNETES,
    ...DATABASES,
    ...MONITORING,
  },
  dataSources: DATA_SOURCES,
  ephemeralResources: { azurerm_key_vault_secret: openSecret },
  constraints: CONSTRAINTS,
};
