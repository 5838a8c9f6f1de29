import type { TokenCredential } from '@azure/core-auth';
import { messageOf } from '../errors.js';

/** What the vault said about one secret. "Not there" and "cannot tell" are different things (T008). */
export type SecretAnswer =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'forbidden'; readonly by: 'rbac' | 'firewall'; readonly message: string }
  | { readonly kind: 'unclear'; readonly message: string };

/** Reads one secret's newest version. Never throws for an answer of the vault. */
export type SecretReader = (name: string) => Promise<SecretAnswer>;

/** The SDK retries 429 and 5xx itself, honouring Retry-After. */
export async function createSecretReader(vaultUri: string, credential: TokenCredential): Promise<SecretReader> {
  const { SecretClient } = await import('@azure/keyvault-secrets');
  const client = new SecretClient(vaultUri, credential, { retryOptions: { maxRetries: 4, maxRetryDelayInMs: 10_000 } });
  return async (name) => {
    try {
      const { value } = await client.getSecret(name);
      return value === undefined ? { kind: 'unclear', message: `${name} has no value` } : { kind: 'found', value };
    } catch (error) {
      return answerOf(error);
    }
  };
}

/** What a failed read means. Only the vault itself can say that a secret is absent or that we may not read it. */
export function answerOf(error: unknown): SecretAnswer {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  const message = messageOf(error);
  if (statusCode === 404 && code === 'SecretNotFound') return { kind: 'absent' };
  const why = `${message} ${bodyOf(error)}`;
  if (statusCode === 403 && /ForbiddenByFirewall|Client address is not authorized/i.test(why))
    return { kind: 'forbidden', by: 'firewall', message };
  if (statusCode === 403 && /ForbiddenByRbac|Caller is not authorized/i.test(why)) return { kind: 'forbidden', by: 'rbac', message };
  // A disabled secret answers 403 too, and no role would help.
  return { kind: 'unclear', message };
}

/** The service's own words: only its inner error, whose spelling depends on the SDK's version, says which 403 it is. */
function bodyOf(error: unknown): string {
  return JSON.stringify((error as { details?: unknown }).details ?? '');
}
