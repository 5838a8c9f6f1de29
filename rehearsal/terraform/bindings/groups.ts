import { armBinding, groupId } from './arm.js';
import { alreadyExists, ProviderError, text, textMap, type Binding } from './binding.js';

/** azurerm_resource_group. */
export const resourceGroup: Binding = {
  create({ context, planned }) {
    const id = groupId(context, text(planned, 'name'));
    if (context.world.resources.get(id)) throw alreadyExists('azurerm_resource_group', id);
    context.world.resources.put({
      id,
      type: 'Microsoft.Resources/resourceGroups',
      name: text(planned, 'name'),
      location: text(planned, 'location'),
      tags: textMap(planned, 'tags'),
      properties: { provisioningState: 'Succeeded' },
    });
    return { id };
  },
  read(context, state) {
    const group = context.world.resources.get(text(state, 'id'));
    return group && { name: group.name, location: group.location ?? null, tags: group.tags ?? {} };
  },
  update({ context, prior, planned }) {
    const group = context.world.resources.get(text(prior, 'id'));
    if (group) group.tags = textMap(planned, 'tags');
    return {};
  },
  delete(context, state) {
    const id = text(state, 'id');
    const inside = context.world.resources.list().filter((resource) => resource.id.toLowerCase().startsWith(`${id.toLowerCase()}/`));
    if (inside.length > 0 && context.feature('resource_group', 'prevent_deletion_if_contains_resources', true)) {
      throw new ProviderError(
        `deleting Resource Group "${text(state, 'name')}": the Resource Group still contains Resources.`,
        `Terraform is configured to check for Resources within the Resource Group when deleting the Resource Group - and raise an error if nested Resources still exist to avoid unintentionally deleting these Resources.\n\nTerraform has detected that the following Resources still exist within the Resource Group:\n\n${inside.map((resource) => `* \`${resource.id}\``).join('\n')}`,
      );
    }
    context.world.resources.delete(id);
  },
};

/** azurerm_management_lock: its scope may be anything that exists, the subscription included. */
export const managementLock: Binding = armBinding({
  terraformType: 'azurerm_management_lock',
  type: 'Microsoft.Authorization/locks',
  id: (attributes) => `${text(attributes, 'scope')}/providers/Microsoft.Authorization/locks/${text(attributes, 'name')}`,
  parent: (attributes) => text(attributes, 'scope'),
  properties: (attributes) => ({ level: attributes.lock_level, notes: attributes.notes }),
});
