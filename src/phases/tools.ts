import semver from 'semver';
import { DeployError } from '../errors.js';
import type { Log } from '../log.js';
import { lastLines } from '../tools/command.js';
import type { Exec, ExecResult } from '../tools/exec.js';
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

/** The version in what a tool answers to {@link ASK_VERSION}; undefined when that is no answer. */
export function parseVersion(tool: ToolName, stdout: string): string | undefined {
  return semver.clean(tool === 'helm' ? stdout.trim() : (versionField(stdout) ?? '')) ?? undefined;
}

function versionField(stdout: string): string | undefined {
  try {
    const answer = JSON.parse(stdout) as { terraform_version?: string; clientVersion?: { gitVersion?: string } };
    return answer.terraform_version ?? answer.clientVersion?.gitVersion;
  } catch {
    return undefined;
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
    if (version === undefined) throw notItself(tool, path, result);
    if (semver.lt(version, OLDEST[tool]))
      throw new DeployError('tools-outdated', `${path} is ${tool} ${version}; ${OLDEST[tool]} or newer is needed`);
    return { path, version };
  };
  const inCluster = (tool: ToolName): Promise<Tool> | undefined => (inputs.pass === 1 ? undefined : prepare(tool));
  const [terraform, helm, kubectl] = await Promise.all([prepare('terraform'), inCluster('helm'), inCluster('kubectl')]);
  return { terraform, helm, kubectl };
}

/** A program that does not start, or that is a wrapper: the one of hashicorp/setup-terraform writes into the output. */
function notItself(tool: ToolName, path: string, { code, stdout, stderr }: ExecResult): DeployError {
  const said = lastLines(code === 0 ? stdout : stderr, 4);
  return new DeployError(
    'tools-missing',
    `${path} does not answer \`${[tool, ...ASK_VERSION[tool]].join(' ')}\` (exit code ${code}): ${said}`,
    {
      fix:
        tool === 'terraform' && code === 0
          ? 'Set `terraform_wrapper: false` for hashicorp/setup-terraform.'
          : `Put a working ${tool} first on PATH, or take it off PATH so that the action installs its own.`,
    },
  );
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
