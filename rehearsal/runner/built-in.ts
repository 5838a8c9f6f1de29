import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findFiles, searchPath } from './glob.js';
import type { Job } from './job.js';
import { sameRepository } from './plan.js';
import type { StepRecorder } from './recorder.js';
import type { StepOutcome } from './steps.js';
import type { Artifact } from './types.js';

interface BuiltInCall {
  readonly uses: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly job: Job;
  readonly recorder: StepRecorder;
  readonly key: string;
  readonly name: string;
}

export type BuiltIn = (call: BuiltInCall) => Promise<StepOutcome>;

/** The remote actions the runner plays itself, whatever version is asked for. */
export const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  'actions/checkout': async (call) => checkout(call),
  'actions/upload-artifact': async (call) => upload(call),
  'actions/download-artifact': async (call) => download(call),
};

const FAILED: StepOutcome = { ok: false, outputs: {} };

/** Inputs that change nothing in a rehearsal are accepted; the others must be ones we play. */
function refuseOthers({ uses, inputs }: BuiltInCall, played: readonly string[]): void {
  const other = Object.keys(inputs).find((name) => !played.includes(name.toLowerCase()));
  if (other !== undefined) throw new Error(`The rehearsal runner's ${uses} has no model of the input '${other}'`);
}

const CHECKOUT_INPUTS = [
  'repository',
  'ref',
  'path',
  'token',
  'persist-credentials',
  'fetch-depth',
  'fetch-tags',
  'clean',
  'show-progress',
];

function checkout(call: BuiltInCall): StepOutcome {
  refuseOthers(call, CHECKOUT_INPUTS);
  const { inputs, job, recorder } = call;
  const { sources } = job.spec.run;
  const wanted = inputs.repository || sources.caller.repository;
  const source = [sources.caller, sources.action].find((candidate) => sameRepository(candidate.repository, wanted));
  if (!source) throw new Error(`The rehearsal has no repository '${wanted}' to check out`);
  const refs = ['', source.ref, source.shortRef, source.sha];
  if (!refs.includes(inputs.ref ?? ''))
    throw new Error(`The rehearsal has ${wanted} at '${source.shortRef}' only, not at '${inputs.ref ?? ''}'`);
  const directory = path.resolve(job.directories.workspace, inputs.path || '.');
  if (directory !== job.directories.workspace && !directory.startsWith(job.directories.workspace + path.sep)) {
    throw new Error(`Repository path '${directory}' is not under '${job.directories.workspace}'`);
  }
  recorder.write(`Syncing repository: ${source.repository}`);
  mkdirSync(directory, { recursive: true });
  cpSync(source.root, directory, {
    recursive: true,
    filter: (file) => path.relative(source.root, file).split(path.sep)[0] !== 'node_modules',
  });
  if (inputs['persist-credentials'] !== 'false') persistCredentials(directory, call);
  return { ok: true, outputs: { ref: inputs.ref || source.ref, commit: source.sha } };
}

/** The token stays in the checkout's git configuration until the job ends, where any later step or artifact can find it. */
function persistCredentials(directory: string, { inputs, job, name }: BuiltInCall): void {
  const config = path.join(directory, '.git', 'config');
  const basic = Buffer.from(`x-access-token:${inputs.token || job.spec.tokens.githubToken}`).toString('base64');
  job.masks.add(basic);
  const before = existsSync(config) ? readFileSync(config, 'utf8') : '';
  mkdirSync(path.dirname(config), { recursive: true });
  writeFileSync(config, `${before}[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ${basic}\n`);
  job.posts.push({
    name: `Post ${name}`,
    id: '__post_checkout',
    condition: 'always()',
    run: async () => {
      if (existsSync(config)) writeFileSync(config, before);
      return 'success';
    },
  });
}

const UPLOAD_INPUTS = ['name', 'path', 'if-no-files-found', 'retention-days', 'compression-level', 'overwrite', 'include-hidden-files'];

function upload(call: BuiltInCall): StepOutcome {
  refuseOthers(call, UPLOAD_INPUTS);
  const { inputs, job, recorder } = call;
  const { run } = job.spec;
  const name = inputs.name || 'artifact';
  const patterns = lines(inputs.path);
  const { workspace } = job.directories;
  const found = findFiles(patterns, workspace);
  const files = inputs['include-hidden-files'] === 'true' ? found : found.filter((file) => !hidden(path.relative(workspace, file)));
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${patterns.join(', ')}. No artifacts will be uploaded.`;
    const reaction = inputs['if-no-files-found'] || 'warn';
    if (reaction === 'error') recorder.error(message);
    else if (reaction === 'warn') recorder.warning(message);
    return reaction === 'error' ? FAILED : { ok: true, outputs: {} };
  }
  if (run.artifacts.has(name) && inputs.overwrite !== 'true') {
    recorder.error(
      `Failed to CreateArtifact: Received non-retryable error: (409) Conflict: an artifact with this name already exists: ${name}`,
    );
    return FAILED;
  }
  const root = commonRoot(
    patterns.filter((pattern) => !pattern.startsWith('!')).map((pattern) => startOf(path.resolve(workspace, pattern))),
  );
  const directory = path.join(run.directory, 'artifacts', name.replace(/[^\w.-]+/g, '_'));
  rmSync(directory, { recursive: true, force: true });
  const names = files.map((file) => path.relative(root, file));
  for (const [index, file] of files.entries()) cpSync(file, path.join(directory, names[index] ?? ''));
  const artifact: Artifact = { name, directory, files: names.sort() };
  run.artifacts.set(name, artifact);
  recorder.write(`Artifact ${name} has been successfully uploaded with ${files.length} file(s)`);
  return { ok: true, outputs: { 'artifact-id': String(run.options.world.github.nextId()) } };
}

function hidden(relative: string): boolean {
  return relative.split(path.sep).some((part) => part.startsWith('.') && part !== '..');
}

/** Where an artifact's paths start for one pattern: a file's own directory, a directory itself. */
function startOf(pattern: string): string {
  const start = searchPath(pattern);
  return statSync(start, { throwIfNoEntry: false })?.isFile() ? path.dirname(start) : start;
}

function commonRoot(directories: readonly string[]): string {
  return directories.reduce((left, right) => {
    const [leftParts, rightParts] = [left.split(path.sep), right.split(path.sep)];
    const differs = leftParts.findIndex((part, index) => part !== rightParts[index]);
    return differs < 0 ? left : leftParts.slice(0, differs).join(path.sep);
  });
}

function download(call: BuiltInCall): StepOutcome {
  refuseOthers(call, ['name', 'path']);
  const { inputs, job, recorder } = call;
  const { artifacts } = job.spec.run;
  const target = path.resolve(job.directories.workspace, inputs.path || '.');
  const wanted = inputs.name ? [artifacts.get(inputs.name)] : [...artifacts.values()];
  for (const artifact of wanted) {
    if (!artifact) {
      recorder.error(`Unable to download artifact(s): Artifact not found for name: ${inputs.name ?? ''}`);
      return FAILED;
    }
    cpSync(artifact.directory, inputs.name ? target : path.join(target, artifact.name), { recursive: true });
    recorder.write(`Artifact ${artifact.name} was downloaded`);
  }
  return { ok: true, outputs: { 'download-path': target } };
}

function lines(text: string | undefined): string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
