import type { FederatedCredential, Principal } from '../../world/directory.js';
import type { ValueObject } from '../values.js';
import { armBinding, inGroup } from './arm.js';
import { optionalText, ProviderError, requiredScope, text, texts, type Binding, type Context } from './binding.js';
import { roleDefinitionId, roleName } from './roles.js';

const MAX_FEDERATED_CREDENTIALS = 20;
const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities';

/** Adds a managed identity to the directory, with ids of its own. */
export function addIdentity(context: Context, name: string): Principal {
  return context.world.directory.addPrincipal({
    name,
    kind: 'managed-identity',
    clientId: context.ledger.guid(`client ${name}`),
    objectId: context.ledger.guid(`object ${name}`),
  });
}

/** Takes a principal out of the directory: its tokens and grants end with it. */
export function removeIdentity(context: Context, objectId: string): void {
  const { principals } = context.world.directory;
  const at = principals.findIndex((principal) => principal.objectId === objectId);
  if (at >= 0) principals.splice(at, 1);
}

const userAssignedIdentity = armBinding({
  terraformType: 'azurerm_user_assigned_identity',
  type: identityType,
  id: inGroup(identityType),
  learn(attributes, _id, context) {
    const { clientId, objectId } = addIdentity(context, text(attributes, 'name'));
    return { client_id: clientId, principal_id: objectId, tenant_id: context.world.options.tenantId };
  },
  properties: (attributes) => ({ clientId: attributes.client_id, principalId: attributes.principal_id, tenantId: attributes.tenant_id }),
  drift: (properties) => ({ client_id: String(properties.clientId), principal_id: String(properties.principalId) }),
  onDelete: (state, context) => removeIdentity(context, text(state, 'principal_id')),
});

function identityId(attributes: ValueObject): string {
  const id = optionalText(attributes, 'user_assigned_identity_id') ?? optionalText(attributes, 'parent_id');
  if (id === undefined) throw new ProviderError('one of `parent_id,user_assigned_identity_id` must be specified');
  return id;
}

/** The principal behind a user-assigned identity's resource id. */
function principalOf(context: Context, id: string): Principal | undefined {
  const principalId = context.world.resources.get(id)?.properties.principalId;
  return typeof principalId === 'string' ? context.world.directory.byObjectId(principalId) : undefined;
}

function putCredential(context: Context, attributes: ValueObject): void {
  const principal = principalOf(context, identityId(attributes));
  if (!principal)
    throw new ProviderError(
      `unexpected status 404 (404 Not Found) with error: ResourceNotFound: The identity ${identityId(attributes)} was not found.`,
    );
  const credential = {
    name: text(attributes, 'name'),
    issuer: text(attributes, 'issuer'),
    subject: text(attributes, 'subject'),
    audiences: texts(attributes, 'audience'),
  };
  const others = principal.federatedCredentials.filter((existing) => existing.name !== credential.name);
  if (others.length >= MAX_FEDERATED_CREDENTIALS) {
    throw new ProviderError(
      `creating Federated Identity Credential "${credential.name}": unexpected status 400 (400 Bad Request) with error: BadRequest: Too many Federated Identity Credentials for identity "${principal.name}": at most ${MAX_FEDERATED_CREDENTIALS} are allowed.`,
    );
  }
  if (others.some((existing) => existing.issuer === credential.issuer && existing.subject === credential.subject)) {
    throw new ProviderError(
      `creating Federated Identity Credential "${credential.name}": unexpected status 409 (409 Conflict) with error: Conflict: Issuer and subject combination already exists for this Managed Identity.`,
    );
  }
  principal.federatedCredentials.splice(0, principal.federatedCredentials.length, ...others, credential);
}

function credentialOf(context: Context, id: string): FederatedCredential | undefined {
  const [identity = '', name = ''] = id.split('/federatedIdentityCredentials/');
  return principalOf(context, identity)?.federatedCredentials.find((credential) => credential.name === name);
}

/** azurerm_federated_identity_credential: read from the directory, which is what a sign-in will meet. */
const federatedCredential = armBinding({
  terraformType: 'azurerm_federated_identity_credential',
  type: `${identityType}/federatedIdentityCredentials`,
  id: (attributes) => `${identityId(attributes)}/federatedIdentityCredentials/${text(attributes, 'name')}`,
  exists: (id, context) => credentialOf(context, id) !== undefined,
  learn(attributes, _id, context) {
    putCredential(context, attributes);
    const identity = identityId(attributes);
    return { user_assigned_identity_id: identity, parent_id: identity, resource_group_name: identity.split('/')[4] ?? null };
  },
  drift(_properties, state, context) {
    const id = text(state, 'id');
    const credential = credentialOf(context, id);
    const identity = id.split('/federatedIdentityCredentials/')[0] ?? '';
    return credential
      ? {
          issuer: credential.issuer,
          subject: credential.subject,
          audience: [...credential.audiences],
          user_assigned_identity_id: identity,
          parent_id: identity,
        }
      : {};
  },
  onUpdate({ context, planned }) {
    putCredential(context, planned);
    return {};
  },
  onDelete(state, context) {
    const credentials = principalOf(context, identityId(state))?.federatedCredentials;
    const at = credentials?.findIndex((credential) => credential.name === state.name) ?? -1;
    if (at >= 0) credentials?.splice(at, 1);
  },
});

/** azurerm_role_assignment: believed by the data planes only after the world's `rbacDelayMs`. */
const roleAssignment: Binding = {
  create({ context, planned }) {
    const { world, ledger } = context;
    const { subscriptionId, tenantId } = world.options;
    const scope = text(planned, 'scope');
    if (scope !== `/subscriptions/${subscriptionId}`) requiredScope(context, scope);
    const named = optionalText(planned, 'role_definition_name');
    const definitionId = named === undefined ? text(planned, 'role_definition_id') : roleDefinitionId(named, subscriptionId);
    const role = named ?? roleName(definitionId);
    const principalId = text(planned, 'principal_id');
    const principal = world.directory.byObjectId(principalId);
    if (!principal) {
      throw new ProviderError(
        `unexpected status 400 (400 Bad Request) with error: PrincipalNotFound: Principal ${principalId.replaceAll('-', '')} does not exist in the directory ${tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay.`,
      );
    }
    const same = world.resources
      .assignments()
      .find(
        (existing) =>
          existing.scope.toLowerCase() === scope.toLowerCase() && existing.principalId === principalId && existing.roleName === role,
      );
    if (same) {
      throw new ProviderError(
        `unexpected status 409 (409 Conflict) with error: RoleAssignmentExists: The role assignment already exists. The ID of the existing role assignment is ${same.id.split('/').at(-1)?.replaceAll('-', '')}.`,
      );
    }
    const name = optionalText(planned, 'name') ?? ledger.guid(`${scope} ${role} ${principalId}`);
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
    world.resources.assign({ id, scope, principalId, roleName: role }, world.options.rbacDelayMs);
    return { id, name, role_definition_id: definitionId, role_definition_name: role, principal_type: 'ServicePrincipal' };
  },
  read(context, state) {
    const assignment = context.world.resources
      .assignments()
      .find((existing) => existing.id.toLowerCase() === text(state, 'id').toLowerCase());
    if (!assignment) return undefined;
    return {
      name: assignment.id.split('/').at(-1) ?? null,
      scope: assignment.scope,
      principal_id: assignment.principalId,
      role_definition_name: assignment.roleName,
      // A definition id may be written without the subscription: that is no drift.
      ...(optionalText(state, 'role_definition_id') === undefined
        ? { role_definition_id: roleDefinitionId(assignment.roleName, context.world.options.subscriptionId) }
        : {}),
    };
  },
  update: () => ({}),
  delete: (context, state) => context.world.resources.unassign(text(state, 'id')),
};

/** azurerm_* types of Microsoft.ManagedIdentity and Microsoft.Authorization. */
export const IDENTITY: Readonly<Record<string, Binding>> = {
  azurerm_user_assigned_identity: userAssignedIdentity,
  azurerm_federated_identity_credential: federatedCredential,
  azurerm_role_assignment: roleAssignment,
};
