import path from 'node:path';
import { appStateKey } from '../app/state.js';
import { prepareAppWorkspace } from '../app/workspace.js';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import type { Inputs } from '../phases/inputs.js';
import type { Session } from '../phases/login.js';
import { breakLock, explainState } from '../phases/state.js';
import type { PrivateDirectory } from '../private-directory.js';
import { terraformEnvironment } from '../terraform-workspace.js';
import type { BlobReader } from '../tools/blob.js';
import type { Exec } from '../tools/exec.js';
import { PluginCache } from '../tools/plugin-cache.js';
import { Terraform, TerraformError } from '../tools/terraform.js';

/** A state in the format of its file, version 4: what is needed of it. */
interface StateFile {
  readonly version: number;
  readonly serial: number;
  readonly lineage: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly resources?: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly index_key?: string | number }[];
  }[];
}

/** What the state of `terraform/app` holds; no value of a resource is kept. */
export interface AppStateContent {
  /** `account/container/key`. */
  readonly state: string;
  /** Addresses of every resource. */
  readonly addresses: readonly string[];
  /** Neither resources nor outputs. */
  readonly isEmpty: boolean;
}

/** What was taken out of the state of `terraform/app`. */
export interface Forgotten {
  /** `account/container/key`. */
  readonly state: string;
  /** How many resources. */
  readonly resources: number;
}

export interface AppStateTools {
  readonly exec: Exec;
  readonly log: Log;
  readonly privateDirectory: PrivateDirectory;
  readonly read: BlobReader;
}

/**
 * What Terraform has deployed into the cluster, as its state says; undefined where there never was such a state. One request to Blob
 * storage and no Terraform: most deployments are Helm's.
 * @throws DeployError `state-forbidden`, `state-unreachable`.
 */
export async function findAppState(inputs: Inputs, read: BlobReader): Promise<AppStateContent | undefined> {
  const key = appStateKey(inputs.stateKey);
  const state = `${inputs.stateAccount}/${inputs.stateContainer}/${key}`;
  const answer = await read(inputs.stateAccount, inputs.stateContainer, key);
  switch (answer.kind) {
    case 'none':
      return undefined;
    case 'found':
      return { state, ...contentOf(answer.text) };
    case 'forbidden':
      throw new DeployError('state-forbidden', `${state}: ${answer.message}`);
    case 'unclear':
      throw new DeployError('state-unreachable', `${state}: ${answer.message}`);
  }
}

/** PURE. The backend makes an empty blob when it locks a state that was never written. */
export function contentOf(text: string): Omit<AppStateContent, 'state'> {
  if (text === '') return { addresses: [], isEmpty: true };
  const { resources = [], outputs = {} } = JSON.parse(text) as StateFile;
  const addresses = resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, instances }) =>
      instances.map(({ index_key: key }) => `${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`),
    );
  return { addresses, isEmpty: resources.length === 0 && Object.keys(outputs).length === 0 };
}

/**
 * Opens that state before anything is destroyed, and proves that nobody else works with it: whoever does would put things into a cluster
 * that is being taken apart. Undefined when there is nothing in it to forget.
 * @throws DeployError `state-locked` (the input `break-lock` breaks it), `state-*`, `login-*`.
 */
export async function openAppState(
  inputs: Inputs,
  session: Session,
  { addresses, isEmpty }: AppStateContent,
  { exec, log, privateDirectory }: AppStateTools,
): Promise<Terraform | undefined> {
  if (isEmpty && inputs.breakLock === '') return undefined;
  const own = { ...inputs, stateKey: appStateKey(inputs.stateKey) };
  // The root itself, because its lock file says which providers `init` may fetch for what the state holds.
  const directory = await prepareAppWorkspace(inputs, privateDirectory, new Map());
  const plugins = await PluginCache.open(inputs.toolCacheDirectory, path.join(directory, '.terraform.lock.hcl'), log);
  const terraform = new Terraform(exec, directory, { ...terraformEnvironment(session), TF_PLUGIN_CACHE_DIR: plugins.directory }, log);
  try {
    await terraform.init({ storage_account_name: own.stateAccount, container_name: own.stateContainer, key: own.stateKey });
    await plugins.save();
    if (own.breakLock !== '') await breakLock(terraform, own, log);
    if (addresses.length > 0) await terraform.proveUnlocked(addresses);
    return isEmpty ? undefined : terraform;
  } catch (error) {
    throw explainState(error, own, session);
  }
}

/**
 * Makes the state say what is true once its cluster is gone: nothing. The objects cannot be destroyed through Terraform any more, and
 * `state rm` would leave the outputs, so an empty state takes its place; Terraform refuses it if anybody has written since.
 * @throws DeployError `state-locked`, also when somebody has written meanwhile, `state-*`, `login-*`.
 */
export async function forgetAppState(
  inputs: Inputs,
  session: Session,
  terraform: Terraform,
  { state }: AppStateContent,
): Promise<Forgotten> {
  try {
    const last = (await terraform.pullState()) as StateFile;
    const { addresses } = contentOf(JSON.stringify(last));
    await terraform.pushState({ ...last, serial: last.serial + 1, outputs: {}, resources: [], check_results: null });
    return { state, resources: addresses.length };
  } catch (error) {
    if (error instanceof TerraformError && error.says(/cannot (import state|overwrite existing state)/))
      throw new DeployError('state-locked', `${state}: somebody has written to it while this run destroyed: ${error.message}`, {
        cause: error,
      });
    throw explainState(error, { ...inputs, stateKey: appStateKey(inputs.stateKey) }, session);
  }
}

/** One line. */
export const describeForgotten = ({ state, resources }: Forgotten): string =>
  `${resources} ${resources === 1 ? 'resource' : 'resources'} of ${state} forgotten`;
