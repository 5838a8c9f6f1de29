import { DeployError } from '../errors.js';
import type { PrivateDirectory } from '../private-directory.js';
import { until, type Patience } from '../retry.js';
import { SECRETS, variableOf, type SecretKind } from '../secret-catalogue.js';
import { SECRETS_FILE } from '../terraform-workspace.js';
import type { SecretAnswer, SecretReader } from '../tools/key-vault.js';
import type { Inputs } from './inputs.js';
import type { Infrastructure } from './state.js';

/** Where a value came from. `awaited`: only a plan, and the user has not passed it yet. */
export type SecretOrigin = 'vault' | 'input' | 'generated' | 'awaited';

/** Secret values by Key Vault name. Lives in memory only; never part of a result that reports see. */
export interface Secrets {
  readonly values: ReadonlyMap<string, string>;
  readonly origins: ReadonlyMap<string, SecretOrigin>;
}

export interface SecretTools {
  readonly openVault: (vaultUri: string) => Promise<SecretReader>;
  readonly mask: (value: string) => void;
  readonly privateDirectory: PrivateDirectory;
  /** How long a fresh role assignment may take to be believed by the vault. */
  readonly patience: Patience;
}

/** Role assignments take minutes to reach Key Vault. */
export const VAULT_PATIENCE: Patience = { deadlineMs: 5 * 60_000, firstPauseMs: 1000, maximumPauseMs: 10_000 };

/**
 * The secret flow of the seed. Key Vault, once it exists, is the source of everything; on the first run missing secrets come from
 * inputs or are generated, and Terraform writes them. Pass 1 gets them as `secrets.auto.tfvars.json` (0600, private directory).
 * @throws DeployError `secrets-missing`, `secrets-forbidden`, `secrets-firewall`, `secrets-unreadable`, `secrets-lost`, `inputs-invalid`.
 */
export async function gatherSecrets(inputs: Inputs, infrastructure: Infrastructure, tools: SecretTools): Promise<Secrets> {
  const answers = await readVault(infrastructure, tools);
  for (const answer of answers.values()) if (answer.kind === 'found') maskSecret(tools, answer.value);
  refuseUnclear(answers, infrastructure);
  const values = new Map<string, string>();
  const origins = new Map<string, SecretOrigin>();
  const missing: SecretKind[] = [];
  for (const kind of SECRETS) {
    const answer = answers.get(kind.name);
    const chosen =
      answer?.kind === 'found' && !isRotation(kind, inputs, infrastructure)
        ? ({ origin: 'vault', value: answer.value } as const)
        : supply(kind, inputs);
    if (chosen === undefined) {
      missing.push(kind);
      continue;
    }
    maskSecret(tools, chosen.value);
    values.set(kind.name, chosen.value);
    origins.set(kind.name, chosen.origin);
  }
  if (missing.length > 0) await handleMissing(missing, inputs, values, origins);
  if (inputs.pass === 1) await writeHandOver(values, tools);
  return { values, origins };
}

/** The value and, because Kubernetes shows it so, its base64 form. */
function maskSecret(tools: SecretTools, value: string): void {
  tools.mask(value);
  tools.mask(Buffer.from(value, 'utf8').toString('base64'));
}

async function readVault(infrastructure: Infrastructure, tools: SecretTools): Promise<Map<string, SecretAnswer>> {
  if (infrastructure.vaultUri === undefined) return new Map();
  const read = await tools.openVault(infrastructure.vaultUri);
  // One question decides whether the role is believed yet; the rest go out together.
  const [first, ...others] = SECRETS;
  const firstAnswer =
    first === undefined
      ? undefined
      : ((await until(tools.patience, async () => {
          const answer = await read(first.name);
          return answer.kind === 'forbidden' && answer.by === 'rbac' && infrastructure.writtenSecrets.size > 0 ? undefined : answer;
        })) ?? (await read(first.name)));
  const rest = await Promise.all(others.map(async (kind) => [kind.name, await read(kind.name)] as const));
  return new Map([...(first === undefined || firstAnswer === undefined ? [] : [[first.name, firstAnswer] as const]), ...rest]);
}

/** Stops when the vault did not give a clear yes or no for every secret. */
function refuseUnclear(answers: ReadonlyMap<string, SecretAnswer>, infrastructure: Infrastructure): void {
  const vault = infrastructure.vaultUri ?? '';
  for (const [name, answer] of answers) {
    if (answer.kind === 'forbidden') {
      throw new DeployError(
        answer.by === 'firewall' ? 'secrets-firewall' : 'secrets-forbidden',
        `${vault} refused to show ${name}: ${answer.message}`,
      );
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

/** Did the user raise this secret's number in `secret_versions`? */
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
  return true;
}

function supply(kind: SecretKind, inputs: Inputs): { origin: SecretOrigin; value: string } | undefined {
  const given = kind.input === undefined ? undefined : inputs.secrets[kind.input.key];
  if (given !== undefined) return { origin: 'input', value: given };
  return kind.generate === undefined ? undefined : { origin: 'generated', value: kind.generate() };
}

/** A plan goes on with a place holder that is never applied; everything else stops and names what to pass. */
async function handleMissing(
  missing: readonly SecretKind[],
  inputs: Inputs,
  values: Map<string, string>,
  origins: Map<string, SecretOrigin>,
): Promise<void> {
  if (inputs.pass > 1) {
    throw new DeployError('secrets-missing', `Key Vault does not hold ${missing.map((kind) => kind.name).join(', ')}`, {
      fix: 'Run pass 1 with command apply first.',
    });
  }
  if (inputs.command === 'apply') {
    throw new DeployError(
      'secrets-missing',
      `this is the first run and nothing supplies:\n${missing.map((kind) => `- ${kind.input?.name ?? kind.name} (${kind.description})`).join('\n')}`,
    );
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
  };
  const counts = (Object.keys(words) as SecretOrigin[]).map(
    (origin) => [origin, [...secrets.origins.values()].filter((each) => each === origin).length] as const,
  );
  return counts
    .filter(([, count]) => count > 0)
    .map(([origin, count]) => `${count} ${words[origin]}`)
    .join(', ');
}
