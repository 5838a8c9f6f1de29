import { createHash } from 'node:crypto';
import type { Principal } from '../world/directory.js';
import type { World } from '../world/world.js';
import { GITHUB_ISSUER } from './oidc-issuer.js';

const AUDIENCE = 'api://AzureADTokenExchange';
const USUAL_ROLES = ['Contributor', 'Role Based Access Control Administrator'];
const MAX_FEDERATED_CREDENTIALS = 20;

export interface TenantOptions {
  /** GitHub environments whose jobs may sign in as the deployer. */
  readonly environmentSubjects: readonly string[];
  /** Jobs of pull requests may sign in too, which planning needs. Default true. */
  readonly pullRequests?: boolean;
  /** Branches whose jobs without an environment may sign in. Default none. */
  readonly branches?: readonly string[];
  /** Subscription-wide roles of the deployer. Default: what the README asks for. */
  readonly roles?: readonly string[];
  /** Default `eastus`. */
  readonly location?: string;
}

/** What a user writes into the repository's variables and tfvars. */
export interface Tenant {
  readonly clientId: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly stateAccount: string;
  readonly stateContainer: string;
}

/**
 * Everything a user has to make by hand before the first run: an app registration trusted by the repository's workflows, its roles,
 * and the storage account of the Terraform state. Call it before `startHosts`. Grants made here are old, so they work at once.
 */
export function prepareTenant(world: World, options: TenantOptions): Tenant {
  const { tenantId, subscriptionId } = world.options;
  const subscription = `/subscriptions/${subscriptionId}`;
  const location = options.location ?? 'eastus';
  const deployer = addDeployer(world, options);
  for (const role of options.roles ?? USUAL_ROLES) grant(world, deployer, role, subscription);

  const group = `${subscription}/resourceGroups/langsmith-state`;
  const stateAccount = `langsmithstate${createHash('sha256').update(subscriptionId).digest('hex').slice(0, 8)}`;
  const stateContainer = 'tfstate';
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/${stateAccount}`;
  const container = `${account}/blobServices/default/containers/${stateContainer}`;
  world.resources.put({
    id: group,
    type: 'Microsoft.Resources/resourceGroups',
    name: 'langsmith-state',
    location,
    properties: { provisioningState: 'Succeeded' },
  });
  world.resources.put({
    id: account,
    type: 'Microsoft.Storage/storageAccounts',
    name: stateAccount,
    location,
    properties: { allowSharedKeyAccess: false, provisioningState: 'Succeeded' },
  });
  world.resources.put({
    id: container,
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    name: stateContainer,
    properties: { publicAccess: 'None' },
  });
  grant(world, deployer, 'Storage Blob Data Contributor', container);
  return { clientId: deployer.clientId, tenantId, subscriptionId, stateAccount, stateContainer };
}

/**
 * An identity of another deployment's own, trusted for its environments, with the roles the README asks for: what its user makes by hand.
 * One that is there already, in a world that was kept, is found again.
 * @returns its client id.
 */
export function prepareDeployer(world: World, tenant: Tenant, name: string, environmentSubjects: readonly string[]): string {
  const there = world.directory.principals.find((principal) => principal.name === name);
  if (there !== undefined) return there.clientId;
  const deployer = addDeployer(world, { environmentSubjects, pullRequests: false }, name);
  for (const role of USUAL_ROLES) grant(world, deployer, role, `/subscriptions/${tenant.subscriptionId}`);
  const [container] = world.resources
    .list('Microsoft.Storage/storageAccounts/blobServices/containers')
    .filter(({ id }) => id.includes(`/storageAccounts/${tenant.stateAccount}/`));
  if (container === undefined) throw new Error(`the container of ${tenant.stateAccount} is gone`);
  grant(world, deployer, 'Storage Blob Data Contributor', container.id);
  return deployer.clientId;
}

function addDeployer(world: World, options: TenantOptions, name = 'langsmith-deployer'): Principal {
  const { github } = world;
  const repository = { repository: github.repository, repositoryId: github.repositoryId, ownerId: github.ownerId };
  const subjects = [
    ...options.environmentSubjects.map((environment) => github.subject({ ...repository, environment, eventName: 'push', ref: '' })),
    ...((options.pullRequests ?? true)
      ? [github.subject({ ...repository, environment: undefined, eventName: 'pull_request', ref: '' })]
      : []),
    ...(options.branches ?? []).map((branch) =>
      github.subject({ ...repository, environment: undefined, eventName: 'push', ref: `refs/heads/${branch}` }),
    ),
  ];
  if (subjects.length > MAX_FEDERATED_CREDENTIALS)
    throw new Error(`an app registration holds at most ${MAX_FEDERATED_CREDENTIALS} federated credentials`);
  return world.directory.addPrincipal({
    name,
    kind: 'app',
    federatedCredentials: subjects.map((subject, index) => ({
      name: `github-${index + 1}`,
      issuer: GITHUB_ISSUER,
      subject,
      audiences: [AUDIENCE],
    })),
  });
}

function grant(world: World, principal: Principal, roleName: string, scope: string): void {
  const name = createHash('sha256').update(`${principal.objectId} ${roleName} ${scope}`).digest('hex').slice(0, 32);
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  world.resources.assign({ id, scope, principalId: principal.objectId, roleName });
}
