import { describe, expect, it } from '@jest/globals';
import type { DeployError } from '../../src/errors.js';
import { describeSecrets, type Secrets } from '../../src/phases/secrets.js';
import { withRedisKey } from '../../src/redis-key.js';
import { REDIS_KEY } from '../../src/secret-catalogue.js';
import type { Arm, ArmResponse } from '../../src/tools/arm.js';
import { lightOutputs, productionOutputs } from '../fakes/cluster.js';

const SECRETS: Secrets = { values: new Map([['langsmith-jwt-secret', 'x']]), origins: new Map([['langsmith-jwt-secret', 'vault']]) };
const KEYS: ArmResponse = { status: 200, body: { primaryKey: 'a+b/c=', secondaryKey: 'other' } };

async function ask(
  outputs = productionOutputs(),
  answer: ArmResponse | Error = KEYS,
): Promise<{ secrets: Secrets; asked: string[]; masked: string[] }> {
  const asked: string[] = [];
  const masked: string[] = [];
  const arm: Arm = async (method, path, version) => {
    asked.push(`${method} ${path} ${version}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { secrets: await withRedisKey(SECRETS, { arm }, outputs, (value) => void masked.push(value)), asked, masked };
}

describe('the key of the cache', () => {
  it('T098: of Managed Redis is asked of its database, masked at once as it is and as Kubernetes shows it', async () => {
    const { secrets, asked, masked } = await ask();
    expect(asked).toEqual([
      'POST /subscriptions/s/resourceGroups/langsmith-rg/providers/Microsoft.Cache/redisEnterprise/langsmith-redis/databases/default/listKeys 2025-07-01',
    ]);
    expect(secrets.values.get(REDIS_KEY)).toBe('a+b/c=');
    expect(masked).toEqual(['a+b/c=', Buffer.from('a+b/c=').toString('base64')]);
    expect(describeSecrets(secrets)).toBe('1 from Key Vault, 1 from Azure');
  });

  it('of a premium cache is asked of the cache', async () => {
    const outputs = productionOutputs({ redis_kind: 'premium', redis_id: '/x/Microsoft.Cache/redis/c' });
    expect((await ask(outputs)).asked).toEqual(['POST /x/Microsoft.Cache/redis/c/listKeys 2024-11-01']);
  });

  it('is nobody to ask for when Redis runs in the cluster', async () => {
    const { secrets, asked } = await ask(lightOutputs());
    expect([secrets, asked]).toEqual([SECRETS, []]);
  });

  it.each([
    [{ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } }, 'secrets-forbidden', 'AuthorizationFailed'],
    [{ status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } }, 'secrets-unreadable', 'ResourceNotFound'],
    [{ status: 200, body: {} }, 'secrets-unreadable', 'redisEnterprise/langsmith-redis'],
    [new Error('socket hang up'), 'secrets-unreadable', 'socket hang up'],
  ] as const)('that Azure does not give (%j) stops the run', async (answer, reason, words) => {
    const error = await ask(productionOutputs(), answer).then(
      () => undefined,
      (thrown: unknown) => thrown as DeployError,
    );
    expect([error?.reason, error?.detail]).toEqual([reason, expect.stringContaining(words)]);
  });
});
