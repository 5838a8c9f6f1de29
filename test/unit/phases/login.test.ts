import { describe, expect, it } from '@jest/globals';
import { explainEntra, jwtPayload, memoisedAssertion } from '../../../src/phases/login.js';

const CLIENT = { clientId: '11111111-2222-4333-8444-555555555555' };
const SENDER = { subject: 'repo:contoso/platform:environment:production', issuer: 'https://token.actions.githubusercontent.com' };

const jwt = (payload: object): string => `h.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.s`;

describe('jwtPayload', () => {
  it('reads what a token says, letters beyond ASCII included', () => {
    expect(jwtPayload(jwt({ sub: 'repo:müller/app:ref:refs/heads/ä' }))).toEqual({ sub: 'repo:müller/app:ref:refs/heads/ä' });
  });

  it.each(['', 'not a token', 'a.b.c'])('throws for %j', (token) => {
    expect(() => jwtPayload(token)).toThrow(SyntaxError);
  });
});

describe('memoisedAssertion', () => {
  const stage = (
    answers: (string | Error)[],
  ): { asked: string[]; masked: string[]; assertion: () => Promise<string>; at: (ms: number) => void } => {
    const asked: string[] = [];
    const masked: string[] = [];
    let now = 0;
    const tools = {
      getIdToken: async (audience: string) => {
        asked.push(audience);
        const answer = answers.shift();
        if (answer === undefined) throw new Error('asked too often');
        if (answer instanceof Error) throw answer;
        return answer;
      },
      mask: (value: string) => void masked.push(value),
    };
    return {
      asked,
      masked,
      assertion: memoisedAssertion(tools, () => now),
      at: (ms) => {
        now = ms;
      },
    };
  };

  it('asks GitHub once for four minutes and again after them', async () => {
    const { asked, assertion, at } = stage(['one', 'two']);
    expect(await assertion()).toBe('one');
    at(4 * 60_000);
    expect(await assertion()).toBe('one');
    at(4 * 60_000 + 1);
    expect(await assertion()).toBe('two');
    expect(asked).toEqual(['api://AzureADTokenExchange', 'api://AzureADTokenExchange']);
  });

  it('asks once for callers at the same time, and masks before anyone has the token', async () => {
    const { asked, masked, assertion } = stage(['one']);
    const seen = await Promise.all([
      assertion().then((token) => masked.includes(token)),
      assertion().then((token) => masked.includes(token)),
    ]);
    expect(seen).toEqual([true, true]);
    expect(asked).toHaveLength(1);
  });

  it('does not keep a refusal', async () => {
    const { assertion } = stage([new Error('503'), 'two']);
    await expect(assertion()).rejects.toThrow('503');
    expect(await assertion()).toBe('two');
  });
});

describe('explainEntra', () => {
  it.each([
    ['AADSTS70021: No matching federated identity record found for presented assertion.', 'login-federation'],
    ['AADSTS700211: No matching federated identity record found for presented assertion issuer', 'login-federation'],
    ['AADSTS700212: No matching federated identity record found for presented assertion audience', 'login-federation'],
    ['AADSTS700213: No matching federated identity record found for presented assertion subject', 'login-federation'],
    ['invalid_client: 700024 - AADSTS700024: Client assertion is not within its valid time range.', 'login-refused'],
    ["AADSTS700016: Application with identifier 'x' was not found in the directory", 'login-refused'],
    ["AADSTS90002: Tenant 'x' not found.", 'login-refused'],
    ['AADSTS7000229: The client application is missing service principal in the tenant', 'login-refused'],
    ['AADSTS7002138: something new that begins like a known code', 'login-refused'],
    ['getaddrinfo ENOTFOUND login.microsoftonline.com', 'login-unreachable'],
  ])('%s', (message, reason) => {
    const cause = new Error(message);
    const error = explainEntra(message, CLIENT, SENDER, cause);
    expect([error.reason, error.cause]).toEqual([reason, cause]);
  });

  it.each([
    ['repo:contoso/platform:environment:production'],
    ['repo:contoso@900800/platform@700100200:environment:production'],
    ['repo:contoso/platform:ref:refs/heads/main'],
    ['repo:contoso/platform:pull_request'],
    ["repo:contoso/platform:environment:o'brien's"],
  ])('names the exact subject %s and a command a shell hands on unchanged', (subject) => {
    const { detail, fix } = explainEntra('AADSTS700213: no', CLIENT, { ...SENDER, subject }, undefined);
    expect(detail).toContain(subject);
    const quoted = /^az ad app federated-credential create --id (\S+) --parameters '(.*)'$/s.exec(fix);
    expect(quoted?.[1]).toBe(CLIENT.clientId);
    const parameters = JSON.parse((quoted?.[2] ?? '').replaceAll("'\\''", "'")) as Record<string, unknown>;
    expect(parameters).toMatchObject({ subject, issuer: SENDER.issuer, audiences: ['api://AzureADTokenExchange'] });
    expect(parameters['name']).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/);
    expect((quoted?.[2] ?? '').replaceAll("'\\''", '')).not.toContain("'");
  });

  it('offers the issuer the token really has', () => {
    const issuer = 'https://token.actions.githubusercontent.com/contoso';
    expect(explainEntra('AADSTS700211: no', CLIENT, { ...SENDER, issuer }, undefined).fix).toContain(`"issuer":"${issuer}"`);
  });

  it("keeps Entra's code and sentence, and not the trace lines below it", () => {
    const message = 'ClientAssertionCredential: AADSTS90002: Tenant not found.\r\nTrace ID: 1\r\nCorrelation ID: 2';
    expect(explainEntra(message, CLIENT, SENDER, undefined).detail).toBe('AADSTS90002: Tenant not found.');
  });
});
