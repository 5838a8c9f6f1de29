import { describe, expect, it } from '@jest/globals';
import { INFRA_VARIABLES } from '../../src/app/files.js';
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

describe('every Terraform folder', () => {
  const folders = [
    ...new Set(
      [...filesBelow('terraform/infra', /\.tf$/), ...filesBelow('terraform/app', /\.tf$/)].map((file) =>
        file.slice(0, file.lastIndexOf('/')),
      ),
    ),
  ];
  const textOf = (folder: string): string =>
    filesBelow(folder, /\.tf$/)
      .filter((file) => file.slice(0, file.lastIndexOf('/')) === folder)
      .map(text)
      .join('\n');

  it.each(folders)('T165 uses every variable it declares: %s', (folder) => {
    const source = textOf(folder);
    const declared = [...source.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name ?? '');
    // A validation that only looks at its own variable is no use of it.
    const used = source.replace(/^variable "\w+" \{\n[\s\S]*?^\}/gm, '');
    const elsewhere = (name: string): boolean => new RegExp(`\\bvar\\.${name}\\b`).test(used);
    expect(declared.filter((name) => !elsewhere(name))).toEqual([]);
  });

  it('T069 has no postcondition: one that fails would block every later apply', () => {
    expect(
      [...filesBelow('terraform/infra', /\.tf$/), ...filesBelow('terraform/app', /\.tf$/)].filter((file) =>
        /\bpostcondition\b/.test(text(file)),
      ),
    ).toEqual([]);
  });
});

describe('terraform/app', () => {
  const app = parseHcl('app.tf', filesBelow('terraform/app', /\.tf$/).map(text).join('\n'));

  it('T159 reads of terraform/infra only what that declares and the action writes', async () => {
    const read = Object.keys((await parseHcl('variables.infra.tf', text('terraform/app/variables.infra.tf')))['variable'] as Blocks);
    expect(read.filter((name) => !OUTPUT_NAMES.includes(name))).toEqual([]);
    expect(read.sort()).toEqual([...INFRA_VARIABLES].sort());
  });

  it('T150 T162 plans Helm releases and Secrets only, with providers configured in the root', async () => {
    const types = Object.keys((await app)['resource'] as Record<string, unknown>);
    expect(types.sort()).toEqual(['helm_release', 'kubernetes_secret_v1']);
    expect(filesBelow('terraform/app', /\.tf$/).filter((file) => file.split('/').length > 3)).toEqual([]);
  });

  it('T100 takes secrets as ephemeral variables or from Key Vault in memory, and hands them on as write-only arguments', async () => {
    const { variable, ephemeral } = (await app) as { variable: Blocks; ephemeral: Record<string, unknown> };
    expect(Object.keys(ephemeral)).toEqual(['azurerm_key_vault_secret']);
    expect(Object.entries(variable).flatMap(([name, [block]]) => (block.ephemeral === true ? [name] : []))).toEqual(
      expect.arrayContaining(['secret_values', 'kubeconfig']),
    );
    const users = filesBelow('terraform/app', /\.tf$/).flatMap((file) =>
      [...text(file).matchAll(/^ *(\w+) .*local\.secret_value/gm)].map(([, argument]) => argument),
    );
    expect(users.filter((name) => !['name', 'set_wo', 'for'].includes(name ?? ''))).toEqual([]);
  });

  it('T156 has the azurerm of terraform/infra, to the hash', () => {
    const constraint = (root: string): string | undefined =>
      /hashicorp\/azurerm"\s+version = "([^"]+)"/.exec(text(`terraform/${root}/terraform.tf`))?.[1];
    expect(constraint('app')).toBe(constraint('infra'));
    const locked = (root: string): string | undefined =>
      /^provider "registry.terraform.io\/hashicorp\/azurerm" \{\n[\s\S]*?^\}/m.exec(text(`terraform/${root}/.terraform.lock.hcl`))?.[0];
    expect(locked('app')).toBe(locked('infra'));
  });
});

describe('provider versions', () => {
  it('T154 T155 stand between the first release with what is used and the next major, and are locked', () => {
    expect(text('terraform/infra/terraform.tf')).toMatch(/version = ">= 4\.73\.0, < 5\.0\.0"/);
    const lock = text('terraform/infra/.terraform.lock.hcl');
    const version = /version\s+= "(\d+)\.(\d+)\.\d+"/.exec(lock);
    expect(Number(version?.[1])).toBe(4);
    expect(Number(version?.[2])).toBeGreaterThanOrEqual(73);
    expect(lock.match(/"zh:[0-9a-f]{64}"/g)?.length).toBeGreaterThan(5);
  });

  it('T024 leaves service endpoints of delegated subnets to the service that moved in', () => {
    const delegated = [
      ...text('terraform/infra/modules/networking/main.tf').matchAll(/^resource "azurerm_subnet" "(\w+)" \{\n[\s\S]*?^\}/gm),
    ].filter(([block]) => /\bdelegation\b/.test(block));
    expect(delegated.map(([, name]) => name)).toContain('postgres');
    for (const [block] of delegated) expect(block).toContain('ignore_changes = [service_endpoints]');
  });
});
