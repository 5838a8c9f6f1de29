import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adminPasswordProblem, emailProblem, postgresPasswordProblem, SECRETS, variableOf } from '../../src/secret-catalogue.js';

const made = (name: string): string[] => {
  const kind = SECRETS.find((candidate) => candidate.name === name);
  return Array.from({ length: 200 }, () => kind?.generate?.() ?? '');
};

describe('SECRETS', () => {
  it('have names of their own, and one source each at least', () => {
    expect(new Set(SECRETS.map((kind) => kind.name)).size).toBe(SECRETS.length);
    for (const kind of SECRETS) expect([kind.name, kind.input ?? kind.generate]).not.toEqual([kind.name, undefined]);
  });

  it.each(SECRETS.filter((kind) => kind.generate !== undefined).map((kind) => kind.name))(
    '%s is never made twice and passes its own rule',
    (name) => {
      const values = made(name);
      expect(new Set(values).size).toBe(values.length);
      const kind = SECRETS.find((candidate) => candidate.name === name);
      for (const value of values) expect(kind?.check?.(value)).toBeUndefined();
    },
  );

  it.each(SECRETS.filter((kind) => kind.name.endsWith('-encryption-key')).map((kind) => kind.name))('%s is a Fernet key', (name) => {
    for (const value of made(name)) {
      expect(value).toMatch(/^[A-Za-z0-9_-]{43}=$/);
      expect(Buffer.from(value, 'base64url')).toHaveLength(32);
    }
  });

  it.each(['langsmith-api-key-salt', 'langsmith-jwt-secret'])('%s is 32 bytes in base64', (name) => {
    for (const value of made(name)) expect([value.length, Buffer.from(value, 'base64').length]).toEqual([44, 32]);
  });

  it.each(['postgres-admin-password', 'clickhouse-password'])('%s suits PostgreSQL and needs no quoting in a URL', (name) => {
    for (const value of made(name)) {
      expect(value).toMatch(/^[A-Za-z0-9]{28}$/);
      expect(postgresPasswordProblem(value)).toBeUndefined();
    }
  });

  it('T107: that encrypt stored data never change', () => {
    const fixed = SECRETS.filter((kind) => kind.rotation === 'never').map((kind) => kind.name);
    expect(fixed).toEqual(
      expect.arrayContaining([
        'langsmith-api-key-salt',
        ...SECRETS.map((kind) => kind.name).filter((name) => name.endsWith('-encryption-key')),
      ]),
    );
  });
});

describe('the rules for what a user passes', () => {
  it.each([
    ['Abcdefghijk!', undefined],
    ['Abcdefghij1!', undefined],
    ['Abcdefghij!', 'needs 12 or more characters'],
    ['ABCDEFGHIJK!', 'needs a lower-case letter'],
    ['abcdefghijk!', 'needs an upper-case letter'],
    ['Abcdefghijk1', 'needs one of the symbols !#$%()+,-./:?@[\\]^_{~}'],
    ['Abcdefghij*&=', 'needs one of the symbols !#$%()+,-./:?@[\\]^_{~}'],
    ['', 'needs 12 or more characters, a lower-case letter, an upper-case letter, one of the symbols !#$%()+,-./:?@[\\]^_{~}'],
  ])('T105: administrator %j', (value, problem) => {
    expect(adminPasswordProblem(value)).toBe(problem);
  });

  it.each('!#$%()+,-./:?@[\\]^_{~}'.split(''))('administrator: %s counts as a symbol', (symbol) => {
    expect(adminPasswordProblem(`Abcdefghijk${symbol}`)).toBeUndefined();
  });

  it.each([
    ['ops@contoso.example', true],
    ['ops@contoso', false],
    ['ops contoso@x.example', false],
    ['@x.example', false],
    ['a@b@c.example', false],
    ['ops@contoso.example\nBcc: x', false],
  ])('e-mail %j', (value, good) => {
    expect(emailProblem(value) === undefined).toBe(good);
  });

  it.each([
    ['Abcdefg1', true],
    ['abcdef1!', true],
    ['Abcdef1', false],
    ['abcdefgh1', false],
    [`A1${'b'.repeat(126)}`, true],
    [`A1${'b'.repeat(127)}`, false],
  ])('PostgreSQL %j', (value, good) => {
    expect(postgresPasswordProblem(value) === undefined).toBe(good);
  });

  it('never repeat the value they complain about', () => {
    const checks = [adminPasswordProblem, emailProblem, postgresPasswordProblem];
    fc.assert(
      fc.property(fc.string({ minLength: 40, maxLength: 60 }), (value) => {
        for (const check of checks) expect(check(value)?.includes(value) ?? false).toBe(false);
      }),
    );
  });

  it('a license pasted with a line break is refused', () => {
    const license = SECRETS.find((kind) => kind.name === 'langsmith-license-key');
    expect(license?.check?.('abc\ndef')).toBe('holds white space or a line break');
    expect(license?.check?.('eyJhbGciOi.J9-_=')).toBeUndefined();
  });
});

describe('variableOf', () => {
  it('is the Terraform name', () => {
    expect(variableOf('langsmith-api-key-salt')).toBe('langsmith_api_key_salt');
  });
});
