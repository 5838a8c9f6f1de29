import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { type Piece, secretPieces, withoutSecrets } from '../../../src/app/pieces.js';
import { shapeOf, type PassNumber } from '../../../src/passes.js';
import { secretSpecs } from '../../../src/release/secrets.js';
import { REDIS_KEY, SECRETS } from '../../../src/secret-catalogue.js';
import { lightOutputs, productionOutputs } from '../../fakes/cluster.js';

const values = new Map([...SECRETS.map((kind) => kind.name), REDIS_KEY].map((name) => [name, `<${name}> /+@%3C é`]));

const compose = (pieces: readonly Piece[]): string =>
  pieces
    .map((piece) => {
      if ('text' in piece) return piece.text;
      const value = values.get(piece.secret) ?? '';
      return piece.encode === 'url' ? encodeURIComponent(value) : value;
    })
    .join('');

const cases = ([2, 3, 4, 5] as PassNumber[]).flatMap((pass) => [
  { pass, topology: 'light' as const, outputs: lightOutputs() },
  { pass, topology: 'production' as const, outputs: productionOutputs() },
]);

describe('the pieces of Secrets', () => {
  it.each(cases)('T249 compose to what the Helm path writes: pass $pass, $topology', ({ pass, topology, outputs }) => {
    const shape = shapeOf(pass, topology, outputs);
    const pieces = secretPieces({ shape, outputs });
    const composed = Object.fromEntries(
      Object.entries(pieces).map(([name, { data }]) => [
        name,
        Object.fromEntries(Object.entries(data).map(([key, parts]) => [key, compose(parts)])),
      ]),
    );
    const written = Object.fromEntries(secretSpecs({ shape, outputs, values }).map(({ name, data }) => [name, data]));
    expect(composed).toEqual(written);
  });

  it('hold names, and text only of what is no secret', () => {
    const pieces = secretPieces({ shape: shapeOf(2, 'light', lightOutputs()), outputs: lightOutputs() });
    expect(pieces['langsmith-postgres-secret']?.data['connection_url']).toEqual([
      { text: 'postgres:' },
      { secret: 'postgres-admin-password', encode: 'url' },
      { text: '@langsmith-postgres:5432/postgres' },
    ]);
    expect(pieces['langsmith-clickhouse-secret']?.data['clickhouse_port']).toEqual([{ text: '8123' }]);
  });

  it('are percent-encoded by terraform/app as by the Helm path', async () => {
    const expression = /name => (replace\(.*\))$/m.exec(readFileSync('terraform/app/secrets.tf', 'utf8'))?.[1];
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
    const literal = JSON.stringify(`${printable}é€`).replaceAll('%{', '%%{').replaceAll('${', '$${');
    const child = spawn('terraform', ['console'], { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(`${expression?.replace('urlencode(value)', `urlencode(${literal})`) ?? ''}\n`);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve) => child.on('close', resolve));
    expect(JSON.parse(Buffer.concat(chunks).toString())).toBe(encodeURIComponent(`${printable}é€`));
  }, 60_000);
});

describe('chart values without secrets', () => {
  const secrets = new Map([
    ['langsmith-admin-email', 'me@example.com'],
    ['empty', ''],
  ]);

  it('leave out what is the value of a secret and say where it belongs, in the way of Helm', () => {
    const values = { config: { email: 'me@example.com', host: 'a', none: '' }, 'x.y': { again: 'me@example.com' }, list: ['b'] };
    expect(withoutSecrets(values, secrets)).toEqual({
      values: { config: { host: 'a', none: '' }, 'x.y': {}, list: ['b'] },
      writeOnly: { 'config.email': 'langsmith-admin-email', 'x\\.y.again': 'langsmith-admin-email' },
    });
  });
});
