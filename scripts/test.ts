/** The whole suite: lint and types, then Terraform, unit and integration tests, then the proof that the tree is clean. Ends with one line of counts. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const cache = path.join(root, '.cache');
mkdirSync(cache, { recursive: true });

interface Counts {
  passed: number;
  failed: number;
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** A check without tests of its own counts as one. */
const check =
  (program: string, ...args: string[]) =>
  async (): Promise<Counts> =>
    (await run(program, args)).code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** Jest's own counts, from its JSON report; a crash without a report is one failure. */
const jest = (project: string) => async (): Promise<Counts> => {
  const report = path.join(cache, `jest-${project}.json`);
  rmSync(report, { force: true });
  const jestProgram = path.join(root, 'node_modules/jest/bin/jest.js');
  const { code } = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      jestProgram,
      '--maxWorkers=2',
      '--selectProjects',
      project,
      '--json',
      `--outputFile=${report}`,
      '--silent=false',
    ],
    {
      // The report file has the results; standard output would repeat them as JSON.
      FORCE_COLOR: '0',
    },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  const failed = (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
  return { passed: numPassedTests ?? 0, failed: failed === 0 && code !== 0 ? 1 : failed };
};

/** `terraform: N runs passed, N failed`, as scripts/test-terraform.ts ends. */
const terraform = async (): Promise<Counts> => {
  const { code, output } = await run('npx', ['tsx', 'scripts/test-terraform.ts']);
  const counts = /^terraform: (\d+) runs passed, (\d+) failed/m.exec(output);
  const failed = Number(counts?.[2] ?? 1);
  return { passed: Number(counts?.[1] ?? 0), failed: failed === 0 && code !== 0 ? 1 : failed };
};

const stages: readonly (readonly [string, () => Promise<Counts>])[] = [
  ['types', check('npx', 'tsc', '--noEmit')],
  ['lint', check('npx', 'eslint', '.')],
  ['terraform', terraform],
  ['unit', jest('unit')],
  ['integration', jest('integration')],
  ['clean', check('npx', 'tsx', 'scripts/check-clean.ts')],
];

const total: Counts = { passed: 0, failed: 0 };
const rows: string[] = [];
// Names of stages as arguments run those alone.
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !stages.some(([stage]) => stage === name));
if (unknown.length > 0) throw new Error(`no stage is called ${unknown.join(', ')}; there are ${stages.map(([stage]) => stage).join(', ')}`);
for (const [name, stage] of stages.filter(([stage]) => chosen.length === 0 || chosen.includes(stage))) {
  const start = Date.now();
  const counts = await stage();
  total.passed += counts.passed;
  total.failed += counts.failed;
  rows.push(
    `${name.padEnd(12)} ${String(counts.passed).padStart(4)} passed ${String(counts.failed).padStart(3)} failed  ${((Date.now() - start) / 1000).toFixed(0)} s`,
  );
}
console.log(`\n${rows.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
