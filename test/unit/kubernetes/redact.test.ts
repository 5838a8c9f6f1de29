import { describe, expect, it } from '@jest/globals';
import { createRedactor } from '../../../src/kubernetes/redact.js';

describe('redaction', () => {
  const redact = createRedactor(['s3cret/value', 's3cret/value-longer', 'abc']);

  it('hides a value plain, percent-encoded and in base64', () => {
    expect(redact(`a s3cret/value b s3cret%2Fvalue c ${Buffer.from('s3cret/value').toString('base64')}`)).toBe('a *** b *** c ***');
  });

  it('hides the longer of two values that begin alike', () => {
    expect(redact('s3cret/value-longer')).toBe('***');
  });

  it('leaves what is too short to be a secret', () => {
    expect(redact('abc')).toBe('abc');
  });

  it('hides passwords in addresses it never heard of', () => {
    expect(redact('dial postgres:hunter2@langsmith-postgres:5432/postgres')).toBe('dial postgres:***@langsmith-postgres:5432/postgres');
  });
});
