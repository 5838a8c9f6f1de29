import { describe, expect, it } from '@jest/globals';
import { NOISE } from '../../src/drift/noise.js';
import { filesBelow, readmeTable, text } from './files.js';

interface Block {
  readonly attributes: Readonly<Record<string, object>>;
  readonly blocks: Readonly<Record<string, { readonly block: Block }>>;
}

const { resources } = JSON.parse(text('rehearsal/terraform/schemas/azurerm.json')) as { resources: Readonly<Record<string, Block>> };

const allTerraform = filesBelow('terraform/infra', /\.tf$/).map(text).join('\n');

/** Does a schema have the attribute at the end of the path, or the block? */
function has(block: Block | undefined, [first = '', ...rest]: readonly string[]): boolean {
  if (block === undefined) return false;
  if (first in block.attributes) return rest.length === 0;
  const inner = block.blocks[first]?.block;
  return inner !== undefined && (rest.length === 0 || has(inner, rest));
}

describe('what drift leaves out', () => {
  it.each(NOISE.map(({ type, attribute }) => [type, attribute] as const))('%s has %s in the provider', (type, attribute) => {
    const path = attribute.split('.');
    const having = Object.entries(resources).filter(([, block]) => has(block, path));
    if (type === '*') expect(having.length).toBeGreaterThan(5);
    else expect(having.map(([name]) => name)).toContain(type);
  });

  it.each([...new Set(NOISE.map(({ type }) => type).filter((type) => type !== '*'))])('%s is a resource of the deployment', (type) => {
    expect(allTerraform).toContain(`resource "${type}"`);
  });

  it('says why, and where that is known from', () => {
    for (const { why, source } of NOISE) {
      expect(why).toMatch(/^[A-Z].*\.$/);
      expect(source).toMatch(/^(T\d{3}|https:\/\/.+)$/);
      if (source.startsWith('T')) expect(text('docs/traps.md')).toContain(`| ${source} `);
    }
  });

  it('is listed in the README', () => {
    const rows = readmeTable('noise').map(([type, attribute]) => [type, attribute]);
    expect(rows).toEqual([
      ...NOISE.map(({ type, attribute }) => [type === '*' ? 'every one' : type, attribute]),
      ['every one', 'timestamps'],
    ]);
  });
});
