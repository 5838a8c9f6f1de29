import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The limit of one step's summary, in bytes; a larger one is dropped whole. */
export const SUMMARY_LIMIT = 1024 * 1024;

const VARIABLES = {
  output: 'GITHUB_OUTPUT',
  env: 'GITHUB_ENV',
  path: 'GITHUB_PATH',
  state: 'GITHUB_STATE',
  summary: 'GITHUB_STEP_SUMMARY',
} as const;

type Kind = keyof typeof VARIABLES;

/** What one process left in its command files. */
export interface CommandFileContents {
  readonly outputs: ReadonlyMap<string, string>;
  readonly env: ReadonlyMap<string, string>;
  readonly paths: readonly string[];
  readonly state: ReadonlyMap<string, string>;
  readonly summary: string;
  /** The runner's words for each file it could not process; any of them but the summary's fails the step. */
  readonly errors: readonly string[];
  readonly summaryError: string | undefined;
}

/** The five files through which one process talks back to the runner. Fresh for every process, gone once read. */
export class CommandFiles {
  readonly #files: Record<Kind, string>;

  constructor(temporaryDirectory: string) {
    const directory = path.join(temporaryDirectory, '_runner_file_commands');
    mkdirSync(directory, { recursive: true });
    const create = (kind: string): string => {
      const file = path.join(directory, `${kind}_${randomUUID()}`);
      writeFileSync(file, '');
      return file;
    };
    this.#files = {
      output: create('set_output'),
      env: create('set_env'),
      path: create('add_path'),
      state: create('save_state'),
      summary: create('step_summary'),
    };
  }

  /** `GITHUB_OUTPUT` and the others, for the process's environment. */
  variables(): Record<string, string> {
    return Object.fromEntries((Object.keys(VARIABLES) as Kind[]).map((kind) => [VARIABLES[kind], this.#files[kind]]));
  }

  /** Read everything back and remove the files. */
  collect(): CommandFileContents {
    const errors: string[] = [];
    const pairs = (kind: 'output' | 'env' | 'state'): Map<string, string> => {
      try {
        const read = parseKeyValues(this.#read(kind));
        if (kind === 'env' && [...read.keys()].some((name) => name.toUpperCase() === 'NODE_OPTIONS')) {
          throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
        }
        return read;
      } catch (error) {
        errors.push(`Unable to process file command '${kind}' successfully.`, (error as Error).message);
        return new Map();
      }
    };
    const contents = {
      outputs: pairs('output'),
      env: pairs('env'),
      state: pairs('state'),
      paths: this.#read('path')
        .split(/\r?\n/)
        .filter((line) => line !== ''),
      ...this.#summary(),
      errors,
    };
    for (const file of Object.values(this.#files)) rmSync(file, { force: true });
    return contents;
  }

  #summary(): Pick<CommandFileContents, 'summary' | 'summaryError'> {
    const size = statSync(this.#files.summary, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= SUMMARY_LIMIT) return { summary: this.#read('summary'), summaryError: undefined };
    const kilobytes = Math.ceil(size / 1024);
    return { summary: '', summaryError: `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${kilobytes}k.` };
  }

  #read(kind: Kind): string {
    const file = this.#files[kind];
    return statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8').replace(/^\uFEFF/, '') : '';
  }
}

/**
 * `NAME=value` lines and `NAME<<DELIMITER` blocks.
 * @throws Error in the runner's words for a line that is neither, and for a block that never ends.
 */
export function parseKeyValues(content: string): Map<string, string> {
  const pairs = new Map<string, string>();
  const lines = content.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (equals >= 0 && (block < 0 || equals < block)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.set(line.slice(0, equals), line.slice(equals + 1));
    } else if (block >= 0) {
      const name = line.slice(0, block);
      const delimiter = line.slice(block + 2);
      if (name === '' || delimiter === '')
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs.set(name, lines.slice(index + 1, end).join('\n'));
      index = end;
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return pairs;
}
