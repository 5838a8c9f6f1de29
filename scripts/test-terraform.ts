/**
 * `npm run test:terraform`: format, validity and `terraform test` of everything under `terraform/`, with no cloud and no registry.
 * Names after it pick files of tests: `npm run test:terraform -- app keyvault`.
 * Stand-ins serve the providers' schemas from this process, so terraform must only ever run as an asynchronous child.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startTerraformProviders } from '../rehearsal/terraform/index.js';
import type { Vault } from '../rehearsal/world/vaults.js';
import { World } from '../rehearsal/world/world.js';
import { createExec, type ExecResult } from '../src/tools/exec.js';

const TERRAFORM = path.resolve(import.meta.dirname, '../terraform');

/** Counts of a `terraform test` run, and what its failures say. */
interface TestReport {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

interface TestEvent {
  readonly type: string;
  readonly '@message': string;
  readonly '@testfile'?: string;
  readonly '@testrun'?: string;
  readonly diagnostic?: { readonly severity: string; readonly detail: string };
  readonly test_summary?: { readonly passed: number; readonly failed: number; readonly errored: number; readonly skipped: number };
}

/** Directories below `terraform/` that a user or the action initialises: `app` and `infra`. */
async function findRoots(): Promise<string[]> {
  const entries = await readdir(TERRAFORM, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !['tests', 'topologies'].includes(entry.name)).map((entry) => entry.name);
  return names.sort();
}

/** Roots that no run names as its module: their tests would be green by being absent. */
async function untested(roots: readonly string[]): Promise<string[]> {
  const folder = path.join(TERRAFORM, 'tests');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tftest.hcl'));
  const text = (await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
  return roots.filter((root) => !text.includes(`source = "./${root}"`));
}

/** Reads the event lines of `terraform test -json`. A skipped run counts as failed: it did not show what it is there to show. */
function readReport(stdout: string): TestReport {
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as TestEvent);
  const summary = events.find((event) => event.test_summary !== undefined)?.test_summary;
  const failures = events
    .filter((event) => event.diagnostic?.severity === 'error')
    .map(
      (event) =>
        `${event['@testfile'] ?? 'terraform'} ${event['@testrun'] ?? ''}\n  ${event['@message']}\n  ${event.diagnostic?.detail ?? ''}`,
    );
  return { passed: summary?.passed ?? 0, failed: (summary?.failed ?? 0) + (summary?.errored ?? 0) + (summary?.skipped ?? 0), failures };
}

/** A world with the vault that `app.tftest.hcl` reads: `terraform test` cannot mock ephemeral resources. */
async function worldWithVault(): Promise<World> {
  const world = await World.create({ rbacDelayMs: 0 });
  const deployer = world.directory.addPrincipal({ name: 'deployer', kind: 'app' });
  world.directory.lastSignedIn = deployer;
  const { subscriptionId, tenantId } = world.options;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/app-test`;
  world.resources.put({ id, type: 'Microsoft.KeyVault/vaults', name: 'app-test', location: 'westeurope', properties: {} });
  world.resources.assign({ id: `${id}/reader`, scope: id, principalId: deployer.objectId, roleName: 'Key Vault Secrets User' });
  const vault: Vault = {
    name: 'app-test',
    resourceId: id,
    tenantId,
    uri: 'https://app-test.vault.azure.net/',
    networkDefault: 'Allow',
    allowedIps: [],
    purgeProtection: true,
    secrets: new Map(),
  };
  world.vaults.live.set(vault.name, vault);
  for (const name of ['langsmith-license-key', 'langsmith-admin-email'])
    world.vaults.setSecret(vault, name, `value of ${name}`, undefined, 0);
  return world;
}

async function main(): Promise<string[]> {
  const world = await worldWithVault();
  const providers = await startTerraformProviders(world);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'terraform-test-'));
  const exec = createExec({ ...process.env, ...providers.env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' });
  const problems: string[] = [];
  // Each root gets a data directory of its own outside the work tree.
  const terraform = (root: string, ...args: string[]): Promise<ExecResult> =>
    exec('terraform', args, { cwd: path.join(TERRAFORM, root), env: { TF_DATA_DIR: path.join(scratch, root, '.terraform') }, quiet: true });
  const check = async (root: string, ...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await terraform(root, ...args);
    if (code !== 0) problems.push(`terraform ${args.join(' ')} in terraform/${root}:\n${stdout}${stderr}`);
  };
  try {
    const roots = await findRoots();
    await check('.', 'fmt', '-check', '-recursive', '-no-color');
    for (const root of ['.', ...roots]) {
      await check(root, 'init', '-backend=false', '-input=false', '-no-color');
      await check(root, 'validate', '-no-color');
    }
    problems.push(...(await untested(roots)).map((root) => `no test runs terraform/${root}`));

    const { code, stdout, stderr } = await terraform(
      '.',
      'test',
      '-json',
      ...process.argv.slice(2).map((name) => `-filter=tests/${name}.tftest.hcl`),
    );
    const report = readReport(stdout);
    problems.push(...report.failures);
    if (report.passed + report.failed === 0) problems.push(`terraform test executed no run:\n${stderr}`);
    else if (code !== 0 && report.failed === 0) problems.push(`terraform test ended with ${code}:\n${stderr}`);
    console.log(`terraform: ${report.passed} runs passed, ${report.failed} failed`);
  } finally {
    await providers.stop();
    await rm(scratch, { recursive: true, force: true });
  }
  return problems;
}

const problems = await main();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
