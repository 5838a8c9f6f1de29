import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import { neededActions, neededRoles, type GrantedRole } from '../needs.js';
import type { Settings } from '../settings.js';

/** What one role lets the caller do. */
export interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

/** A role assignment of the caller, groups included. */
export interface Assignment {
  readonly properties: { readonly roleDefinitionId: string; readonly condition?: string | null };
}

export interface PermissionFacts {
  readonly permissions: Fact<readonly Permission[]>;
  readonly assignments: Fact<readonly Assignment[]>;
}

const CHECK = 'permissions';
const ASSIGN = 'Microsoft.Authorization/roleAssignments/write';

/**
 * What ARM itself says the caller may do at the subscription, inherited and group roles included, inactive ones not: role names are the
 * wrong question (T130). Microsoft.Authorization permissions and roleAssignments, API 2022-04-01.
 */
export async function fetchPermissions(azure: Azure, principalId: string): Promise<PermissionFacts> {
  const [permissions, assignments] = await Promise.all([
    azure.list<Permission>('providers/Microsoft.Authorization/permissions', '2022-04-01'),
    azure.list<Assignment>('providers/Microsoft.Authorization/roleAssignments', '2022-04-01', { $filter: `assignedTo('${principalId}')` }),
  ]);
  return { permissions, assignments };
}

/** @param principal object id and subscription, for the commands. */
export function evaluatePermissions(
  facts: PermissionFacts,
  settings: Settings,
  principal: { readonly principalId: string; readonly subscriptionId: string },
): Check[] {
  if ('unknown' in facts.permissions) return [unknown(CHECK, `ARM did not say what the identity may do: ${facts.permissions.unknown}`)];
  const granted = facts.permissions.known;
  const needed = neededActions(settings);
  const missing = needed.filter((action) => !granted.some((permission) => allows(permission, action)));
  const grant = (role: string): string =>
    `az role assignment create --assignee-object-id ${principal.principalId} --assignee-principal-type ServicePrincipal --role '${role}' --scope /subscriptions/${principal.subscriptionId}`;
  const [assigning, plain] = [missing.filter(isAuthorization), missing.filter((action) => !isAuthorization(action))];
  const checks = [
    ...(plain.length > 0 ? [blocker(CHECK, `not allowed on the subscription: ${plain.join(', ')}`, grant('Contributor'))] : []),
    ...(assigning.length > 0
      ? [
          blocker(
            CHECK,
            `not allowed on the subscription: ${assigning.join(', ')} (Contributor alone cannot give the roles ${names(neededRoles(settings))})`,
            grant('Role Based Access Control Administrator'),
          ),
        ]
      : []),
  ];
  if (checks.length > 0) return [...checks, ...(missing.includes(ASSIGN) ? [] : conditions(facts.assignments, settings))];
  const described = `all ${needed.length} actions of this configuration are allowed on the subscription`;
  return [ok(CHECK, described), ...conditions(facts.assignments, settings)];
}

const isAuthorization = (action: string): boolean => action.startsWith('Microsoft.Authorization/');
const names = (roles: readonly GrantedRole[]): string => roles.map(({ name }) => name).join(', ');

/** One role allows an action when its actions cover it and its own notActions do not; another role may still allow it. */
export function allows({ actions = [], notActions = [] }: Permission, action: string): boolean {
  return actions.some((pattern) => covers(pattern, action)) && !notActions.some((pattern) => covers(pattern, action));
}

/** Azure's wildcard: `*` stands for anything, slashes included; case does not matter. */
function covers(pattern: string, action: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.\\/+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
}

/** Owner, User Access Administrator, Role Based Access Control Administrator: they assign roles. */
const ASSIGNING_ROLES = [
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
];

const CONDITION = 'condition on role assignments';

/**
 * An assignment may carry a condition that lets it give some roles and not others; the list of permissions does not show it. Two common
 * forms can be read: "only these roles" and "all but these". Everything else is left to whoever wrote the condition.
 */
function conditions(assignments: Fact<readonly Assignment[]>, settings: Settings): Check[] {
  if ('unknown' in assignments) return [unknown(CONDITION, `the role assignments of the identity cannot be read: ${assignments.unknown}`)];
  const conditional = assignments.known.filter(({ properties }) => mentionsAssigning(properties.condition));
  const free = assignments.known.some(
    ({ properties }) => !properties.condition && ASSIGNING_ROLES.some((role) => properties.roleDefinitionId.toLowerCase().endsWith(role)),
  );
  if (conditional.length === 0 || free) return [];
  const texts = conditional.map(({ properties }) => (properties.condition ?? '').toLowerCase());
  const roles = neededRoles(settings);
  const refused = roles.filter(({ definition }) => !texts.some((text) => admits(text, definition)));
  if (refused.length === 0) return [ok(CONDITION, `admits ${names(roles)}`)];
  return [
    warning(
      CONDITION,
      `the right to assign roles has a condition that does not seem to admit ${names(refused)}`,
      `Let the condition admit these roles for principals of type ServicePrincipal: ${refused.map(({ name, definition }) => `${name} (${definition})`).join(', ')}`,
    ),
  ];
}

const mentionsAssigning = (condition: string | null | undefined): boolean => /roleAssignments\/write/i.test(condition ?? '');

function admits(condition: string, role: string): boolean {
  if (/guidnotequals/.test(condition)) return !condition.includes(role);
  return condition.includes(role);
}
