import { describe, expect, it } from '@jest/globals';
import { armErrorText, createArm } from '../../../src/tools/arm.js';

describe('armErrorText', () => {
  it.each([
    [{ status: 404, body: { error: { code: 'SubscriptionNotFound', message: 'gone' } } }, 'HTTP 404 SubscriptionNotFound: gone'],
    [{ status: 403, body: { error: { message: 'no' } } }, 'HTTP 403 : no'],
    [{ status: 502, body: '<html>bad gateway</html>' }, 'HTTP 502'],
    [{ status: 500, body: undefined }, 'HTTP 500'],
    [{ status: 500, body: null }, 'HTTP 500'],
  ])('%j', (response, text) => {
    expect(armErrorText(response)).toBe(text);
  });
});

describe('createArm', () => {
  it('shows its token to nobody but Azure Resource Manager', async () => {
    const arm = createArm({ getToken: () => Promise.reject(new Error('a token was asked for')) });
    await expect(arm('GET', 'https://evil.example/subscriptions', '2022-12-01')).rejects.toThrow(
      'https://evil.example is not Azure Resource Manager',
    );
  });
});
