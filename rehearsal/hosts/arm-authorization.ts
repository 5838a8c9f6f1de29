import { roleDefinitionId, roleName } from '../terraform/bindings/roles.js';
import type { RoleAssignment } from '../world/resources.js';
import type { World } from '../world/world.js';
import { ArmError } from './arm-error.js';
import { route, type Authorize, type Call, type Route } from './arm-route.js';
import { json, readJson, target } from './reply.js';

/** Who has which role, giving one, and whom a user-assigned identity trusts. */
export function authorizationRoutes(world: World, authorize: Authorize): Route[] {
  const assignments = '(/subscriptions/.+?)/providers/Microsoft\\.Authorization/roleAssignments';
  const whole = '(/subscriptions/[^/]+)/providers/Microsoft\\.Authorization/roleAssignments';
  const identity = '/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/[^/]+';
  const list = (call: Call, [scope = '']: readonly string[]): void => listAssignments(world, authorize, call, scope);
  return [
    route('GET', whole, list),
    route('GET', assignments, list),
    route('PUT', `${assignments}/([0-9a-f-]{36})`, (call, [scope = '']) => putAssignment(world, authorize, call, scope)),
    route('GET', `(${identity})/federatedIdentityCredentials`, (call, [id = '']) => listCredentials(world, authorize, call, id)),
  ];
}

/** `assignedTo` gives what reaches a scope and what lies below it; the rehearsal knows no groups. */
function listAssignments(world: World, authorize: Authorize, call: Call, scope: string): void {
  authorize(call, 'Microsoft.Authorization/roleAssignments/read', scope);
  const principal = /^assignedTo\('([0-9a-f-]{36})'\)$/i.exec(target(call.request).searchParams.get('$filter') ?? '')?.[1];
  if (principal === undefined)
    throw new ArmError(400, 'UnsupportedFilter', "The rehearsal lists role assignments with $filter=assignedTo('<id>').");
  const related = (one: string, other: string): boolean =>
    one === other || `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
  const found = world.resources
    .assignments()
    .filter((assignment) => assignment.principalId.toLowerCase() === principal.toLowerCase())
    .filter((assignment) => related(assignment.scope.toLowerCase(), scope.toLowerCase()));
  json(call.response, 200, { value: found.map((assignment) => view(world, assignment)) });
}

function view(world: World, { id, scope, principalId, roleName: role, condition }: RoleAssignment): object {
  return {
    id,
    name: id.split('/').at(-1),
    type: 'Microsoft.Authorization/roleAssignments',
    properties: {
      scope,
      principalId,
      principalType: 'ServicePrincipal',
      roleDefinitionId: roleDefinitionId(role, world.options.subscriptionId),
      condition: condition ?? null,
      conditionVersion: condition === undefined ? null : '2.0',
    },
  };
}

async function putAssignment(world: World, authorize: Authorize, call: Call, scope: string): Promise<void> {
  authorize(call, 'Microsoft.Authorization/roleAssignments/write', scope);
  const { properties } = (await readJson(call.request)) as { properties?: { roleDefinitionId?: string; principalId?: string } };
  const { roleDefinitionId: definition, principalId } = properties ?? {};
  if (definition === undefined || principalId === undefined)
    throw new ArmError(400, 'InvalidRequestContent', 'The request content was invalid: roleDefinitionId and principalId are required.');
  if (world.directory.byObjectId(principalId) === undefined)
    throw new ArmError(400, 'PrincipalNotFound', `Principal ${principalId} does not exist in the directory ${world.options.tenantId}.`);
  const role = roleName(definition);
  const same = world.resources
    .assignments()
    .some((other) => other.scope.toLowerCase() === scope.toLowerCase() && other.principalId === principalId && other.roleName === role);
  if (same) throw new ArmError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
  const stored = world.resources.assign({ id: call.path, scope, principalId, roleName: role }, world.options.rbacDelayMs);
  json(call.response, 201, view(world, stored));
}

function listCredentials(world: World, authorize: Authorize, call: Call, id: string): void {
  authorize(call, 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read', id);
  const principal = world.directory.byClientId(String(world.resources.get(id)?.properties['clientId']));
  if (principal === undefined) throw new ArmError(404, 'ResourceNotFound', `The Resource '${id}' was not found.`);
  const credentials = principal.federatedCredentials.map(({ name, issuer, subject, audiences }) => ({
    id: `${id}/federatedIdentityCredentials/${name}`,
    name,
    type: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials',
    properties: { issuer, subject, audiences },
  }));
  json(call.response, 200, { value: credentials });
}
