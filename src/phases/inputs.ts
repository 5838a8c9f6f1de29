import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { DeployError } from '../errors.js';
import { INPUTS, type InputDefinition, type InputName } from '../interface.js';
import type { PassNumber, TopologyName } from '../passes.js';
import { runOf } from '../report/event.js';
import { decodeFingerprint, type Fingerprint } from '../review/fingerprint.js';
import { SECRETS, type SecretInputs } from '../secret-catalogue.js';
import type { UserFile } from '../values/user-files.js';
import { declaredVariables, readConfigFile } from './inputs-config.js';

export type Command = 'preflight' | 'plan' | 'apply' | 'verify' | 'drift' | 'destroy';

/** Where the LangSmith chart comes from. */
export type ChartSource =
  /** The pin in helm/chart.yaml. */
  | { readonly kind: 'default'; readonly version?: string }
  /** Chart repository URL; the chart is `langsmith`. */
  | { readonly kind: 'repository'; readonly url: string; readonly version?: string }
  /** `oci://host/path`. */
  | { readonly kind: 'oci'; readonly reference: string; readonly version?: string }
  /** A `.tgz` or an unpacked chart on disk (absolute); its own Chart.yaml says the version. */
  | { readonly kind: 'path'; readonly path: string };

/** The action's inputs as one read-only value. */
export interface Inputs {
  readonly command: Command;
  readonly pass: PassNumber;
  readonly topology: TopologyName;
  /** Absolute path of the user's tfvars file. */
  readonly configFile: string;
  /** What that file says, as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names the deployment in reports and in the state key. */
  readonly environment: string;
  readonly clientId: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly stateAccount: string;
  readonly stateContainer: string;
  readonly stateKey: string;
  /** Create the account and container of the state where they are missing. */
  readonly bootstrapState: boolean;
  readonly stateResourceGroup: string;
  /** Id of a dead run's state lock to break, or ''. */
  readonly breakLock: string;
  /** Addresses of stateful resources that may be lost. */
  readonly approvedIrreversible: readonly string[];
  /** Who puts things into the cluster. */
  readonly deployPath: 'helm' | 'terraform';
  /** What the plan said that was approved; undefined when none is asked for. */
  readonly approvedPlan: Fingerprint | undefined;
  /** The job runs again: an earlier attempt of the same run may have done what was approved. */
  readonly isRerun: boolean;
  /** What may differ from it. */
  readonly allowedDrift: readonly string[];
  readonly chart: ChartSource;
  /** Values files of the user, in order. */
  readonly valuesFiles: readonly UserFile[];
  /** Bound of each Helm hook and of each wait. */
  readonly timeoutMinutes: number;
  readonly secrets: SecretInputs;
  /** For reading the repository's settings and keeping the drift's issue; '' when there is none. */
  readonly githubToken: string;
  readonly toolVersions: { readonly terraform: string; readonly helm: string; readonly kubectl: string };
  /** Root of the action's own checkout (holds terraform/ and helm/). */
  readonly actionRoot: string;
  /** Private to the job, emptied by the runner. */
  readonly temporaryDirectory: string;
  /** Outlives the step. */
  readonly toolCacheDirectory: string;
}

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** A trimmed input or its default; the runner passes `INPUT_<NAME>` with spaces as underscores and hyphens kept. */
export function inputText(environment: Environment, name: InputName): string {
  const { default: fallback = '' }: InputDefinition = INPUTS[name];
  // An expression is the runner's to fill in; passed as '', the input is empty.
  return (environment[`INPUT_${name.toUpperCase()}`] ?? '').trim() || (fallback.startsWith('${{') ? '' : fallback);
}

/** Collects problems instead of throwing at the first. */
class Reader {
  readonly problems: string[] = [];

  constructor(private readonly environment: Environment) {}

  text(name: InputName): string {
    const definition: InputDefinition = INPUTS[name];
    const value = inputText(this.environment, name);
    if (definition.required === true && value === '') this.problems.push(`${name}: is required.`);
    return value;
  }

  matching(name: InputName, pattern: RegExp, expected: string): string {
    const value = this.text(name);
    if (value !== '' && !pattern.test(value)) this.problems.push(`${name}: "${value}" is not ${expected}.`);
    return value;
  }

  oneOf<T extends string>(name: InputName, legal: readonly T[]): T {
    const value = this.text(name);
    if (value !== '' && !legal.includes(value as T)) this.problems.push(`${name}: "${value}" is not one of ${legal.join(', ')}.`);
    return value as T;
  }

  /** A multi-line input: one value per line, empty lines left out. */
  lines(name: InputName): string[] {
    return this.text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  /** A plain decimal number. */
  number(name: InputName, minimum: number, maximum: number): number {
    const value = this.text(name);
    const number = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || number < minimum || number > maximum)
      this.problems.push(`${name}: "${value}" is not a number from ${minimum} to ${maximum}.`);
    return number;
  }
}

function chartSource(reader: Reader, workspace: string): ChartSource {
  const reference = reader.text('chart');
  const text = reader.matching('chart-version', EXACT_VERSION, 'an exact version such as 0.13.28');
  const version = text === '' ? {} : { version: text };
  if (reference === '') return { kind: 'default', ...version };
  if (reference.startsWith('oci://')) {
    if (text === '') reader.problems.push('chart-version: is required with an oci:// chart, because a moving tag is not a pin.');
    return { kind: 'oci', reference, ...version };
  }
  if (/^https?:\/\//.test(reference)) return { kind: 'repository', url: reference, ...version };
  const onDisk = path.resolve(workspace, reference);
  if (!existsSync(onDisk))
    reader.problems.push(`chart: ${reference} is neither a URL, an oci:// reference nor a file or directory in the workspace.`);
  if (text !== '') reader.problems.push('chart-version: cannot be combined with a chart on disk, whose Chart.yaml says the version.');
  return { kind: 'path', path: onDisk };
}

function valuesFiles(reader: Reader, workspace: string): UserFile[] {
  const files = reader.lines('values').map((shownAs) => ({ path: path.resolve(workspace, shownAs), shownAs }));
  for (const file of files) {
    const isOutside = path.relative(workspace, file.path).startsWith('..');
    if (isOutside || !statSync(file.path, { throwIfNoEntry: false })?.isFile())
      reader.problems.push(`values: ${file.shownAs} is no file in the workspace.`);
  }
  return files;
}

function approvedPlan(reader: Reader, command: Command): Fingerprint | undefined {
  const text = reader.text('fingerprint');
  if (text === '') return undefined;
  if (command !== 'apply') reader.problems.push('fingerprint: only apply can be held to a plan.');
  const fingerprint = decodeFingerprint(text);
  if (fingerprint === undefined) reader.problems.push('fingerprint: is not the output of that name of a plan, or not the whole of it.');
  return fingerprint;
}

/** Secret inputs with their problems; values never appear in a problem. */
function secretInputs(reader: Reader): SecretInputs {
  const secrets: Partial<Record<keyof SecretInputs, string>> = {};
  for (const kind of SECRETS) {
    if (kind.input === undefined) continue;
    const value = reader.text(kind.input.name as InputName);
    if (value === '') continue;
    const problem = kind.check?.(value);
    if (problem !== undefined) reader.problems.push(`${kind.input.name}: ${problem}.`);
    secrets[kind.input.key] = value;
  }
  return secrets;
}

/** Every value of a secret input that is set, for masking before anything else happens. */
export function secretInputValues(environment: Environment): string[] {
  const names = (Object.keys(INPUTS) as InputName[]).filter((name) => (INPUTS[name] as InputDefinition).secret === true);
  return names.map((name) => inputText(environment, name)).filter((value) => value !== '');
}

/**
 * Reads the runner's environment and the configuration file.
 * @param actionRoot the action's own checkout.
 * @throws DeployError `inputs-invalid` with every problem, one line each.
 */
export async function readInputs(environment: Environment, actionRoot: string): Promise<Inputs> {
  const reader = new Reader(environment);
  const workspace = environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const command = reader.oneOf('command', ['preflight', 'plan', 'apply', 'verify', 'drift', 'destroy']);
  const passText = reader.oneOf<string>('pass', ['1', '2', '3', '4', '5']);
  if (passText === '' && ['plan', 'apply', 'drift'].includes(command)) reader.problems.push('pass: is required.');
  if (passText === '1' && command === 'verify')
    reader.problems.push('pass: 1 deploys nothing that `verify` could look at; it begins with 2.');
  // Only those ask for it who write.
  reader.oneOf('comment', ['auto', 'never']);
  const githubToken = reader.text('github-token');
  const topology = reader.oneOf('topology', ['light', 'production']);
  const deployment = reader.matching(
    'environment',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'a name of letters, digits, dots, hyphens and underscores (63 at most)',
  );
  const confirmation = reader.text('confirm-destroy');
  if (command === 'destroy' && confirmation !== deployment) {
    const typed = confirmation === '' ? 'is empty' : `says "${confirmation}"`;
    reader.problems.push(`confirm-destroy: ${typed}; to destroy the deployment, type its name, "${deployment}".`);
  }
  const subscriptionId = reader.matching('subscription-id', GUID, 'a GUID');
  const configName = reader.text('config');
  const configFile = path.resolve(workspace, configName);
  const inputs = {
    command,
    // Preflight looks at what pass 1 needs, verify at what is deployed, which is pass 2 at least; destroy knows no passes.
    pass: Number(passText || (command === 'verify' ? '2' : '1')) as PassNumber,
    topology,
    configFile,
    environment: deployment,
    clientId: reader.matching('client-id', GUID, 'a GUID'),
    tenantId: reader.matching('tenant-id', GUID, 'a GUID'),
    subscriptionId,
    stateAccount: reader.matching('state-account', /^[a-z0-9]{3,24}$/, 'a storage account name (3-24 lower-case letters and digits)'),
    stateContainer: reader.matching(
      'state-container',
      /^[a-z0-9](-?[a-z0-9]){2,62}$/,
      'a container name (3-63 lower-case letters, digits and single hyphens)',
    ),
    stateKey:
      reader.matching(
        'state-key',
        /^[A-Za-z0-9][A-Za-z0-9._/-]{0,255}$/,
        'a blob name of letters, digits, dots, hyphens, underscores and slashes',
      ) || `langsmith-azure/${deployment}/infra.tfstate`,
    bootstrapState: reader.oneOf('bootstrap-state', ['true', 'false']) === 'true',
    stateResourceGroup: reader.matching(
      'state-resource-group',
      /^[\w().-]{0,89}[\w()-]$/,
      'a resource group name (at most 90 letters, digits, hyphens, underscores, dots and parentheses)',
    ),
    breakLock: reader.matching('break-lock', GUID, 'a lock id (a GUID)'),
    approvedIrreversible: reader.lines('approve-irreversible'),
    deployPath: reader.oneOf('deploy-path', ['helm', 'terraform']),
    approvedPlan: approvedPlan(reader, command),
    isRerun: runOf(environment).attempt > 1,
    allowedDrift: reader.lines('allow-drift'),
    chart: chartSource(reader, workspace),
    valuesFiles: valuesFiles(reader, workspace),
    timeoutMinutes: reader.number('timeout-minutes', 0.1, 120),
    secrets: secretInputs(reader),
    // A caller that passes an empty token gets none, and not the text of the default.
    githubToken: githubToken.startsWith('${{') ? '' : githubToken,
    toolVersions: {
      terraform: reader.matching('terraform-version', EXACT_VERSION, 'an exact version such as 1.11.4'),
      helm: reader.matching('helm-version', EXACT_VERSION, 'an exact version such as 4.1.4'),
      kubectl: reader.matching('kubectl-version', EXACT_VERSION, 'an exact version such as 1.35.2'),
    },
    actionRoot,
    temporaryDirectory: environment['RUNNER_TEMP'] ?? '',
    toolCacheDirectory: environment['RUNNER_TOOL_CACHE'] ?? environment['RUNNER_TEMP'] ?? '',
  };
  if (inputs.temporaryDirectory === '') reader.problems.push('RUNNER_TEMP: is not set; this action runs inside a GitHub Actions job.');
  const config =
    configName === ''
      ? { values: {}, problems: [] }
      : await readConfigFile(configFile, configName, await declaredVariables(path.join(actionRoot, 'terraform/infra')));
  const problems = [...reader.problems, ...config.problems];
  const declaredSubscription = config.values['subscription_id'];
  if (
    typeof declaredSubscription === 'string' &&
    subscriptionId !== '' &&
    declaredSubscription.toLowerCase() !== subscriptionId.toLowerCase()
  ) {
    problems.push(`config: ${configName} says subscription_id ${declaredSubscription}, the input subscription-id says ${subscriptionId}.`);
  }
  if (problems.length > 0) throw new DeployError('inputs-invalid', problems.map((problem) => `- ${problem}`).join('\n'));
  return { ...inputs, config: config.values };
}
