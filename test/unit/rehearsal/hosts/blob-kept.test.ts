import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startHosts, type BlobFiles } from '../../../../rehearsal/hosts/index.js';
import { prepareTenant } from '../../../../rehearsal/hosts/setup.js';
import { World, type WorldSnapshot } from '../../../../rehearsal/world/world.js';
import { deployerToken, send, type Answer } from './support.js';

// Azurite starts several times.
jest.setTimeout(120_000);

type Playing = Parameters<typeof send>[0] & Parameters<typeof deployerToken>[0] & { stop(): Promise<void> };

const open: Playing[] = [];
afterEach(async () => {
  for (const playing of open.splice(0)) await playing.stop();
});

async function play(kept: BlobFiles, from?: { world: WorldSnapshot; tenant: Playing['tenant'] }): Promise<Playing> {
  const directory = await mkdtemp(path.join(tmpdir(), 'blob-kept-'));
  const world = from ? await World.restore(from.world) : await World.create();
  const tenant = from?.tenant ?? prepareTenant(world, { environmentSubjects: ['production'] });
  const hosts = await startHosts(world, { directory, keptBlobs: kept });
  const stop = async (): Promise<void> => {
    await hosts.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const playing = { world, tenant, hosts, stop };
  open.push(playing);
  return playing;
}

async function ask(at: Playing, method: string, rest: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  const authorization = `Bearer ${await deployerToken(at, 'https://storage.azure.com')}`;
  return send(at, method, `https://${at.tenant.stateAccount}.blob.core.windows.net/tfstate/${rest}`, {
    headers: { authorization, 'x-ms-version': '2025-11-05', 'content-length': String(body.length), ...headers },
    body,
  });
}

const BLOCK = { 'x-ms-blob-type': 'BlockBlob' };

describe('a kept blob service', () => {
  it('has its blobs again, metadata and infinite leases included', async () => {
    const first = await play(new Map());
    expect((await ask(first, 'PUT', 'langsmith/infra.tfstate', { ...BLOCK, 'x-ms-meta-lock': 'mine' }, '{"serial":1}')).status).toBe(201);
    const lease = await ask(first, 'PUT', 'langsmith/infra.tfstate?comp=lease', {
      'x-ms-lease-action': 'acquire',
      'x-ms-lease-duration': '-1',
    });
    expect(lease.status).toBe(201);
    expect(await first.hosts.blobs.contents(first.tenant.stateAccount, 'tfstate')).toEqual(
      new Map([['langsmith/infra.tfstate', '{"serial":1}']]),
    );
    const { world, tenant } = first;
    world.resources.put({ id: '/later', type: 'Microsoft.Storage/storageAccounts', name: 'langsmithlater', properties: {} });
    const blobs = await first.hosts.blobs.close();

    const second = await play(blobs, { world: world.snapshot(), tenant });
    const found = await ask(second, 'GET', 'langsmith/infra.tfstate');
    expect(found.text).toBe('{"serial":1}');
    expect(found.headers).toMatchObject({ 'x-ms-meta-lock': 'mine', 'x-ms-lease-state': 'leased', 'x-ms-lease-duration': 'infinite' });
    const refused = await ask(second, 'PUT', 'langsmith/infra.tfstate', BLOCK, 'x');
    expect([refused.status, refused.headers['x-ms-error-code']]).toEqual([412, 'LeaseIdMissing']);
    const held = { ...BLOCK, 'x-ms-lease-id': String(lease.headers['x-ms-lease-id']) };
    expect((await ask(second, 'PUT', 'langsmith/infra.tfstate', held, '{"serial":2}')).status).toBe(201);
    expect([...(await second.hosts.blobs.contents(tenant.stateAccount, 'tfstate')).values()]).toEqual(['{"serial":2}']);
  });
});
