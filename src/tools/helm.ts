import { parse } from 'yaml';
import type { ClusterAccess } from '../kubernetes/kubeconfig.js';
import { clusterEnvironment, CommandFailure, demandSuccess } from './command.js';
import type { Exec, ExecResult } from './exec.js';
import {
  decodeHistory,
  decodeList,
  decodeListEverywhere,
  decodeRelease,
  decodeTemplate,
  type HelmRelease,
  type ReleaseInNamespace,
  type ReleaseSummary,
  type Revision,
} from './helm-output.js';

export interface ChartMetadata {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
}

/** Where `helm pull` finds a chart. */
export interface PullRequest {
  /** Repository URL, or undefined when `chart` is an `oci://` reference. */
  readonly repository?: string;
  readonly chart: string;
  /** Exact. */
  readonly version: string;
  /** Directory that receives `<name>-<version>.tgz`. */
  readonly destination: string;
}

export interface UpgradeRequest {
  readonly release: string;
  readonly namespace: string;
  /** Chart on disk. */
  readonly chart: string;
  readonly valuesFile: string;
  /** Bound of each hook. */
  readonly timeoutMinutes: number;
  /** Objects of the chart that are there already become the release's own; else they make the upgrade fail. */
  readonly takeOwnership?: boolean;
}

/** A revision to go back to. */
export interface RollbackRequest {
  readonly release: string;
  readonly namespace: string;
  readonly revision: number;
  readonly timeoutMinutes: number;
}

/** Old revisions kept: each is a Secret of up to 1 MiB. */
const HISTORY = 10;

/**
 * What only Helm 4 knows. It owns every field of the manifest: without force, a field that somebody else changed meanwhile would stop
 * the upgrade that is to set it right. Helm 3 overwrites such fields unasked.
 */
const HELM_4_FLAGS = ['--wait=hookOnly', '--server-side=true', '--force-conflicts'];

/**
 * Helm 3.17 or newer, or 4, always on one named cluster. Both lines install without `--wait`: migrations are post-install hooks,
 * and waiting for Deployments that may need the migrated schema before running them could never end. Nothing is rolled back by
 * Helm unasked either, because migrations only go forward.
 */
export class Helm {
  #version: Promise<string> | undefined;

  constructor(
    private readonly exec: Exec,
    private readonly access: ClusterAccess,
  ) {}

  /** `v4.1.4`. */
  version(): Promise<string> {
    this.#version ??= this.exec('helm', ['version', '--template={{.Version}}'], { quiet: true }).then((result) =>
      demandSuccess('helm version', result).trim(),
    );
    return this.#version;
  }

  /** @throws CommandFailure when the chart or that version of it is not there. */
  async pull(request: PullRequest): Promise<void> {
    const source = request.repository === undefined ? [] : [`--repo=${request.repository}`];
    const result = await this.exec(
      'helm',
      ['pull', request.chart, ...source, `--version=${request.version}`, `--destination=${request.destination}`],
      { quiet: true },
    );
    if (result.code !== 0) throw new CommandFailure('helm pull', result.code, result.stderr);
  }

  /** Reads Chart.yaml of a chart on disk. */
  async showChart(chart: string): Promise<ChartMetadata> {
    const result = await this.exec('helm', ['show', 'chart', chart], { quiet: true });
    if (result.code !== 0) throw new CommandFailure('helm show chart', result.code, result.stderr);
    const { name, version, appVersion } = parse(result.stdout) as Partial<Record<keyof ChartMetadata, unknown>>;
    if (typeof name !== 'string' || typeof version !== 'string')
      throw new CommandFailure('helm show chart', 0, `${chart} has no name or version in Chart.yaml`);
    // An unquoted appVersion such as 1.21 is a number to YAML.
    return {
      name,
      version,
      appVersion: typeof appVersion === 'number' ? String(appVersion) : typeof appVersion === 'string' ? appVersion : '',
    };
  }

  /** The newest revision whatever its status, or undefined. Helm 3 leaves pending ones out unless asked for all; Helm 4 dropped the flag and shows all. */
  async newest(release: string, namespace: string): Promise<ReleaseSummary | undefined> {
    const all = (await this.#major()) === 3 ? ['--all'] : [];
    const text = await this.#demand(['list', ...all, `--namespace=${namespace}`, `--filter=^${release}$`, '--output=json']);
    return decodeList(text)[0];
  }

  /** The newest revision of every release of a namespace, whatever its status. */
  async releases(namespace: string): Promise<ReleaseSummary[]> {
    const all = (await this.#major()) === 3 ? ['--all'] : [];
    return decodeList(await this.#demand(['list', ...all, `--namespace=${namespace}`, '--max=0', '--output=json']));
  }

  /** The newest revision of every release of the cluster, whatever its status. */
  async everywhere(): Promise<ReleaseInNamespace[]> {
    const all = (await this.#major()) === 3 ? ['--all'] : [];
    return decodeListEverywhere(await this.#demand(['list', ...all, '--all-namespaces', '--max=0', '--output=json']));
  }

  /** Removes a release with its history and waits until its objects are gone. A release that is not there is no failure. */
  async uninstall(release: string, namespace: string, timeoutMinutes: number): Promise<void> {
    const wait = (await this.#major()) === 3 ? '--wait' : '--wait=watcher';
    await this.#demand(['uninstall', release, `--namespace=${namespace}`, '--ignore-not-found', wait, `--timeout=${timeoutMinutes}m`]);
  }

  /** Revisions that are still kept, oldest first. */
  async history(release: string, namespace: string): Promise<Revision[]> {
    return decodeHistory(await this.#demand(['history', release, `--namespace=${namespace}`, '--output=json']));
  }

  /** Values given at the last upgrade, or at that of a revision, without the chart's defaults. */
  async userValues(release: string, namespace: string, revision?: number): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#demand(['get', 'values', release, `--namespace=${namespace}`, '--output=json', ...revisionFlag(revision)]);
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  }

  /** Manifest of the newest revision, without hooks. */
  async manifest(release: string, namespace: string): Promise<string> {
    return this.#demand(['get', 'manifest', release, `--namespace=${namespace}`]);
  }

  /** Hooks of the newest or another revision as YAML documents. */
  async hooks(release: string, namespace: string, revision?: number): Promise<string> {
    return this.#demand(['get', 'hooks', release, `--namespace=${namespace}`, ...revisionFlag(revision)]);
  }

  /**
   * What an upgrade would install: rendered with the cluster's own version and API list, changing nothing. Before an add-on has brought
   * a kind of the chart, no server can do that: then Helm renders alone, for the cluster version it knows best.
   */
  async render(request: UpgradeRequest): Promise<HelmRelease> {
    try {
      return decodeRelease(await this.#demand([...(await this.#upgradeArguments(request)), '--dry-run=server']));
    } catch (error) {
      if (!(error instanceof CommandFailure) || !/no matches for kind/.test(error.stderr)) throw error;
      return this.#template(request);
    }
  }

  async #template({ release, namespace, chart, valuesFile }: UpgradeRequest): Promise<HelmRelease> {
    const isUpgrade = (await this.newest(release, namespace)) !== undefined;
    const args = ['template', release, chart, `--namespace=${namespace}`, `--values=${valuesFile}`, ...(isUpgrade ? ['--is-upgrade'] : [])];
    return decodeTemplate(release, await this.#demand(args));
  }

  /** Installs or upgrades. @throws CommandFailure with Helm's own words. */
  async upgrade(request: UpgradeRequest): Promise<HelmRelease> {
    return decodeRelease(await this.#demand(await this.#upgradeArguments(request)));
  }

  /** Makes a new revision of what an earlier one was. @throws CommandFailure with Helm's own words. */
  async rollback({ release, namespace, revision, timeoutMinutes }: RollbackRequest): Promise<void> {
    const bounds = [`--timeout=${timeoutMinutes}m`, `--history-max=${HISTORY}`];
    const flags = (await this.#major()) === 3 ? [] : HELM_4_FLAGS;
    await this.#demand(['rollback', release, String(revision), `--namespace=${namespace}`, ...bounds, ...flags]);
  }

  async #upgradeArguments(request: UpgradeRequest): Promise<string[]> {
    return [
      'upgrade',
      request.release,
      request.chart,
      '--install',
      `--namespace=${request.namespace}`,
      `--values=${request.valuesFile}`,
      '--reset-values',
      `--timeout=${request.timeoutMinutes}m`,
      `--history-max=${HISTORY}`,
      '--output=json',
      ...(request.takeOwnership === true ? ['--take-ownership'] : []),
      ...((await this.#major()) === 3 ? [] : HELM_4_FLAGS),
    ];
  }

  async #major(): Promise<number> {
    const version = await this.version();
    const major = Number(/^v(\d+)\./.exec(version)?.[1]);
    if (major !== 3 && major !== 4) throw new CommandFailure('helm version', 0, `Helm ${version} is neither 3 nor 4`);
    return major;
  }

  async #demand(args: readonly string[]): Promise<string> {
    return demandSuccess(`helm ${args[0] ?? ''}`, await this.#call(args));
  }

  /** Quiet always: JSON answers are data, and rendered manifests may hold Secrets of a chart. */
  async #call(args: readonly string[]): Promise<ExecResult> {
    const { kubeconfigPath, context } = this.access;
    return this.exec('helm', [...args, `--kubeconfig=${kubeconfigPath}`, `--kube-context=${context}`], {
      quiet: true,
      env: clusterEnvironment(this.access),
    });
  }
}

const revisionFlag = (revision: number | undefined): string[] => (revision === undefined ? [] : [`--revision=${revision}`]);
