import { DeployError, FAILURE_REASONS } from '../errors.js';
import type { Log } from '../log.js';
import type { PrivateDirectory } from '../private-directory.js';
import { until, type Patience } from '../retry.js';
import { SECRETS, variableOf, type SecretKind } from '../secret-catalogue.js';
import { SECRETS_FILE } from '../terraform-workspace.js';
import type { SecretAnswer, SecretReader } from '../tools/key-vault.js';
import type { Inputs } from './inputs.js';
import type { Infrastructure } from './state.js';

/** Where a value came from. `awaited`: only a plan, and the user has not passed it yet. `azure`: a key that Azure itself keeps. */
export type SecretOrigin = 'vault' | 'input' | 'generated' | 'awaited' | 'azure';

/** Secret values by Key Vault name. Lives in memory only; never part of a result that reports see. */
export interface Secrets {
  readonly values: ReadonlyMap<string, string>;
  readonly origins: ReadonlyMap<string, SecretOrigin>;
}

export interface SecretTools {
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  readonly mask: (value: string) => void;
  readonly privateDirectory: PrivateDirectory;
  readonly log: Log;
  /** How long a vault that has been written to may refuse to be read. */
  readonly patience: Patience;
}

/**
 * Once secrets were written, the vault has believed our role before. Parts of it may still lag behind, or the role was just granted
 * again; a role that is gone is worth no longer wait.
 */
export const READ_PATIENCE: Patience = { deadlineMs: 15_000, firstPauseMs: 1000, maximumPauseMs: 5000 };

/**
 * The secret flow of the seed. Key Vault, once it exists, is the source of everything; on the first run missing secrets come from
 * inputs or are generated, and Terraform writes them. Pass 1 gets them as `secrets.auto.tfvars.json` (0600, private directory).
 * @throws DeployError `secrets-missing`, `secrets-forbidden`, `secrets-firewall`, `secrets-unreadable`, `secrets-lost`, `inputs-invalid`.
 */
export async function gatherSecrets(inputs: Inputs, infrastructure: Infrastructure, tools: SecretTools): Promise<Secrets> {
  const answers = await readVault(infrastructure, tools);
  refuseUnclear(answers, infrastructure);
  const values = new Map<string, string>();
  const origins = new Map<string, SecretOrigin>();
  const missing: SecretKind[] = [];
  for (const kind of SECRETS) {
    const answer = answers.get(kind.name);
    const chosen =
      answer?.kind === 'found' && !isRotation(kind, inputs, infrastructure)
        ? ({ origin: 'vault', value: answer.value } as const)
        : // Only pass 1 writes: what any other pass made up would be in the cluster and nowhere else.
          inputs.pass === 1
          ? supply(kind, inputs)
          : undefined;
    if (chosen === undefined) {
      missing.push(kind);
      continue;
    }
    maskSecret(tools, chosen.value);
    if (chosen.origin === 'vault') warnOfUnused(kind, chosen.value, inputs, tools.log);
    values.set(kind.name, chosen.value);
    origins.set(kind.name, chosen.origin);
  }
  if (missing.length > 0) handleMissing(missing, inputs, answers, values, origins);
  if (inputs.pass === 1) await writeHandOver(values, tools);
  return { values, origins };
}

/** The value and, because Kubernetes shows it so, its base64 form. */
export function maskSecret(tools: Pick<SecretTools, 'mask'>, value: string): void {
  tools.mask(value);
  tools.mask(Buffer.from(value, 'utf8').toString('base64'));
}

/** A renewed license that is passed but not written would be noticed only when the old one ends. */
function warnOfUnused(kind: SecretKind, stored: string, inputs: Inputs, log: Log): void {
  const given = kind.input === undefined ? undefined : inputs.secrets[kind.input.key];
  if (inputs.pass !== 1 || given === undefined || given === stored) return;
  log.warning(
    `the input ${kind.input?.name} differs from Key Vault and is not used: raise ${kind.name} in secret_versions to write it`,
    'secrets',
  );
}

async function readVault({ vaultUri, writtenSecrets }: Infrastructure, tools: SecretTools): Promise<Map<string, SecretAnswer>> {
  const [first, ...others] = SECRETS;
  if (vaultUri === undefined || first === undefined) return new Map();
  const open = await tools.openVault(vaultUri);
  const read = async (name: string): Promise<SecretAnswer> => {
    const answer = await open(name);
    if (answer.kind === 'found') maskSecret(tools, answer.value);
    return answer;
  };
  // One question decides whether the vault can be read at all; the rest go out together.
  const ask = async (): Promise<SecretAnswer | undefined> => {
    const answer = await read(first.name);
    return answer.kind === 'forbidden' && answer.by === 'rbac' && writtenSecrets.size > 0 ? undefined : answer;
  };
  const answer = (await until(tools.patience, ask)) ?? (await read(first.name));
  // An apply that stopped between the vault and its secrets: the next one grants the role, opens the firewall and writes them.
  if (answer.kind === 'forbidden' && writtenSecrets.size === 0) return new Map();
  if (answer.kind === 'forbidden' || answer.kind === 'unclear') return new Map([[first.name, answer]]);
  const rest = await Promise.all(others.map(async (kind) => [kind.name, await read(kind.name)] as const));
  return new Map([[first.name, answer], ...rest]);
}

/** Stops when the vault did not give a clear yes or no for every secret. */
function refuseUnclear(answers: ReadonlyMap<string, SecretAnswer>, infrastructure: Infrastructure): void {
  const vault = infrastructure.vaultUri ?? '';
  for (const [name, answer] of answers) {
    if (answer.kind === 'forbidden') {
      const detail = `${vault} refused to show ${name}: ${answer.message}`;
      throw answer.by === 'firewall'
        ? new DeployError('secrets-firewall', detail, { fix: firewallFix(vault, answer.message) })
        : new DeployError('secrets-forbidden', detail);
    }
    if (answer.kind === 'unclear')
      throw new DeployError('secrets-unreadable', `${vault} did not say whether ${name} exists: ${answer.message}`);
  }
  const lost = [...answers]
    .filter(([name, answer]) => answer.kind === 'absent' && infrastructure.writtenSecrets.has(name))
    .map(([name]) => name);
  if (lost.length > 0)
    throw new DeployError(
      'secrets-lost',
      `the Terraform state says these were written to ${vault}, and they are not there: ${lost.join(', ')}`,
    );
}

/** A closed vault cannot be opened by an apply from outside, which would have to read it first. */
function firewallFix(vaultUri: string, message: string): string {
  const address = /Client address: ([\da-f.:]*[\da-f])/i.exec(message)?.[1];
  if (address === undefined) return FAILURE_REASONS['secrets-firewall'].fix;
  const name = new URL(vaultUri).hostname.split('.')[0] ?? '';
  return `Run \`az keyvault network-rule add --name ${name} --ip-address ${address}\`, and add ${address} to keyvault_allowed_ips so that it stays; or run inside the VNet.`;
}

/** Did the user raise this secret's number in `secret_versions`, and is this the pass that writes? */
function isRotation(kind: SecretKind, inputs: Inputs, infrastructure: Infrastructure): boolean {
  const wanted = (inputs.config['secret_versions'] as Record<string, number> | undefined)?.[kind.name] ?? 1;
  const written = infrastructure.writtenSecrets.get(kind.name);
  if (written === undefined || wanted <= written) return false;
  if (kind.rotation === 'never') {
    throw new DeployError(
      'inputs-invalid',
      `- config: secret_versions raises ${kind.name}, which must never change: stored data would become unreadable.`,
    );
  }
  return inputs.pass === 1;
}

function supply(kind: SecretKind, inputs: Inputs): { origin: SecretOrigin; value: string } | undefined {
  const given = kind.input === undefined ? undefined : inputs.secrets[kind.input.key];
  if (given !== undefined) return { origin: 'input', value: given };
  return kind.generate === undefined || kind.isGiven?.(inputs.config) === true
    ? undefined
    : { origin: 'generated', value: kind.generate() };
}

/** A plan goes on with a place holder that is never applied; everything else stops and names what to pass. */
function handleMissing(
  missing: readonly SecretKind[],
  inputs: Inputs,
  answers: ReadonlyMap<string, SecretAnswer>,
  values: Map<string, string>,
  origins: Map<string, SecretOrigin>,
): void {
  if (inputs.pass > 1) {
    throw new DeployError('secrets-missing', `Key Vault does not hold ${missing.map((kind) => kind.name).join(', ')}`, {
      fix: 'Run pass 1 with command apply first.',
    });
  }
  if (inputs.command === 'apply') {
    const lines = missing.map((kind) => {
      const why = answers.get(kind.name)?.kind === 'found' ? 'secret_versions asks for a new value' : 'Key Vault does not hold it yet';
      return `- ${kind.input?.name ?? kind.name} (${kind.description}): ${why}`;
    });
    throw new DeployError('secrets-missing', `nothing supplies:\n${lines.join('\n')}`);
  }
  for (const kind of missing) {
    values.set(kind.name, `awaited-by-apply:${kind.name}`);
    origins.set(kind.name, 'awaited');
  }
}

async function writeHandOver(values: ReadonlyMap<string, string>, tools: SecretTools): Promise<void> {
  const variables = Object.fromEntries([...values].map(([name, value]) => [variableOf(name), value]));
  await tools.privateDirectory.writeFile(SECRETS_FILE, `${JSON.stringify(variables)}\n`);
}

/** `8 from Key Vault, 3 generated`: counts by origin, for the step summary. */
export function describeSecrets(secrets: Secrets): string {
  const words: Record<SecretOrigin, string> = {
    vault: 'from Key Vault',
    input: 'from inputs',
    generated: 'generated',
    awaited: 'awaited by apply',
    azure: 'from Azure',
  };
  const counts = (Object.keys(words) as SecretOrigin[]).map(
    (origin) => [origin, [...secrets.origins.values()].filter((each) => each === origin).length] as const,
  );
  return counts
    .filter(([, count]) => count > 0)
    .map(([origin, count]) => `${count} ${words[origin]}`)
    .join(', ');
}
