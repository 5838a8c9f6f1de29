import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { BlobFiles } from './hosts/index.js';
import type { Tenant } from './hosts/setup.js';
import type { ClusterContents } from './kubernetes/index.js';
import type { LedgerSnapshot } from './terraform/ledger.js';
import type { WorldSnapshot } from './world/world.js';

/** To be raised when a snapshot of before would be misread. */
const FORMAT = 3;
const FILE = 'world';

/** Everything that outlives a rehearsal: the world, what is in its clusters and its storage, and what the user typed into GitHub. */
export interface KeptWorld {
  readonly world: WorldSnapshot;
  readonly ledger: LedgerSnapshot;
  readonly clusters: ClusterContents;
  readonly blobs: BlobFiles;
  readonly tenant: Tenant;
  readonly secrets: Readonly<Record<string, string>>;
  /** A real cluster stood in for the stand-in, and its contents are its own. */
  readonly realCluster: boolean;
}

/** First line of the file; the rest is for whoever understands it. */
interface Header {
  readonly format: number;
  /** Of this project. */
  readonly version: string;
  /** ISO 8601. */
  readonly savedAt: string;
}

async function projectVersion(): Promise<string> {
  const text = await readFile(path.resolve(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function parseHeader(line: string): Partial<Header> {
  try {
    return JSON.parse(line) as Partial<Header>;
  } catch {
    return {};
  }
}

/**
 * The world kept in `directory`; undefined when there is none.
 * @throws Error for one of another format or version of the project, with what to do.
 */
export async function readKept(directory: string): Promise<{ savedAt: string; kept: KeptWorld } | undefined> {
  const content = await readFile(path.join(directory, FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const end = content.indexOf('\n');
  const header = parseHeader(content.subarray(0, Math.max(0, end)).toString('utf8'));
  const version = await projectVersion();
  const refuse = (why: string): never => {
    throw new Error(`The world kept in ${directory} ${why}: remove that directory to start anew.`);
  };
  if (header.format === undefined || header.version === undefined || header.savedAt === undefined) return refuse('is not readable');
  if (header.format !== FORMAT || header.version !== version)
    return refuse(`is of version ${header.version} (format ${header.format}) and this is version ${version} (format ${FORMAT})`);
  try {
    return { savedAt: header.savedAt, kept: deserialize(content.subarray(end + 1)) as KeptWorld };
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message})`);
  }
}

/** Replaces the world kept in `directory` in one step: whatever happens on the way, there is a whole one, the old or the new. */
export async function writeKept(directory: string, kept: KeptWorld, savedAt: Date = new Date()): Promise<void> {
  const header: Header = { format: FORMAT, version: await projectVersion(), savedAt: savedAt.toISOString() };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unfinished = path.join(directory, `${FILE}.${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(unfinished, [Buffer.from(`${JSON.stringify(header)}\n`), serialize(kept)], { mode: 0o600, flush: true });
    await rename(unfinished, path.join(directory, FILE));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
