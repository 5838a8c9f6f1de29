import { describe, expect, it } from '@jest/globals';
import {
  allows,
  evaluatePermissions,
  type Assignment,
  type Permission,
  type PermissionFacts,
} from '../../../../src/preflight/checks/permissions.js';
import { settingsFor } from '../settings-for.js';

const PRINCIPAL = { principalId: 'object-id', subscriptionId: 'sub' };
const CONTRIBUTOR: Permission = { actions: ['*'], notActions: ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write'] };
const RBAC_ADMIN: Permission = {
  actions: ['Microsoft.Authorization/roleAssignments/write', 'Microsoft.Authorization/roleAssignments/delete', '*/read'],
};
const RBAC_ADMIN_ID = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168';
const assignment = (role: string, condition: string | null = null): Assignment => ({
  properties: { roleDefinitionId: `/x/${role}`, condition },
});
const facts = (permissions: readonly Permission[], assignments: readonly Assignment[] = []): PermissionFacts => ({
  permissions: { known: permissions },
  assignments: { known: assignments },
});
const statuses = (given: PermissionFacts): string[] => evaluatePermissions(given, settingsFor(), PRINCIPAL).map(({ status }) => status);

describe('allows', () => {
  it('T130: takes away the notActions of the same role only', () => {
    expect(allows(CONTRIBUTOR, 'Microsoft.Storage/storageAccounts/write')).toBe(true);
    expect(allows(CONTRIBUTOR, 'Microsoft.Authorization/roleAssignments/write')).toBe(false);
    expect([CONTRIBUTOR, RBAC_ADMIN].some((role) => allows(role, 'Microsoft.Authorization/roleAssignments/write'))).toBe(true);
  });

  it('ignores case, and reads a star across slashes but a dot as a dot', () => {
    expect(allows({ actions: ['microsoft.storage/*/READ'] }, 'Microsoft.Storage/a/b/read')).toBe(true);
    expect(allows({ actions: ['MicrosoftxStorage/read'] }, 'Microsoft.Storage/read')).toBe(false);
    expect(allows({}, 'Microsoft.Storage/read')).toBe(false);
  });
});

describe('evaluatePermissions', () => {
  it('is content with Contributor and the right to assign roles', () => {
    expect(statuses(facts([CONTRIBUTOR, RBAC_ADMIN], [assignment(RBAC_ADMIN_ID)]))).toEqual(['ok']);
  });

  it('T142: Contributor alone cannot finish, and the fix names the role that is missing', () => {
    const [check] = evaluatePermissions(facts([CONTRIBUTOR]), settingsFor(), PRINCIPAL);
    expect(check?.status).toBe('blocker');
    expect(check?.detail).toContain('Microsoft.Authorization/roleAssignments/write');
    expect(check?.detail).toContain('Key Vault Secrets Officer');
    expect(check?.fix).toContain(
      "--assignee-object-id object-id --assignee-principal-type ServicePrincipal --role 'Role Based Access Control Administrator'",
    );
  });

  it('names every action a reader lacks, with one remedy for each of the two roles', () => {
    const checks = evaluatePermissions(facts([{ actions: ['*/read'] }]), settingsFor(), PRINCIPAL);
    expect(checks.map(({ status }) => status)).toEqual(['blocker', 'blocker']);
    expect(checks[0]?.detail).toContain('Microsoft.KeyVault/vaults/write');
    expect(new Set(checks.map(({ fix }) => fix)).size).toBe(2);
  });

  it('T130: a failed read is unknown, not missing', () => {
    const checks = evaluatePermissions({ permissions: { unknown: 'HTTP 500' }, assignments: { known: [] } }, settingsFor(), PRINCIPAL);
    expect(checks).toEqual([expect.objectContaining({ status: 'unknown', detail: expect.stringContaining('HTTP 500') })]);
  });

  const equals = (roles: string): string =>
    `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roles}}))`;
  const NEEDED = 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b, b86a8fe4-44ce-4948-aee5-eccb2c155cd7, ba92f5b4-2d11-453d-a403-e96b0029c9fe';

  it('T134: reads a condition that lists the roles that may be given', () => {
    expect(statuses(facts([CONTRIBUTOR, RBAC_ADMIN], [assignment(RBAC_ADMIN_ID, equals(NEEDED))]))).toEqual(['ok', 'ok']);
    const short = facts([CONTRIBUTOR, RBAC_ADMIN], [assignment(RBAC_ADMIN_ID, equals('b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b'))]);
    const [, condition] = evaluatePermissions(short, settingsFor(), PRINCIPAL);
    expect(condition).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('Key Vault Secrets Officer, Storage Blob Data Contributor'),
    });
  });

  it('reads a condition that lists the roles that may not be given', () => {
    const all = equals('8e3af657-a8ff-443c-a75c-2fe8c4bcb635').replace('ForAnyOfAnyValues:GuidEquals', 'ForAnyOfAllValues:GuidNotEquals');
    expect(statuses(facts([CONTRIBUTOR, RBAC_ADMIN], [assignment(RBAC_ADMIN_ID, all)]))).toEqual(['ok', 'ok']);
  });

  it('does not mind a condition next to an unconditional right', () => {
    expect(statuses(facts([CONTRIBUTOR, RBAC_ADMIN], [assignment(RBAC_ADMIN_ID, equals('x')), assignment(RBAC_ADMIN_ID)]))).toEqual(['ok']);
  });
});
