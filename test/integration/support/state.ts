import { expect } from '@jest/globals';
import type { Rehearsal } from '../../../rehearsal/rehearsal.js';
import { deployerToken, send } from '../../unit/rehearsal/hosts/support.js';

export const INFRA_STATE = 'langsmith-azure/production/infra.tfstate';
export const APP_STATE = 'langsmith-azure/production/app.tfstate';

/** A state as the storage account has it: what was written to its blob last. */
export function stateOf(rehearsal: Rehearsal, key: string): string {
  const writes = rehearsal.world.requests
    .to(`${rehearsal.tenant.stateAccount}.blob.core.windows.net`)
    .filter(({ method, path, status }) => method === 'PUT' && path.includes(key) && !path.includes('comp=') && status === 201);
  return writes.at(-1)?.body ?? '';
}

/** The state of pass 1. */
export const terraformState = (rehearsal: Rehearsal): string => stateOf(rehearsal, INFRA_STATE);

/** PUT to a blob of the state's container, as the deploying identity. */
async function put(rehearsal: Rehearsal, target: string, headers: Readonly<Record<string, string>>, body = ''): Promise<number> {
  const { stateAccount, stateContainer } = rehearsal.tenant;
  const authorization = `Bearer ${await deployerToken(rehearsal, 'https://storage.azure.com')}`;
  const common = { authorization, 'x-ms-version': '2025-11-05', 'content-length': String(Buffer.byteLength(body)) };
  const url = `https://${stateAccount}.blob.core.windows.net/${stateContainer}/${target}`;
  return (await send(rehearsal, 'PUT', url, { headers: { ...common, ...headers }, body })).status;
}

/** Makes a state what it was before. */
export async function writeState(rehearsal: Rehearsal, key: string, text: string): Promise<void> {
  expect(await put(rehearsal, key, { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/json' }, text)).toBe(201);
}

/** Somebody else's lock, as Terraform takes it: a lease under the lock's id, and who holds it in the blob's metadata. */
export async function lockState(rehearsal: Rehearsal, key: string, id: string): Promise<void> {
  const lease = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1', 'x-ms-proposed-lease-id': id };
  expect(await put(rehearsal, `${key}?comp=lease`, lease)).toBe(201);
  const lock = { ID: id, Operation: 'OperationTypeApply', Info: '', Who: 'runner@fv-az1-42', Version: '1.11.4', Path: key };
  const info = Buffer.from(JSON.stringify({ ...lock, Created: '2026-11-20T08:00:00Z' })).toString('base64');
  expect(await put(rehearsal, `${key}?comp=metadata`, { 'x-ms-lease-id': id, 'x-ms-meta-terraformlockid': info })).toBe(200);
}
