import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT } from '../../../rehearsal/rehearsal.js';

/** The example's configuration with lines replaced and added: name → HCL. */
export async function configWith(lines: Readonly<Record<string, string>>): Promise<string> {
  const example = await readFile(path.join(PROJECT, 'examples/langsmith/terraform.tfvars'), 'utf8');
  const kept = example.split('\n').filter((line) => !Object.keys(lines).some((name) => new RegExp(`^${name}\\s*=`).test(line)));
  return `${kept.join('\n')}\n${Object.entries(lines)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')}`;
}
