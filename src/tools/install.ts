import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DeployError, messageOf } from '../errors.js';
import type { Log } from '../log.js';

export type ToolName = 'terraform' | 'helm' | 'kubectl';

/** Where a tool's vendor publishes it, and the checksum file beside it. */
interface Recipe {
  readonly url: string;
  readonly checksumUrl: string;
  /** Path of the program inside the archive; absent when the download is the program itself. */
  readonly member?: string;
}

/** Platform words of the vendors' download names. */
export interface Platform {
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
}

export function recipe(tool: ToolName, version: string, { os, arch }: Platform): Recipe {
  const suffix = os === 'windows' ? '.exe' : '';
  switch (tool) {
    case 'terraform': {
      const base = `https://releases.hashicorp.com/terraform/${version}/terraform_${version}`;
      return { url: `${base}_${os}_${arch}.zip`, checksumUrl: `${base}_SHA256SUMS`, member: `terraform${suffix}` };
    }
    case 'helm': {
      const url = `https://get.helm.sh/helm-v${version}-${os}-${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
      return { url, checksumUrl: `${url}.sha256sum`, member: `${os}-${arch}/helm${suffix}` };
    }
    case 'kubectl': {
      const url = `https://dl.k8s.io/release/v${version}/bin/${os}/${arch}/kubectl${suffix}`;
      return { url, checksumUrl: `${url}.sha256` };
    }
  }
}

/**
 * SHA-256 of the programs themselves for the default versions, so that the usual download is held against this repository and not
 * only against a file that lies beside it. Measured on the vendors' linux/amd64 builds.
 */
const PINNED: Readonly<Record<string, string>> = {
  'terraform 1.11.4 linux/amd64': '268000fca5c61021c6396893d9483007ba589ad9d0aaccbd7dfa8c78bf7dbe23',
  'helm 4.1.4 linux/amd64': '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  'kubectl 1.35.2 linux/amd64': '924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277',
};

/** The checksum for `file` in a vendor's checksum text: a bare digest, or `digest  name` lines. */
export function checksumFor(file: string, text: string): string | undefined {
  const lines = text.trim().split('\n');
  const named = lines.map((line) => line.trim().split(/\s+\*?/)).find(([, name]) => name === file);
  const digest = named?.[0] ?? (lines.length === 1 ? lines[0]?.trim().split(/\s+/)[0] : undefined);
  return digest !== undefined && /^[0-9a-f]{64}$/i.test(digest) ? digest.toLowerCase() : undefined;
}

export function currentPlatform(): Platform {
  const os = ({ linux: 'linux', darwin: 'darwin', win32: 'windows' } as const)[process.platform as string];
  const arch = ({ x64: 'amd64', arm64: 'arm64' } as const)[process.arch as string];
  if (os === undefined || arch === undefined)
    throw new DeployError('tools-missing', `no vendor build is known for ${process.platform}/${process.arch}`, {
      fix: 'Install terraform, helm and kubectl on the PATH of the runner.',
    });
  return { os, arch };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Absolute path of a tool: on PATH, in the runner's tool cache, or downloaded from its vendor and held against its checksum.
 * @throws DeployError `tools-missing` when it cannot be had or the checksum differs.
 */
export async function findOrInstall(tool: ToolName, version: string, log: Log): Promise<string> {
  const { which } = await import('@actions/io');
  const onPath = await which(tool, false);
  if (onPath !== '') return onPath;
  const toolCache = await import('@actions/tool-cache');
  const platform = currentPlatform();
  const program = platform.os === 'windows' ? `${tool}.exe` : tool;
  const cached = toolCache.find(tool, version);
  if (cached !== '') return path.join(cached, program);
  log.info(`${tool} is not on PATH; installing ${version}`);
  try {
    return path.join(await toolCache.cacheFile(await download(tool, version, platform), program, tool, version), program);
  } catch (error) {
    throw new DeployError('tools-missing', `${tool} ${version}: ${messageOf(error)}`, { cause: error });
  }
}

async function download(tool: ToolName, version: string, platform: Platform): Promise<string> {
  const toolCache = await import('@actions/tool-cache');
  const { url, checksumUrl, member } = recipe(tool, version, platform);
  const fetched = (address: string): Promise<string> =>
    toolCache.downloadTool(address).catch((error: unknown) => {
      throw new Error(address, { cause: error });
    });
  const [archive, checksums] = await Promise.all([fetched(url), fetched(checksumUrl)]);
  const expected = checksumFor(path.posix.basename(new URL(url).pathname), await readFile(checksums, 'utf8'));
  const actual = await sha256(archive);
  if (expected === undefined) throw new Error(`${checksumUrl} holds no SHA-256 for this download`);
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, its vendor publishes ${expected}`);
  const program =
    member === undefined
      ? archive
      : path.join(await (url.endsWith('.zip') ? toolCache.extractZip(archive) : toolCache.extractTar(archive)), member);
  const pinned = PINNED[`${tool} ${version} ${platform.os}/${platform.arch}`];
  if (pinned !== undefined && (await sha256(program)) !== pinned)
    throw new Error(`the program in ${url} is not the one this release was verified with`);
  await chmod(program, 0o755);
  return program;
}
