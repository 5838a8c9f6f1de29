import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deployerToken, job, run, send, stage, type Answer, type Finished, type Stage } from './support.js';

// The first request waits for azurite, and terraform starts several times.
jest.setTimeout(120_000);

const STORAGE = 'https://storage.azure.com';

const ROOT = `
terraform {
  backend "azurerm" {}
}
variable "input" {
  type = string
}
resource "terraform_data" "one" {
  input = var.input
}
output "one" {
  value = terraform_data.one.output
}
`;

describe('BlobHost', () => {
  let at: Stage;
  let root: string;
  beforeAll(async () => {
    at = await stage();
    root = path.join(at.directory, 'root');
    await mkdir(root);
    await writeFile(path.join(root, 'main.tf'), ROOT);
  });
  afterAll(() => at.stop());

  const blob = (rest: string): string => `https://${at.tenant.stateAccount}.blob.core.windows.net/${rest}`;

  async function ask(method: string, rest: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    const authorization = `Bearer ${await deployerToken(at, STORAGE)}`;
    return send(at, method, blob(rest), {
      headers: { authorization, 'x-ms-version': '2025-11-05', 'content-length': String(body.length), ...headers },
      body,
    });
  }

  async function terraform(...args: string[]): Promise<Finished> {
    return run('terraform', args, {
      cwd: root,
      env: {
        ...at.environment(job(at.world)),
        ARM_USE_OIDC: 'true',
        ARM_USE_AZUREAD: 'true',
        ARM_USE_CLI: 'false',
        ARM_CLIENT_ID: at.tenant.clientId,
        ARM_TENANT_ID: at.tenant.tenantId,
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
      },
    });
  }
  const init = (): Promise<Finished> =>
    terraform(
      'init',
      '-input=false',
      '-no-color',
      `-backend-config=storage_account_name=${at.tenant.stateAccount}`,
      `-backend-config=container_name=${at.tenant.stateContainer}`,
      '-backend-config=key=langsmith.tfstate',
    );

  it('stores blobs in the container that the tenant has', async () => {
    expect((await ask('PUT', 'tfstate/hello.txt', { 'x-ms-blob-type': 'BlockBlob' }, 'hello')).status).toBe(201);
    expect((await ask('GET', 'tfstate/hello.txt')).text).toBe('hello');
    expect((await ask('GET', 'other/hello.txt')).status).toBe(403);
    // The world's clock is not azurite's: a day later a new token still works.
    at.world.clock.advance(86_400_000);
    expect((await ask('GET', 'tfstate/hello.txt')).text).toBe('hello');
  });

  it('refuses whoever has no role, no token, another token or a key', async () => {
    const stranger = at.world.directory.addPrincipal({ name: 'stranger', kind: 'app' });
    const mint = (audience: string): Promise<string> => at.world.directory.mint(stranger, audience);
    const get = (authorization: string): Promise<Answer> => send(at, 'GET', blob('tfstate/hello.txt'), { headers: { authorization } });
    const mismatch = await get(`Bearer ${await mint(STORAGE)}`);
    expect([mismatch.status, mismatch.headers['x-ms-error-code']]).toEqual([403, 'AuthorizationPermissionMismatch']);
    expect((await get(`Bearer ${await mint('https://vault.azure.net')}`)).headers['x-ms-error-code']).toBe('InvalidAuthenticationInfo');
    expect((await get('SharedKey account:c2lnbmF0dXJl')).headers['x-ms-error-code']).toBe('KeyBasedAuthenticationNotPermitted');
    const anonymous = await send(at, 'GET', blob('tfstate/hello.txt'));
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers['www-authenticate']).toContain(at.tenant.tenantId);
    const scope = at.world.resources.list('Microsoft.Storage/storageAccounts/blobServices/containers')[0]?.id ?? '';
    at.world.resources.assign({ id: 'reader', scope, principalId: stranger.objectId, roleName: 'Storage Blob Data Reader' });
    expect((await get(`Bearer ${await mint(STORAGE)}`)).status).toBe(200);
    const put = await send(at, 'PUT', blob('tfstate/x'), { headers: { authorization: `Bearer ${await mint(STORAGE)}` }, body: 'x' });
    expect(put.status).toBe(403);
  });

  it('is a state backend for terraform: init, apply, locks, and nothing but OIDC', async () => {
    const initialised = await init();
    expect(initialised.stderr).toBe('');
    const applied = await terraform('apply', '-auto-approve', '-input=false', '-no-color', '-var=input=hello');
    expect(applied.stderr).toBe('');
    expect(applied.stdout).toContain('one = "hello"');
    const again = await terraform('plan', '-detailed-exitcode', '-input=false', '-no-color', '-var=input=hello');
    expect(again.code).toBe(0);

    const leases = at.world.requests.to('.blob.core.windows.net').filter(({ path: asked }) => asked.includes('comp=lease'));
    expect(leases.map(({ headers }) => headers['x-ms-lease-action'])).toEqual(expect.arrayContaining(['acquire', 'release']));
    expect(leases.every(({ status }) => status < 300)).toBe(true);
    const state = JSON.parse((await ask('GET', 'tfstate/langsmith.tfstate')).text) as { outputs: unknown };
    expect(state.outputs).toMatchObject({ one: { value: 'hello' } });
    expect(at.world.requests.to('management.azure.com')).toEqual([]);
    expect(at.world.requests.surprises).toEqual([]);
  });

  it('keeps a second terraform out while the state is locked', async () => {
    const lease = await ask('PUT', 'tfstate/langsmith.tfstate?comp=lease', { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' });
    expect(lease.status).toBe(201);
    const locked = await terraform('apply', '-auto-approve', '-input=false', '-no-color', '-var=input=other');
    expect(locked.code).toBe(1);
    expect(locked.stderr).toMatch(/Error acquiring the state lock[\s\S]*already locked/);
    const leaseId = String(lease.headers['x-ms-lease-id']);
    await ask('PUT', 'tfstate/langsmith.tfstate?comp=lease', { 'x-ms-lease-action': 'release', 'x-ms-lease-id': leaseId });
    expect((await terraform('apply', '-auto-approve', '-input=false', '-no-color', '-var=input=other')).code).toBe(0);
  });

  it('shows terraform the mismatch of a deployer without the role', async () => {
    const assignment = at.world.resources.assignments().find(({ roleName }) => roleName === 'Storage Blob Data Contributor');
    at.world.resources.unassign(assignment?.id ?? '');
    const refused = await terraform('plan', '-input=false', '-no-color', '-var=input=x');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('AuthorizationPermissionMismatch');
  });

  it('leaves nothing of the account keys on disk', async () => {
    expect((await readdir(path.join(at.directory, 'hosts', 'azurite'))).sort()).toEqual(['azurite-key.pem', 'azurite.pem']);
  });
});
