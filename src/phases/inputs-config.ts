import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { messageOf } from '../errors.js';
import { parseHcl } from '../hcl.js';

/** A variable `terraform/infra` declares. */
export interface DeclaredVariable {
  readonly name: string;
  /** Ephemeral variables carry secrets and come from Key Vault, never from a file in git. */
  readonly secret: boolean;
}

/**
 * The variables declared in the `variables*.tf` files of a root. Those files are ours and formatted by `terraform fmt`, so their block
 * heads are all there is to know (a contract test holds this against Terraform's own grammar); parsing them would cost a second.
 */
export async function declaredVariables(root: string): Promise<DeclaredVariable[]> {
  const files = (await readdir(root)).filter((name) => name.startsWith('variables') && name.endsWith('.tf'));
  const texts = await Promise.all(files.map((name) => readFile(path.join(root, name), 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(/^variable "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({
      name,
      secret: /^ {2}ephemeral +=/m.test(body),
    })),
  );
}

export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

/**
 * Reads a user's tfvars (HCL or JSON) and checks its keys: Terraform only warns about a key it does not know, and the setting is lost (T006).
 * Problems are complete sentences; none means the values may be used.
 */
export async function readConfigFile(file: string, shownAs: string, declared: readonly DeclaredVariable[]): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      values: {},
      problems: [
        `config: ${absent ? `there is no file ${shownAs} in the workspace (is actions/checkout before this step?)` : messageOf(error)}`,
      ],
    };
  }
  let values: Record<string, unknown>;
  try {
    values = file.endsWith('.json') ? parseJsonObject(text) : await parseHcl(shownAs, text);
  } catch (error) {
    return { values: {}, problems: [`config: ${shownAs} does not parse: ${messageOf(error).replace(/^Failed to parse hcl:\s*/i, '')}`] };
  }
  const names = declared.map((variable) => variable.name);
  const problems = Object.keys(values).flatMap((key) => {
    const variable = declared.find((candidate) => candidate.name === key);
    if (variable === undefined) {
      const near = closest(key, names);
      const hint = distance(key, near) <= Math.max(2, key.length / 3) ? ` Did you mean ${near}?` : '';
      return [`config: ${shownAs} sets ${key}, which is not a setting.${hint}`];
    }
    if (variable.secret)
      return [
        `config: ${shownAs} sets ${key}, which is a secret. Remove it from the file (and from git history) and use the action's input.`,
      ];
    return [];
  });
  return { values, problems };
}

function parseJsonObject(text: string): Record<string, unknown> {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('its top level is not an object');
  return value as Record<string, unknown>;
}
