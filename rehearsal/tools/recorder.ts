import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** One start of a wrapped program. */
export interface RecordedCall {
  readonly tool: string;
  /** Arguments after the program name, exactly as given. */
  readonly argv: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Recorder {
  /** To be put first on PATH. */
  readonly directory: string;
  /** Every call so far, oldest first. */
  calls(): Promise<RecordedCall[]>;
}

/**
 * Fills `directory` with one wrapper per entry of `programs` (name to the real absolute path). A wrapper appends its argv as one JSON
 * line to `calls.jsonl` there and then *becomes* the real program, so signals, exit status and standard streams are untouched.
 */
export async function recordPrograms(directory: string, programs: Readonly<Record<string, string>>): Promise<Recorder> {
  const wrappers = path.resolve(directory);
  const log = path.join(wrappers, 'calls.jsonl');
  await mkdir(wrappers, { recursive: true });
  await writeFile(log, '', { mode: 0o600 });
  for (const [tool, program] of Object.entries(programs)) {
    if (!path.isAbsolute(program)) throw new Error(`${tool} needs an absolute path (a wrapper would find itself on PATH), got ${program}`);
    await writeFile(path.join(wrappers, tool), wrapper(tool, program, log), { mode: 0o755 });
  }
  return { directory: wrappers, calls: () => readCalls(log) };
}

async function readCalls(log: string): Promise<RecordedCall[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const { tool, argv, micros } = JSON.parse(line) as { tool: string; argv: string[]; micros: number };
    return { tool, argv, at: Math.floor(micros / 1000) };
  });
}

// A shell and not Node, because only a shell can exec: a killed terraform must be terraform, not its recorder.
// The line goes through cat: one write of up to 128 KiB, so that parallel calls do not interleave.
function wrapper(tool: string, program: string, log: string): string {
  return `#!/usr/bin/env bash
quote() {
  local LC_ALL=C text=$1 code character
  text=\${text//\\\\/\\\\\\\\}
  text=\${text//\\"/\\\\\\"}
  for code in 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f; do
    printf -v character "\\\\x$code"
    text=\${text//"$character"/\\\\u00$code}
  done
  printf '"%s"' "$text"
}
argv=''
for argument in "$@"; do argv+="\${argv:+,}$(quote "$argument")"; done
micros=\${EPOCHREALTIME:-$(date +%s).000000}
cat >>${shellQuote(log)} <<<"{\\"tool\\":\\"${tool}\\",\\"argv\\":[$argv],\\"micros\\":\${micros/[.,]/}}"
exec ${shellQuote(program)} "$@"
`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
