import { describe, expect, it } from '@jest/globals';
import { parseHcl } from '../../src/hcl.js';
import { declaredVariables } from '../../src/phases/inputs-config.js';
import { OUTPUT_NAMES } from '../../src/phases/outputs.js';
import { SECRETS, variableOf } from '../../src/secret-catalogue.js';
import { filesBelow, text } from './files.js';

type Blocks = Record<string, [{ ephemeral?: boolean; sensitive?: boolean; value?: string }]>;

const files = filesBelow('terraform/infra', /^terraform\/infra\/[^/]+\.tf$/);

/** The whole root by Terraform's own grammar. */
const root = parseHcl('infra.tf', files.map(text).join('\n'));
const blocks = async (type: 'variable' | 'output'): Promise<Blocks> => (await root)[type] as Blocks;

describe('terraform/infra', () => {
  it('declares exactly the outputs that the phase outputs decodes', async () => {
    expect(Object.keys(await blocks('output')).sort()).toEqual([...OUTPUT_NAMES].sort());
  });

  it('has no sensitive output', async () => {
    const outputs = Object.entries(await blocks('output'));
    expect(outputs.filter(([, [block]]) => block.sensitive !== undefined || block.ephemeral !== undefined)).toEqual([]);
  });

  it('takes exactly the secrets of the catalogue as ephemeral and sensitive variables', async () => {
    const variables = Object.entries(await blocks('variable'));
    const named = SECRETS.map((kind) => variableOf(kind.name)).sort();
    expect(variables.flatMap(([name, [block]]) => (block.ephemeral === true ? [name] : [])).sort()).toEqual(named);
    expect(variables.flatMap(([name, [block]]) => (block.sensitive === true ? [name] : [])).sort()).toEqual(named);
  });

  it('hands each secret to the Key Vault secret of its name', () => {
    const lines = [...text('terraform/infra/secrets.tf').matchAll(/^ {4}([\w-]+) += var\.(\w+)$/gm)].map(([, name, variable]) => [
      name,
      variable,
    ]);
    expect(lines).toEqual(SECRETS.map((kind) => [kind.name, variableOf(kind.name)]));
  });

  it('declares its variables where and how the configuration check looks for them', async () => {
    const declared = await declaredVariables('terraform/infra');
    const parsed = Object.entries(await blocks('variable')).map(([name, [block]]) => ({ name, secret: block.ephemeral === true }));
    const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);
    expect(declared.sort(byName)).toEqual(parsed.sort(byName));
  });

  it.each([...filesBelow('examples', /\.tfvars$/), ...filesBelow('terraform/topologies', /\.tfvars$/)])(
    'T016: declares every setting of %s',
    async (file) => {
      const variables = await blocks('variable');
      const keys = Object.keys(await parseHcl(file, text(file)));
      expect(keys.filter((key) => variables[key] === undefined || variables[key][0].ephemeral === true)).toEqual([]);
    },
  );
});
