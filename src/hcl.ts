import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Terraform's own grammar (hashicorp/hcl compiled to WebAssembly). The package finds its binary relative to the CommonJS variable
 * `__dirname`, which a bundled ES module lacks: it resolves to this global. The build puts main.wasm.gz beside the bundle.
 */
async function parser(): Promise<(file: string, text: string) => Promise<Record<string, unknown>>> {
  (globalThis as { __dirname?: string }).__dirname ??= path.join(path.dirname(fileURLToPath(import.meta.url)), 'hcl');
  const { parse } = await import('@cdktn/hcl2json');
  return parse as (file: string, text: string) => Promise<Record<string, unknown>>;
}

/**
 * HCL text as JSON: attributes by name, blocks as arrays by type and label, expressions as `${...}` strings.
 * @throws Error with `file:line,column` when the text does not parse.
 */
export async function parseHcl(file: string, text: string): Promise<Record<string, unknown>> {
  const parse = await parser();
  return (await parse(file, text)) ?? {};
}
