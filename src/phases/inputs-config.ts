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

/** The variables declared in the `*.tf` files of a root. */
export async function declaredVariables(root: string): Promise<DeclaredVariable[]> {
  const files = (await readdir(root)).filter((name) => name.startsWith('variables') && name.endsWith('.tf'));
  const parsed = await Promise.all(files.map(async (name) => parseHcl(name, await readFile(path.join(root, name), 'utf8'))));
  return parsed.flatMap((file) =>
    Object.entries((file['variable'] ?? {}) as Record<string, [{ ephemeral?: boolean }]>).map(([name, [block]]) => ({
      name,
      secret: block.ephemeral === true,
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
    values = file.endsWith('.json') ? (JSON.parse(text) as Record<string, unknown>) : await parseHcl(shownAs, text);
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
