import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isSeq, parseDocument, type Document } from 'yaml';
import type { Rehearsal } from './rehearsal.js';
import { NIGHTS } from './drift-scene.js';
import { ENVIRONMENT, PROJECT } from './rehearsal.js';
import { readPasses } from './passes.js';
import type { WorkflowEvent } from './runner/index.js';

export type Topology = 'light' | 'production';

/** Values of the input `deploy-path`. */
export const DEPLOY_PATHS = ['helm', 'terraform'] as const;
export type DeployPath = (typeof DEPLOY_PATHS)[number];

export interface SceneOptions {
  /** Name of an example, with or without `.yml`, or a file. Default: the example of the topology. */
  readonly workflow?: string;
  readonly topology: Topology;
  /** Default: `helm`, as in the action. */
  readonly deployPath?: DeployPath;
  /** `1-5`: what is deployed. */
  readonly passes: string;
}

/** One run of a scene: what happens before it, and what sets it off. */
export interface Act {
  /** What a reader of the output sees above the run. */
  readonly title: string;
  readonly before?: (rehearsal: Rehearsal) => Promise<void>;
  /** The reviewers say no, where they are asked; the run then fails, and the scene goes on. */
  readonly rejected?: boolean;
  /** Text of the workflow file. */
  readonly workflow: string;
  readonly event: WorkflowEvent;
}

export interface Scene {
  /** What it is about, in a few words. */
  readonly name: string;
  /** Only in a world that has no deployment yet. */
  readonly first: readonly Act[];
  readonly acts: readonly Act[];
}

/** The number of the rehearsed pull request. */
export const PULL_REQUEST = 7;

const example = (name: string): string => path.join(PROJECT, 'examples', `${name}.yml`);

/** Names of the examples that can be rehearsed. */
export const EXAMPLES = ['light', 'production', 'pass', 'plan', 'drift', 'destroy', 'preflight', 'environments'] as const;

/** Is this file one of the examples, which may be adjusted? */
export const isExample = (file: string): boolean => path.dirname(file) === path.join(PROJECT, 'examples');

/** The file a `--workflow` means. @throws Error when there is none. */
export function workflowFile(workflow: string): string {
  const name = path.basename(workflow, '.yml');
  const file = path.resolve(workflow);
  if (existsSync(file)) return file;
  if (!workflow.includes(path.sep) && (EXAMPLES as readonly string[]).includes(name)) return example(name);
  throw new Error(`--workflow: "${workflow}" is neither a file nor one of ${EXAMPLES.map((known) => `${known}.yml`).join(', ')}`);
}

/** A rehearsed change to the configuration, that any configuration can bear: the value that stands there, or one more line. */
export async function changeConfig(rehearsal: Rehearsal, name: string, value: string): Promise<void> {
  await writeFile(rehearsal.configFile, withSetting(await readFile(rehearsal.configFile, 'utf8'), name, value));
}

function withSetting(config: string, name: string, value: string): string {
  const line = new RegExp(`^${name}\\s*=.*$`, 'm');
  return line.test(config) ? config.replace(line, `${name} = ${value}`) : `${config.trimEnd()}\n${name} = ${value}\n`;
}

/** An example says one topology, one pass and no path of deployment; the command line may say others. */
function adjusted(document: Document, { topology, passes, deployPath = 'helm' }: SceneOptions): string {
  const jobs = document.get('jobs');
  if (isMap(jobs))
    for (const { key } of jobs.items) {
      const chain = document.getIn(['jobs', String(key), 'uses']);
      if (typeof chain === 'string')
        document.setIn(['jobs', String(key), 'uses'], chain.replace(/\/(production|light)\.yml@/, `/${topology}.yml@`));
      const steps = document.getIn(['jobs', String(key), 'steps']);
      if (isSeq(steps))
        for (const index of steps.items.keys())
          if (steps.hasIn([index, 'with', 'topology'])) steps.setIn([index, 'with', 'topology'], topology);
      const given = document.getIn(['jobs', String(key), 'with']);
      if (!isMap(given)) continue;
      if (given.has('topology')) given.set('topology', topology);
      if (/^\d$/.test(String(given.get('pass')))) given.set('pass', String(readPasses(passes)?.at(-1)));
      if (deployPath !== 'helm') given.set('deploy-path', deployPath);
    }
  return String(document);
}

const pullRequest = (rehearsal: { readonly repository: string }): WorkflowEvent => ({
  name: 'pull_request',
  payload: {
    action: 'opened',
    number: PULL_REQUEST,
    pull_request: {
      number: PULL_REQUEST,
      user: { login: 'octocat' },
      head: { ref: 'more-nodes', repo: { full_name: rehearsal.repository } },
      base: { ref: 'main', repo: { full_name: rehearsal.repository } },
    },
  },
});

/** What sets a workflow off in a rehearsal: a dispatch where it has one, else a pull request, else the clock. */
function eventsFor(document: Document, { passes }: SceneOptions, repository: string): WorkflowEvent[] {
  const on: unknown = document.toJS() === null ? undefined : (document.toJS() as { on?: unknown }).on;
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? (on as string[]) : Object.keys(on ?? {});
  if (names.includes('workflow_dispatch')) {
    const inputs = document.getIn(['on', 'workflow_dispatch', 'inputs']);
    const has = (name: string): boolean => isMap(inputs) && inputs.has(name);
    if (has('passes')) return [{ name: 'workflow_dispatch', inputs: { passes } }];
    if (has('pass')) return (readPasses(passes) ?? []).map((pass) => ({ name: 'workflow_dispatch', inputs: { pass: String(pass) } }));
    return [{ name: 'workflow_dispatch', inputs: has('confirm') ? { confirm: ENVIRONMENT } : {} }];
  }
  if (names.includes('pull_request')) return [pullRequest({ repository })];
  if (names.includes('schedule')) return [{ name: 'schedule' }];
  return [{ name: names[0] ?? 'workflow_dispatch' }];
}

/** The deployment that stands beside the usual one in the scene of several. */
export const STAGING = 'staging';

/** What a scene has before its own run: changes that the run is to notice. */
const CHANGES: Readonly<Record<string, Pick<Act, 'title' | 'before'>>> = {
  plan: {
    title: 'A pull request lets the node pool grow larger and a second address into the Key Vault',
    before: async (rehearsal) => {
      await changeConfig(rehearsal, 'default_node_pool_max_count', '14');
      await changeConfig(rehearsal, 'keyvault_allowed_ips', '["203.0.113.10", "203.0.113.11"]');
    },
  },
  environments: {
    title: 'Staging, then production: each with environments, an identity, a state and a configuration of its own',
    before: async (rehearsal) => {
      const config = await readFile(rehearsal.configFile, 'utf8');
      await writeFile(path.join(path.dirname(rehearsal.configFile), `${ENVIRONMENT}.tfvars`), config);
      const named = withSetting(config, 'identifier', '"-stg"').replace(/^(dns_label\s*=\s*".*)"/m, '$1-stg"');
      await rehearsal.addEnvironment(STAGING, named);
    },
  },
};

/** Scenes that need something that stands. */
const AFTER_A_DEPLOYMENT = ['plan', 'drift', 'destroy'];

/**
 * The runs that show a workflow at work.
 * @param repository `owner/name` of the rehearsed repository
 * @throws Error for a workflow that is not there.
 */
export async function sceneOf(options: SceneOptions, repository: string): Promise<Scene> {
  const chain = example(options.topology);
  const file = options.workflow === undefined ? chain : workflowFile(options.workflow);
  const name = isExample(file) ? path.basename(file, '.yml') : '';
  const document = parseDocument(await readFile(file, 'utf8'));
  const { title, before } = CHANGES[name] ?? { title: '', before: undefined };
  const workflow = name === '' ? await readFile(file, 'utf8') : adjusted(document, options);
  const acts = eventsFor(document, options, repository).map((event): Act => ({
    title:
      title || (typeof event.inputs?.['pass'] === 'string' ? `${path.basename(file)}: pass ${event.inputs['pass']}` : path.basename(file)),
    workflow,
    event,
    ...(before === undefined ? {} : { before }),
  }));
  const deploy = async (title: string): Promise<Act> => ({
    title: `${title}: ${path.basename(chain)}`,
    workflow: adjusted(parseDocument(await readFile(chain, 'utf8')), options),
    event: { name: 'workflow_dispatch', inputs: { passes: `1-${readPasses(options.passes)?.at(-1) ?? 5}`.replace('1-1', '1') } },
  });
  const nights = async (): Promise<Act[]> => {
    const again = await deploy('The deployment is run again');
    return NIGHTS.flatMap(({ deployed = false, ...night }) => [
      ...(deployed ? [again] : []),
      { workflow, event: { name: 'schedule' }, ...night },
    ]);
  };
  // Only before there is a deployment is it sure that the reviewers are asked.
  const refused = acts.slice(0, 1).map((act): Act => ({ ...act, title: 'First, the reviewer says no: nothing is made', rejected: true }));
  const first = AFTER_A_DEPLOYMENT.includes(name) ? [await deploy('First, a deployment')] : name === 'pass' ? refused : [];
  return { name: path.basename(file), first, acts: name === 'drift' ? await nights() : acts };
}
