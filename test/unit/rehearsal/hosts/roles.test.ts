import { describe, expect, it } from '@jest/globals';
import { roleActions, roleAllows } from '../../../../rehearsal/hosts/roles.js';

describe('built-in roles', () => {
  it.each([
    ['Owner', 'Microsoft.Authorization/roleAssignments/write', true],
    ['Contributor', 'Microsoft.Authorization/roleAssignments/write', false],
    ['Contributor', 'Microsoft.KeyVault/vaults/write', true],
    ['Reader', 'Microsoft.KeyVault/vaults/read', true],
    ['Reader', 'Microsoft.KeyVault/vaults/write', false],
    ['Role Based Access Control Administrator', 'microsoft.authorization/roleassignments/WRITE', true],
    ['Azure Kubernetes Service Cluster User Role', 'Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action', false],
    ['Storage Blob Data Owner', 'Microsoft.Storage/storageAccounts/read', false],
  ])('%s and %s: %s', (role, action, allowed) => {
    expect(roleAllows(role, action)).toBe(allowed);
  });

  it('does not guess', () => {
    expect(() => roleActions('Storage Wizard')).toThrow('role "Storage Wizard" is missing');
  });
});
