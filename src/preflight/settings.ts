import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Log } from '../log.js';
import type { Inputs } from '../phases/inputs.js';
import type { PrivateDirectory } from '../private-directory.js';
import { placeValues, type ValueSources } from '../terraform-workspace.js';
import type { Exec } from '../tools/exec.js';
import { Terraform } from '../tools/terraform.js';

/** What the configuration comes to once Terraform has merged the preset, the user's file and the defaults. */
export interface Settings {
  readonly location: string;
  /** Every name this deployment gives to something in Azure, by the keys of `terraform/infra/names.tf`. */
  readonly names: Readonly<Record<string, string>>;
  /** Names Azure would refuse, one sentence each (T004). */
  readonly nameProblems: readonly string[];
  /** Every variable that is not a secret, by name. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Blocks of a file that does more than compute. */
const DOES_MORE = /^(resource|data|module|output|provider|terraform|ephemeral|check|moved|removed|import)\b/m;

/** What such a file may still take from Azure. Nothing is asked here, so it counts as unknown, and a rule that needs it waits for the plan. */
const READS_AZURE = /\b(?:data\.azurerm_\w+|azurerm_\w+|module)\.\w+/g;

/**
 * Names and settings from Terraform itself, so that no other place derives them (T007): the files that hold nothing but variables and
 * locals, planned on their own. That needs no provider, backend or login, and every validation of the variables runs.
 * @throws TerraformError with every complaint about the values.
 */
export async function readSettings(
  inputs: ValueSources & Pick<Inputs, 'subscriptionId'>,
  exec: Exec,
  directory: PrivateDirectory,
  log: Log,
): Promise<Settings> {
  const workspace = path.join(directory.path, 'settings');
  await mkdir(workspace, { mode: 0o700, recursive: true });
  const source = path.join(inputs.actionRoot, 'terraform/infra');
  for (const name of (await readdir(source)).filter((file) => file.endsWith('.tf'))) {
    const text = await readFile(path.join(source, name), 'utf8');
    if (!DOES_MORE.test(text)) await writeFile(path.join(workspace, name), text.replace(READS_AZURE, 'local.unread'));
  }
  const outputs = { names: { value: '${local.names}' }, name_problems: { value: '${local.name_problems}' } };
  // The id of what does not exist yet is unknown, decoded it may be anything; Terraform brings this resource type itself.
  const unread = { resource: { terraform_data: { unread: {} } }, locals: { unread: '${jsondecode(terraform_data.unread.id)}' } };
  await writeFile(path.join(workspace, 'settings.tf.json'), JSON.stringify({ output: outputs, ...unread }));
  await placeValues(inputs, inputs.subscriptionId, workspace);
  const terraform = new Terraform(exec, workspace, { TF_IN_AUTOMATION: '1', TF_INPUT: '0' }, log);
  return settingsOf(await terraform.showPlan(await terraform.plan()));
}

/** Reads `terraform show -json <plan>`, which names the value of every variable besides the outputs. */
export function settingsOf(plan: unknown): Settings {
  const { variables, planned_values: planned } = plan as {
    variables: Readonly<Record<string, { value?: unknown }>>;
    planned_values: { outputs: Readonly<Record<string, { value?: unknown }>> };
  };
  const values = Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value]));
  return {
    location: values['location'] as string,
    names: planned.outputs['names']?.value as Record<string, string>,
    nameProblems: planned.outputs['name_problems']?.value as string[],
    variables: values,
  };
}

/** A variable as text; '' when this release has no such variable or it is not set. */
export const textOf = ({ variables }: Settings, name: string): string => (typeof variables[name] === 'string' ? variables[name] : '');

export const isOn = ({ variables }: Settings, name: string): boolean => variables[name] === true;

export interface NodePool {
  readonly name: string;
  readonly vmSize: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** Every node pool of the cluster. */
export function nodePools({ variables }: Settings): NodePool[] {
  const additional = variables['additional_node_pools'] as Readonly<
    Record<string, { vm_size: string; min_count: number; max_count: number }>
  >;
  return [
    {
      name: 'default',
      vmSize: variables['default_node_pool_vm_size'] as string,
      minimum: variables['default_node_pool_min_count'] as number,
      maximum: variables['default_node_pool_max_count'] as number,
    },
    ...Object.entries(additional).map(([name, pool]) => ({
      name,
      vmSize: pool.vm_size,
      minimum: pool.min_count,
      maximum: pool.max_count,
    })),
  ];
}
