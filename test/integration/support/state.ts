import type { Rehearsal } from '../../../rehearsal/rehearsal.js';

/** The state as the storage account has it: what was written to its blob last. */
export function terraformState(rehearsal: Rehearsal): string {
  const writes = rehearsal.world.requests
    .to(`${rehearsal.tenant.stateAccount}.blob.core.windows.net`)
    .filter(({ method, path: target, status }) => method === 'PUT' && !target.includes('comp=') && status === 201);
  return writes.at(-1)?.body ?? '';
}
