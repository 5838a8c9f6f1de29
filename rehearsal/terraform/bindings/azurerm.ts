import { readFileSync } from 'node:fs';
import type { ProviderDefinition } from '../engine/engine.js';
import type { ProviderSchemas } from '../schema.js';
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
