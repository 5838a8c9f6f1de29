import semver from 'semver';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import type { Exec } from '../tools/exec.js';
import { findOrInstall, type ToolName } from '../tools/install.js';
import type { Inputs } from './inputs.js';

export interface Tool {
  readonly path: string;
  /** Exact version, as the tool itself says. */
  readonly version: string;
}

/** The programs a pass needs; helm and kubectl only once something goes into the cluster. */
export interface Toolbox {
  readonly terraform: Tool;
  readonly helm: Tool | undefined;
  readonly kubectl: Tool | undefined;
}

/** Oldest versions that have what we use: write-only arguments (Terraform 1.11), server-side apply in `kubectl apply` and Helm 3.17. */
const OLDEST: Readonly<Record<ToolName, string>> = { terraform: '1.11.0', helm: '3.17.0', kubectl: '1.30.0' };

const ASK_VERSION: Readonly<Record<ToolName, readonly string[]>> = {
  terraform: ['version', '-json'],
  helm: ['version', '--template', '{{.Version}}'],
  kubectl: ['version', '--client', '-o', 'json'],
};

/** The version in what a tool answers to {@link ASK_VERSION}. */
export function parseVersion(tool: ToolName, stdout: string): string | undefined {
  switch (tool) {
    case 'terraform':
      return (JSON.parse(stdout) as { terraform_version?: string }).terraform_version;
    case 'helm':
      return semver.clean(stdout.trim()) ?? undefined;
    case 'kubectl':
      return semver.clean((JSON.parse(stdout) as { clientVersion?: { gitVersion?: string } }).clientVersion?.gitVersion ?? '') ?? undefined;
  }
}

/**
 * Finds or installs what the pass needs and proves each by its version.
 * @throws DeployError `tools-missing`, `tools-outdated`.
 */
export async function prepareTools(inputs: Inputs, exec: Exec, log: Log): Promise<Toolbox> {
  const prepare = async (tool: ToolName): Promise<Tool> => {
    const path = await findOrInstall(tool, inputs.toolVersions[tool], log);
    const result = await exec(path, ASK_VERSION[tool], { quiet: true });
    const version = result.code === 0 ? parseVersion(tool, result.stdout) : undefined;
    if (version === undefined) throw new DeployError('tools-missing', `${path} does not run: ${result.stderr.trim()}`);
    if (semver.lt(version, OLDEST[tool]))
      throw new DeployError('tools-outdated', `${path} is ${tool} ${version}; ${OLDEST[tool]} or newer is needed`);
    return { path, version };
  };
  const inCluster = (tool: ToolName): Promise<Tool> | undefined => (inputs.pass === 1 ? undefined : prepare(tool));
  const [terraform, helm, kubectl] = await Promise.all([prepare('terraform'), inCluster('helm'), inCluster('kubectl')]);
  return { terraform, helm, kubectl };
}

/** Absolute paths by tool name, for the door to child processes. */
export function toolPaths(toolbox: Toolbox): Map<string, string> {
  return new Map(found(toolbox).map(([name, tool]) => [name, tool.path]));
}

const found = (toolbox: Toolbox): [string, Tool][] =>
  Object.entries(toolbox).filter((entry): entry is [string, Tool] => entry[1] !== undefined);

export function describeTools(toolbox: Toolbox): string {
  return found(toolbox)
    .map(([name, tool]) => `${name} ${tool.version}`)
    .join(', ');
}
