/** Proves that format, generated files and `dist` are what a build makes: regenerates them and asks git. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

run('npx', 'tsx', 'scripts/docs.ts');
run('npx', 'tsx', 'scripts/build.ts');
run('npx', 'prettier', '--check', '--log-level', 'warn', '.');
run('terraform', 'fmt', '-check', '-recursive', 'terraform');
const changed = run('git', 'status', '--porcelain').trim();
if (changed !== '') {
  console.error(
    `The tree is not what a build makes:\n${changed}\nRun \`npm run docs && npm run build && npm run format\` and commit the result.`,
  );
  process.exit(1);
}
console.log('clean: format, generated files and dist are what a build makes');
