import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTerraformProviders, type ClusterPrograms, type TerraformProviders } from '../../../../rehearsal/terraform/index.js';
import { World, type WorldOptions } from '../../../../rehearsal/world/world.js';

export interface Finished {
  readonly code: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

export const SUBSCRIPTION = '22222222-aaaa-4bbb-8ccc-000000000002';
export const PROVIDER = `provider "azurerm" {
  features {}
  subscription_id = "${SUBSCRIPTION}"
}
`;
export const GROUP = `resource "azurerm_resource_group" "main" {
  name     = "rg"
  location = "East US"
  tags     = { owner = "platform" }
}
`;

/** A temporary Terraform root driven by the real terraform against the stand-in. Close it when done. */
export class TerraformRoot {
  private constructor(
    readonly directory: string,
    readonly world: World,
    readonly providers: TerraformProviders,
  ) {}

  static async open(configuration: string, options: Partial<WorldOptions> = {}, programs?: ClusterPrograms): Promise<TerraformRoot> {
    const world = await World.create({ rbacDelayMs: 0, ...options });
    world.directory.lastSignedIn = world.directory.addPrincipal({ name: 'deployer', kind: 'app' });
    const providers = await startTerraformProviders(world, { createDelayMs: 1, ...(programs === undefined ? {} : { programs }) });
    const root = new TerraformRoot(await mkdtemp(join(tmpdir(), 'azurerm-stand-in-')), world, providers);
    await root.write(configuration);
    return root;
  }

  async write(configuration: string): Promise<void> {
    await writeFile(join(this.directory, 'main.tf'), configuration);
  }

  /** The state file as text. */
  state(): Promise<string> {
    return readFile(join(this.directory, 'terraform.tfstate'), 'utf8');
  }

  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): { child: ChildProcess; finished: Promise<Finished> } {
    const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]));
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn('terraform', [...args], {
      cwd: this.directory,
      env: { PATH, HOME, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...this.providers.env, ...values },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finished = new Promise<Finished>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
    });
    return { child, finished };
  }

  run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return this.start([...args, '-no-color'], variables).finished;
  }

  /** Fails with terraform's output when it does. */
  async apply(variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, output } = await this.run(['apply', '-auto-approve', '-input=false'], variables);
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** `-detailed-exitcode`: 0 no changes, 1 error, 2 changes. */
  plan(variables: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return this.run(['plan', '-input=false', '-detailed-exitcode'], variables);
  }

  async close(): Promise<void> {
    await this.providers.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
