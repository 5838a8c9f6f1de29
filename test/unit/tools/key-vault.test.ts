import { describe, expect, it } from '@jest/globals';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { SecretClient } from '@azure/keyvault-secrets';
import { answerOf, type SecretAnswer } from '../../../src/tools/key-vault.js';

/** What the real client makes of an answer of the vault: the error that {@link answerOf} is given. */
async function refusal(status: number, body: unknown): Promise<SecretAnswer> {
  const httpClient: HttpClient = {
    sendRequest: async (request) => ({
      request,
      status,
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      bodyAsText: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  };
  const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const client = new SecretClient('https://kv.vault.azure.net/', credential, { httpClient, retryOptions: { maxRetries: 0 } });
  return client.getSecret('langsmith-license-key').then(() => {
    throw new Error('the vault was meant to refuse');
  }, answerOf);
}

const forbidden = (message: string, inner?: string): object => ({
  error: { code: 'Forbidden', message, ...(inner === undefined ? {} : { innererror: { code: inner } }) },
});

describe('answerOf, given the errors of the real SecretClient', () => {
  it('believes that a secret is absent only when the vault itself says so', async () => {
    const absent = { error: { code: 'SecretNotFound', message: 'A secret with (name/id) langsmith-license-key was not found' } };
    expect(await refusal(404, absent)).toEqual({ kind: 'absent' });
    expect(await refusal(404, '<html>gateway</html>')).toMatchObject({ kind: 'unclear' });
    expect(await refusal(404, { error: { code: 'VaultNotFound', message: 'no such vault' } })).toMatchObject({ kind: 'unclear' });
  });

  it.each([
    ['the firewall by its code', forbidden('no', 'ForbiddenByFirewall'), { kind: 'forbidden', by: 'firewall' }],
    [
      'the firewall by its words',
      forbidden('Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.9'),
      { kind: 'forbidden', by: 'firewall' },
    ],
    ['a missing role by its code', forbidden('no', 'ForbiddenByRbac'), { kind: 'forbidden', by: 'rbac' }],
    [
      'a missing role by its words',
      forbidden('Caller is not authorized to perform action on resource.'),
      { kind: 'forbidden', by: 'rbac' },
    ],
    ['a disabled secret', forbidden('Operation get is not allowed on a disabled secret.', 'SecretDisabled'), { kind: 'unclear' }],
    ['a proxy', '<html>403</html>', { kind: 'unclear' }],
  ])('tells apart which 403 it is: %s', async (_, body, expected) => {
    expect(await refusal(403, body)).toMatchObject(expected);
  });

  it.each([429, 500, 503])('takes %i for no answer at all', async (status) => {
    expect(await refusal(status, { error: { code: 'x', message: 'busy' } })).toMatchObject({ kind: 'unclear' });
  });

  it('takes a broken connection for no answer at all', () => {
    expect(answerOf(new Error('getaddrinfo ENOTFOUND kv.vault.azure.net'))).toEqual({
      kind: 'unclear',
      message: 'getaddrinfo ENOTFOUND kv.vault.azure.net',
    });
  });
});
