import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nodePools, readSettings, type Settings } from '../../../src/preflight/settings.js';
import { PrivateDirectory } from '../../../src/private-directory.js';
import { createExec } from '../../../src/tools/exec.js';
import { CollectedLog } from '../../fakes/cluster.js';
import { GUID, inputsOf } from '../../fakes/session.js';

const BASIC = 'location = "westeurope"\ndns_label = "langsmith"\nletsencrypt_email = "a@contoso.example"\n';
const NETWORK = `/subscriptions/${GUID}/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v`;

describe('readSettings, with the real terraform', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'settings-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const read = async (config: string): Promise<Settings> => {
    const configFile = path.join(directory, 'c.tfvars');
    await writeFile(configFile, BASIC + config);
    const files = await PrivateDirectory.create(directory, () => undefined);
    return readSettings(inputsOf({ configFile, actionRoot: path.resolve('.') }), createExec(process.env), files, new CollectedLog());
  };

  it('T007: names and values are what Terraform makes of preset, defaults and the file', async () => {
    const settings = await read('identifier = "-demo"\n');
    expect(settings).toMatchObject({ location: 'westeurope', nameProblems: [] });
    expect(settings.names).toMatchObject({
      resource_group: 'langsmith-rg-demo',
      key_vault: expect.stringMatching(/^langsmith-kv-demo-[0-9a-f]{6}$/),
    });
    expect(settings.variables).toMatchObject({ postgres_source: 'in-cluster', kubernetes_version: expect.any(String) });
    expect(nodePools(settings)).toContainEqual({ name: 'large', vmSize: 'Standard_D16s_v5', minimum: 0, maximum: 2 });
  });

  it('T002: knows the worldwide names of managed services too', async () => {
    const { names } = await read('postgres_source = "external"\nredis_source = "external"\n');
    expect(names).toMatchObject({
      postgres: expect.stringContaining('langsmith-postgres-'),
      redis: expect.stringContaining('langsmith-redis-'),
    });
  });

  it('needs no Azure where the root reads a network of the user, and still applies every rule', async () => {
    await expect(read(`vnet_id = "${NETWORK}"\n`)).rejects.toThrow('aks_service_cidr must be set when vnet_id is');
    const { names } = await read(`vnet_id = "${NETWORK}"\naks_service_cidr = "172.20.0.0/16"\n`);
    expect(names).not.toHaveProperty('virtual_network');
  });

  it('T004: repeats the limits of assembled names', async () => {
    const { nameProblems } = await read('identifier = "-a-very-long-identifier"\n');
    expect(nameProblems.join()).toContain('at most 24 are allowed');
  });
});
