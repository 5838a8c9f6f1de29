import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { recordPrograms } from '../../../../rehearsal/tools/recorder.js';

const run = promisify(execFile);
let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'recorder-'));
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

async function realProgram(name: string, script: string): Promise<string> {
  const file = path.join(scratch, `real-${name}`);
  await writeFile(file, `#!/usr/bin/env bash\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('recordPrograms', () => {
  it('records argv byte for byte and hands it on unchanged', async () => {
    const recorder = await recordPrograms(path.join(scratch, "bin with 'quote"), {
      helm: await realProgram('helm', `printf '%s\\0' "$@"`),
    });
    const argv = ['upgrade', '--set', 'a="b"\\c', 'two\nlines\ttab', '', '$HOME `id` *', 'ünï → 🙂', '\u0001\u001b'];
    const before = Date.now();
    const { stdout } = await run(path.join(recorder.directory, 'helm'), argv);
    expect(stdout.split('\0').slice(0, -1)).toEqual(argv);
    const [call] = await recorder.calls();
    expect(call?.tool).toBe('helm');
    expect(call?.argv).toEqual(argv);
    expect(call?.at).toBeGreaterThanOrEqual(before - 1000);
    expect(call?.at).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('keeps exit status and standard input', async () => {
    const recorder = await recordPrograms(path.join(scratch, 'bin'), { kubectl: await realProgram('kubectl', 'cat; exit 7') });
    const child = spawn(path.join(recorder.directory, 'kubectl'), ['apply', '-f', '-']);
    child.stdin.end('from stdin');
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    expect(await once(child, 'close')).toEqual([7, null]);
    expect(text).toBe('from stdin');
  });

  it('becomes the real program, so a signal reaches it', async () => {
    const recorder = await recordPrograms(path.join(scratch, 'bin'), {
      terraform: await realProgram('terraform', 'echo $$; exec sleep 60'),
    });
    const child = spawn(path.join(recorder.directory, 'terraform'), ['apply']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(Number(line.toString())).toBe(child.pid);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
  });

  it('does not mix up parallel calls', async () => {
    const recorder = await recordPrograms(path.join(scratch, 'bin'), { helm: await realProgram('helm', 'true') });
    const long = 'x'.repeat(20_000);
    await Promise.all(Array.from({ length: 8 }, (_, index) => run(path.join(recorder.directory, 'helm'), [String(index), long])));
    const calls = await recorder.calls();
    expect(calls.map((call) => Number(call.argv[0])).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(calls.every((call) => call.argv[1] === long)).toBe(true);
  });

  it('refuses a relative program, which would find its own wrapper', async () => {
    await expect(recordPrograms(scratch, { helm: 'helm' })).rejects.toThrow('absolute path');
  });
});
