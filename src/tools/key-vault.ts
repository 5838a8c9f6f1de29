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

function answerOf(error: unknown): SecretAnswer {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  const message = messageOf(error);
  if (statusCode === 404 && (code === undefined || code === 'SecretNotFound')) return { kind: 'absent' };
  if (statusCode === 403) return { kind: 'forbidden', by: /ForbiddenByFirewall|not authorized.*network|Client address is not authorized/i.test(`${message} ${innerCode(error)}`) ? 'firewall' : 'rbac', message };
  return { kind: 'unclear', message };
}

/** `error.innererror.code` of the service's body, where Key Vault says which 403 it is. */
function innerCode(error: unknown): string {
  const details = (error as { details?: { error?: { innererror?: { code?: string } } }; response?: { bodyAsText?: string } }) ?? {};
  return details.details?.error?.innererror?.code ?? details.response?.bodyAsText ?? '';
}
