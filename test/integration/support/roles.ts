import type { Rehearsal } from '../../../rehearsal/rehearsal.js';
import type { RoleAssignment } from '../../../rehearsal/world/resources.js';

/** Takes the deploying identity's role away wherever it has it; the function returned gives it back, believed at once. */
export function withdrawRole({ world, tenant }: Rehearsal, roleName: string): () => void {
  const deployer = world.directory.byClientId(tenant.clientId);
  const held = world.resources
    .assignments()
    .filter((assignment) => assignment.principalId === deployer?.objectId && assignment.roleName === roleName);
  if (held.length === 0) throw new Error(`the deploying identity does not hold ${roleName}`);
  for (const { id } of held) world.resources.unassign(id);
  return () => grant({ world }, held);
}

/** Every role granted so far is believed from now on. */
export function believeRoles({ world }: Pick<Rehearsal, 'world'>): void {
  grant({ world }, world.resources.assignments());
}

function grant({ world }: Pick<Rehearsal, 'world'>, assignments: readonly RoleAssignment[]): void {
  for (const { id, scope, principalId, roleName } of assignments) world.resources.assign({ id, scope, principalId, roleName });
}
