/** Builds `dist/`: the main bundle, the post bundle and the WebAssembly parser beside them. Deterministic: CI compares it with git. */
import { spawn } from 'node:child_process';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const require = createRequire(import.meta.url);

function ncc(entry: string, out: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [require.resolve('@vercel/ncc/dist/ncc/cli.js'), 'build', entry, '-o', out, '--license', 'licenses.txt', '--no-cache'],
      {
        // ncc type-checks by the tsconfig.json of its working directory: src has its own, so that nothing else is part of the bundle's build.
        cwd: path.join(root, 'src'),
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ncc ${entry} ended with exit code ${code}`))));
  });
}

// Built beside and moved into place, so that a failed build leaves the last good one.
const staging = path.join(root, '.cache', `dist-${process.pid}`);
await rm(staging, { recursive: true, force: true });
await ncc('index.ts', staging);
await ncc('post.ts', path.join(staging, 'post'));
// The parser looks for its binary one level above the directory src/hcl.ts names.
await cp(path.join(path.dirname(require.resolve('@cdktn/hcl2json/package.json')), 'main.wasm.gz'), path.join(staging, 'main.wasm.gz'));
await rm(dist, { recursive: true, force: true });
await rename(staging, dist);
