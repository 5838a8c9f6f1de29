/** What `npm run values -- --terraform` writes: the files of terraform/app as the action writes them, for whoever applies that root by hand. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { readDeployment } from '../src/app/deployment.js';
import { deploymentFiles } from '../src/app/files.js';
import type { SecretPieces } from '../src/app/pieces.js';
import { PLATFORM_CHART } from '../src/app/workspace.js';
import type { Shape } from '../src/passes.js';
import type { Outputs } from '../src/phases/outputs.js';
import { readAddons } from '../src/platform/addons.js';
import { namespaceObjects } from '../src/platform/namespaces.js';
import { readChartPin } from '../src/release/chart.js';
import type { Tree } from '../src/values/merge.js';

/** The numbers that say what is written anew. */
export const REVISIONS_FILE = 'action.auto.tfvars.json';

/** For kubectl, before the first apply: no plan may delete a namespace, and `destroy` finds what to take away by their label. */
export const NAMESPACES_FILE = 'values/namespaces.yaml';

interface Revisions {
  readonly secret_revisions: Readonly<Record<string, number>>;
  readonly langsmith_values_revision: number;
}

export interface HandDeployment {
  readonly shape: Shape;
  readonly outputs: Outputs;
  readonly values: Tree;
  /** What stands for the administrator's address, which is a secret value of the chart, in `values`. */
  readonly administrator: string;
}

/** What is wrong with `directory` as a copy of terraform/app with this repository's chart where the root looks for it. */
export function problemsWithRoot(directory: string): string[] {
  const missing = ['main.tf', 'secrets.tf', path.join('../..', PLATFORM_CHART, 'Chart.yaml')].filter(
    (name) => !existsSync(path.join(directory, name)),
  );
  return missing.length === 0
    ? []
    : [`--terraform: ${directory} is no terraform/app with ${PLATFORM_CHART} two folders above: there is no ${missing.join(', no ')}.`];
}

/**
 * Writes infra.auto.tfvars.json, values/, the revisions and the namespaces into a terraform/app, by the same code as the action. No file holds a secret.
 * @returns the names of the files.
 */
export async function writeTerraformFiles(
  root: string,
  directory: string,
  deployment: HandDeployment,
  now: () => number = Date.now,
): Promise<string[]> {
  const { shape, outputs, values, administrator } = deployment;
  const { repository, name, version } = await readChartPin(root);
  const described = await readDeployment(root, {
    shape,
    outputs,
    values,
    langsmith: { repository, chart: name, version },
    secrets: new Map([['langsmith-admin-email', administrator]]),
  });
  const files = deploymentFiles(described);
  const earlier = new Map<string, string>();
  for (const file of [...files.keys(), REVISIONS_FILE]) {
    const text = await readFile(path.join(directory, file), 'utf8').catch(() => undefined);
    if (text !== undefined) earlier.set(file, text);
  }
  const revisions = nextRevisions(files, earlier, outputs.keyvault_secret_versions, now);
  await mkdir(path.join(directory, 'values/addons'), { recursive: true });
  const selected = new Set(described.addons.map(({ addon }) => addon.name));
  for (const { name: addon } of (await readAddons(root)).filter((known) => !selected.has(known.name)))
    await rm(path.join(directory, 'values/addons', `${addon}.yaml`), { force: true });
  const namespaces = new Set([outputs.langsmith_namespace, ...described.addons.map(({ addon }) => addon.namespace)]);
  const all = new Map([
    ...files,
    [REVISIONS_FILE, `${JSON.stringify(revisions, null, 2)}\n`],
    [
      NAMESPACES_FILE,
      namespaceObjects([...namespaces])
        .map((object) => stringify(object))
        .join('---\n'),
    ],
  ]);
  for (const [file, content] of all) {
    const target = path.join(directory, file);
    const mode = file.endsWith('.tfvars.json') ? 0o600 : 0o644;
    await writeFile(target, content, { mode });
    await chmod(target, mode);
  }
  return [...all.keys()];
}

/**
 * Terraform cannot see what is write-only: a number says that it is to be written anew. A Secret's rises with the versions that the vault
 * had of its values, and when it is composed in another way; that of the release when the release changes, from the minutes since 1970 on,
 * so that it is above every number the action may have given before. PURE.
 */
export function nextRevisions(
  files: ReadonlyMap<string, string>,
  earlier: ReadonlyMap<string, string>,
  vaultVersions: Readonly<Record<string, number>>,
  now: () => number,
): Revisions {
  const before = JSON.parse(earlier.get(REVISIONS_FILE) ?? '{}') as Partial<Revisions>;
  const [pieces, piecesBefore] = [piecesIn(files), piecesIn(earlier)];
  const secret = (name: string): number => {
    const { data } = pieces[name] ?? { data: {} };
    const asked = new Set(Object.values(data).flatMap((parts) => parts.flatMap((part) => ('secret' in part ? [part.secret] : []))));
    const written = [...asked].reduce((sum, one) => sum + (vaultVersions[one] ?? 1) - 1, 1);
    const last = before.secret_revisions?.[name];
    if (last === undefined) return written;
    return Math.max(written, JSON.stringify(piecesBefore[name]) === JSON.stringify(pieces[name]) ? last : last + 1);
  };
  const isSame = ['values/merged.yaml', 'values/releases.yaml'].every((name) => earlier.get(name) === files.get(name));
  const last = before.langsmith_values_revision;
  return {
    secret_revisions: Object.fromEntries(Object.keys(pieces).map((name) => [name, secret(name)])),
    langsmith_values_revision: isSame && last !== undefined ? last : Math.max(Math.floor(now() / 60_000), (last ?? 0) + 1),
  };
}

const piecesIn = (files: ReadonlyMap<string, string>): SecretPieces =>
  (parse(files.get('values/secrets.yaml') ?? '{}') ?? {}) as SecretPieces;
