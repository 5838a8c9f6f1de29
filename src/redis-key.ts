import { DeployError, messageOf } from './errors.js';
import type { Session } from './phases/login.js';
import type { Outputs } from './phases/outputs.js';
import { maskSecret, type Secrets } from './phases/secrets.js';
import { REDIS_KEY } from './secret-catalogue.js';
import { armErrorText } from './tools/arm.js';

/** Where each kind of cache keeps its keys: those of a managed one belong to its database. */
const LIST_KEYS = {
  managed: { path: '/databases/default/listKeys', apiVersion: '2025-07-01' },
  premium: { path: '/listKeys', apiVersion: '2024-11-01' },
} as const;

/**
 * The same secrets and, with a cache of Azure, its primary key. Azure makes and rotates it, so it is asked for at each release and
 * stored nowhere but in the Kubernetes Secret of its readers.
 * @throws DeployError `secrets-forbidden`, `secrets-unreadable`.
 */
export async function withRedisKey(
  secrets: Secrets,
  session: Pick<Session, 'arm'>,
  outputs: Outputs,
  mask: (value: string) => void,
): Promise<Secrets> {
  if (outputs.redis_kind === '') return secrets;
  const { path, apiVersion } = LIST_KEYS[outputs.redis_kind];
  const response = await session.arm('POST', `${outputs.redis_id}${path}`, apiVersion).catch((error: unknown) => {
    throw new DeployError('secrets-unreadable', `listKeys of the cache: ${messageOf(error)}`, { cause: error });
  });
  if (response.status === 401 || response.status === 403)
    throw new DeployError('secrets-forbidden', `listKeys of the cache: ${armErrorText(response)}`, {
      fix: `Grant the identity Contributor on ${outputs.redis_id}: the right to list its keys is part of it.`,
    });
  const key = (response.body as { primaryKey?: string } | undefined)?.primaryKey ?? '';
  if (response.status !== 200 || key === '')
    throw new DeployError('secrets-unreadable', `listKeys of the cache ${outputs.redis_id}: ${armErrorText(response)}`);
  maskSecret({ mask }, key);
  return {
    values: new Map([...secrets.values, [REDIS_KEY, key]]),
    origins: new Map([...secrets.origins, [REDIS_KEY, 'azure']]),
  };
}
