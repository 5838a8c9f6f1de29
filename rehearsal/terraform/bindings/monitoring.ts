import { armBinding, inGroup } from './arm.js';
import { optionalText, required, requiredScope, text, type Binding } from './binding.js';

const workspaceType = 'Microsoft.OperationalInsights/workspaces';

const workspace = armBinding({
  terraformType: 'azurerm_log_analytics_workspace',
  type: workspaceType,
  id: inGroup(workspaceType),
  learn: (attributes, id, { ledger }) => ({
    workspace_id: ledger.guid(id),
    primary_shared_key: Buffer.from(ledger.hex(`${id} primary`, 64), 'hex').toString('base64'),
    secondary_shared_key: Buffer.from(ledger.hex(`${id} secondary`, 64), 'hex').toString('base64'),
    sku: optionalText(attributes, 'sku') ?? 'PerGB2018',
    retention_in_days: attributes.retention_in_days ?? 30,
    local_authentication_enabled: attributes.local_authentication_enabled !== false,
    local_authentication_disabled: attributes.local_authentication_enabled === false,
  }),
});

/** azurerm_monitor_diagnostic_setting: its Terraform id is the target's id and the name, joined by a bar. */
const diagnosticSetting: Binding = {
  create({ context, planned }) {
    const target = text(planned, 'target_resource_id');
    requiredScope(context, target);
    for (const destination of ['log_analytics_workspace_id', 'storage_account_id']) {
      const id = optionalText(planned, destination);
      if (id !== undefined) required(context, id);
    }
    const name = text(planned, 'name');
    context.world.resources.put({
      id: `${target}/providers/Microsoft.Insights/diagnosticSettings/${name}`,
      type: 'Microsoft.Insights/diagnosticSettings',
      name,
      properties: {},
    });
    return { id: `${target}|${name}`, log_analytics_destination_type: optionalText(planned, 'log_analytics_destination_type') ?? null };
  },
  read(context, state) {
    const [target = '', name = ''] = text(state, 'id').split('|');
    return (
      context.world.resources.get(`${target}/providers/Microsoft.Insights/diagnosticSettings/${name}`) && {
        name,
        target_resource_id: target,
      }
    );
  },
  update: () => ({}),
  delete(context, state) {
    const [target = '', name = ''] = text(state, 'id').split('|');
    context.world.resources.delete(`${target}/providers/Microsoft.Insights/diagnosticSettings/${name}`);
  },
};

/** azurerm_* types of logging. */
export const MONITORING: Readonly<Record<string, Binding>> = {
  azurerm_log_analytics_workspace: workspace,
  azurerm_monitor_diagnostic_setting: diagnosticSetting,
};
