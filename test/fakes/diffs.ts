import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import type { ExecResult } from '../../src/tools/exec.js';
import { DIFF_PROGRAM } from '../../src/tools/kubectl-diff.js';

/** An object on one side. */
export interface Side {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** What `kubectl diff` answers for these objects: it has the differing ones compared by the program that it is told to use. */
export function kubectlDiff(...objects: readonly { readonly live?: Side; readonly merged: Side }[]): Partial<ExecResult> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'kubectl-diff-'));
  try {
    const [live, merged] = [path.join(directory, 'LIVE-1'), path.join(directory, 'MERGED-2')];
    for (const side of [live, merged]) mkdirSync(side);
    for (const object of objects) {
      const { kind, metadata } = object.merged;
      const file = `v1.${kind}.${metadata.namespace ?? ''}.${metadata.name}`;
      writeFileSync(path.join(live, file), object.live === undefined ? '' : stringify(object.live));
      writeFileSync(path.join(merged, file), stringify(object.merged));
    }
    const [program = '', ...flags] = DIFF_PROGRAM.split(' ');
    execFileSync(program, [...flags, live, merged], { encoding: 'utf8' });
    return { code: 0, stdout: '' };
  } catch (error) {
    return { code: 1, stdout: (error as { stdout: string }).stdout, stderr: 'exit status 1' };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
