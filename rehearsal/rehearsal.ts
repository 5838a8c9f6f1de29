import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { packageCharts } from './charts/index.js';
import { ChartRepositoryHost } from './hosts/charts.js';
import { startHosts, type Host, type RunningHosts } from './hosts/index.js';
import { ChartRegistryHost } from './hosts/oci.js';
import { prepareDeployer, prepareTenant, type Tenant } from './hosts/setup.js';
import { readKept, writeKept, type KeptWorld } from './kept.js';
import { playClusters, type PlayedClusters } from './kubernetes/index.js';
import {
  runWorkflow,
  type EnvironmentValues,
  type RunControl,
  type RunEvent,
  type RunOptions,
  type RunResult,
  type WorkflowEvent,
} from './runner/index.js';
import { Ledger } from './terraform/ledger.js';
import { startTerraformProviders, type TerraformProviders } from './terraform/index.js';
import { fetchTools, type HelmMajor, type Tools } from './tools/fetch.js';
import { recordPrograms, type Recorder } from './tools/recorder.js';
import { World, type WorldOptions } from './world/world.js';

/** This checkout. */
export const PROJECT = path.resolve(import.meta.dirname, '..');

/** The deployment's GitHub environment, which has a reviewer. */
export const ENVIRONMENT = 'production';

/** The environment of jobs that only look, which has none. */
export const PLAN_ENVIRONMENT = `${ENVIRONMENT}-plan`;

export interface RehearsalOptions {
  readonly helm?: HelmMajor;
  readonly world?: Partial<WorldOptions>;
  /** The user's terraform.tfvars; default: the example. */
  readonly config?: string;
  /** Default: examples/light.yml. */
  readonly workflow?: string;
  /** A kubeconfig of a real cluster that stands in for the stand-in. */
  readonly kubeconfig?: string;
  /** A directory that keeps the world: the one kept there goes on, and `stop` keeps it again. Default: a fresh world that ends with `stop`. */
  readonly keep?: string;
  /** Hosts of the outside world that a deployment does not usually ask. */
  readonly extraHosts?: readonly Host[];
}

export interface WorkflowRun {
  readonly passes?: string;
  /** Checkout of the action to run instead of this one. */
  readonly actionRoot?: string;
  /** Variables besides the usual ones, or instead of them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Secrets of the gated environment instead of {@link Rehearsal.secrets}. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What sets the workflow off; default: a dispatch with `passes`. */
  readonly event?: WorkflowEvent;
  /** The reviewer's answer; default: yes. */
  readonly approve?: RunOptions['approve'];
  /** A run whose failed jobs are to run again. */
  readonly rerun?: RunResult;
  readonly control?: RunControl;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** What a user types into GitHub: fresh random values each time, easy to search for. */
function randomSecrets(): Record<string, string> {
  return {
    LANGSMITH_LICENSE_KEY: `lsv2_license_${randomBytes(16).toString('hex')}`,
    LANGSMITH_ADMIN_PASSWORD: `Adm!${randomBytes(12).toString('hex')}Zz`,
    LANGSMITH_ADMIN_EMAIL: `admin-${randomBytes(4).toString('hex')}@contoso.example`,
  };
}

/** A new world with a tenant that trusts the repository. */
async function freshWorld(options: RehearsalOptions): Promise<{ world: World; tenant: Tenant }> {
  const world = await World.create(options.world ?? {});
  const tenant = prepareTenant(world, { environmentSubjects: [ENVIRONMENT, PLAN_ENVIRONMENT], location: 'westeurope' });
  world.github.environments.set(ENVIRONMENT, { name: ENVIRONMENT, reviewers: ['reviewer'] });
  world.github.environments.set(PLAN_ENVIRONMENT, { name: PLAN_ENVIRONMENT, reviewers: [] });
  return { world, tenant };
}

async function keptWorld(kept: KeptWorld, options: RehearsalOptions): Promise<{ world: World; tenant: Tenant }> {
  const world = await World.restore(kept.world, options.world);
  Ledger.of(world).restore(kept.ledger);
  return { world, tenant: kept.tenant };
}

/**
 * A user's repository, the cloud it deploys to and the machine its jobs run on, all private to one directory.
 * `start` it, `run` its workflow as often as you like, `stop` it.
 */
export class Rehearsal {
  private constructor(
    readonly directory: string,
    readonly world: World,
    readonly tenant: Tenant,
    readonly tools: Tools,
    readonly recorder: Recorder,
    readonly hosts: RunningHosts,
    readonly providers: TerraformProviders,
    /** What is played in the cluster, for whoever wants to look. */
    readonly clusters: PlayedClusters,
    /** The repository's secrets: what a user types into GitHub. */
    readonly secrets: Readonly<Record<string, string>>,
    /** When the run ended whose world this one continues (ISO 8601); undefined in a fresh world. */
    readonly continues: string | undefined,
    private readonly options: RehearsalOptions,
  ) {}

  /** @throws Error for a kept world that cannot go on, with what to do. */
  static async start(options: RehearsalOptions = {}): Promise<Rehearsal> {
    const kept = options.keep === undefined ? undefined : await readKept(options.keep);
    const realCluster = options.kubeconfig !== undefined;
    if (options.keep !== undefined && kept !== undefined && kept.kept.realCluster !== realCluster) {
      const [was, is] = realCluster ? ['without', 'with'] : ['with', 'without'];
      throw new Error(
        `The world kept in ${options.keep} was made ${was} --kubeconfig and cannot go on ${is} it: remove that directory to start anew.`,
      );
    }
    const directory = await mkdtemp(path.join(os.tmpdir(), 'langsmith-rehearsal-'));
    const [tools, { world, tenant }, charts] = await Promise.all([
      fetchTools({ helm: options.helm ?? '4', cacheDirectory: path.join(PROJECT, '.cache/tools') }),
      kept === undefined ? freshWorld(options) : keptWorld(kept.kept, options),
      packageCharts(path.join(directory, 'charts')),
    ]);
    const clusters = playClusters(world, {
      ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
      ...(kept === undefined ? {} : { kept: kept.kept.clusters }),
    });
    const hosts = await startHosts(world, {
      directory,
      ...(options.keep === undefined ? {} : { keptBlobs: kept?.kept.blobs ?? new Map<string, Buffer>() }),
      extraHosts: [...(options.extraHosts ?? []), new ChartRepositoryHost(world, charts), new ChartRegistryHost(world, charts)],
    });
    const providers = await startTerraformProviders(world, { programs: { helm: tools.helm, kubectl: tools.kubectl, env: hosts.env } });
    const programs = { helm: tools.helm, kubectl: tools.kubectl, ...(tools.terraform === undefined ? {} : { terraform: tools.terraform }) };
    const recorder = await recordPrograms(path.join(directory, 'bin'), programs);
    const secrets = kept?.kept.secrets ?? randomSecrets();
    const parts = [directory, world, tenant, tools, recorder, hosts, providers, clusters, secrets, kept?.savedAt, options] as const;
    const rehearsal = new Rehearsal(...parts);
    await rehearsal.#writeRepository(options);
    return rehearsal;
  }

  /** The user's checkout: the workflow and the configuration, nothing else. */
  get repository(): string {
    return path.join(this.directory, 'repository');
  }

  get configFile(): string {
    return path.join(this.repository, 'langsmith/terraform.tfvars');
  }

  /** Environments besides the usual one, by name. */
  readonly #others = new Map<string, EnvironmentValues>();

  /**
   * A deployment besides the usual one: its two GitHub environments, of which one has a reviewer, with an identity and secrets of its
   * own, and its configuration `langsmith/<name>.tfvars`.
   */
  async addEnvironment(name: string, config: string): Promise<void> {
    const looking = `${name}-plan`;
    const clientId = prepareDeployer(this.world, this.tenant, `langsmith-deployer-${name}`, [name, looking]);
    this.world.github.environments.set(name, { name, reviewers: ['reviewer'] });
    this.world.github.environments.set(looking, { name: looking, reviewers: [] });
    const variables = { AZURE_CLIENT_ID: clientId };
    this.#others.set(name, { variables, secrets: randomSecrets() });
    this.#others.set(looking, { variables });
    await writeFile(path.join(this.repository, 'langsmith', `${name}.tfvars`), config);
  }

  get workflowFile(): string {
    return path.join(this.repository, '.github/workflows/langsmith.yml');
  }

  async #writeRepository(options: RehearsalOptions): Promise<void> {
    await mkdir(path.dirname(this.workflowFile), { recursive: true });
    await mkdir(path.dirname(this.configFile), { recursive: true });
    await cp(options.workflow ?? path.join(PROJECT, 'examples/light.yml'), this.workflowFile);
    await cp(options.config ?? path.join(PROJECT, 'examples/langsmith/terraform.tfvars'), this.configFile);
  }

  async setConfig(text: string): Promise<void> {
    await writeFile(this.configFile, text);
  }

  async setWorkflow(text: string): Promise<void> {
    await writeFile(this.workflowFile, text);
  }

  /** Sets the workflow off, as a dispatch unless told otherwise; the reviewer approves. Resolves when the run ended, however it ended. */
  async run(run: WorkflowRun = {}): Promise<RunResult> {
    return runWorkflow({
      actionRoot: run.actionRoot ?? PROJECT,
      actionRepository: 'org/langsmith-azure',
      actionRef: 'v1',
      callerRoot: this.repository,
      workflow: '.github/workflows/langsmith.yml',
      event: run.event ?? { name: 'workflow_dispatch', inputs: { passes: run.passes ?? '1-2' } },
      variables: {
        AZURE_CLIENT_ID: this.tenant.clientId,
        AZURE_TENANT_ID: this.tenant.tenantId,
        AZURE_SUBSCRIPTION_ID: this.tenant.subscriptionId,
        LANGSMITH_STATE_ACCOUNT: this.tenant.stateAccount,
        ...run.variables,
      },
      environments: { ...Object.fromEntries(this.#others), [ENVIRONMENT]: { secrets: run.secrets ?? this.secrets } },
      world: this.world,
      environment: { ...this.hosts.env, ...this.providers.env, PATH: this.recorder.directory },
      nodeBinary: this.tools.node24,
      workDirectory: path.join(this.directory, 'work'),
      approve: run.approve ?? (async () => true),
      ...(run.rerun === undefined ? {} : { rerun: run.rerun }),
      ...(run.control === undefined ? {} : { control: run.control }),
      ...(run.signal === undefined ? {} : { signal: run.signal }),
      ...(run.onEvent === undefined ? {} : { onEvent: run.onEvent }),
    });
  }

  /** Ends everything. A world that is to be kept is written first, as it stands, whether runs in it succeeded or not. */
  async stop(): Promise<void> {
    this.clusters.stop();
    await this.providers.stop();
    try {
      if (this.options.keep !== undefined) await writeKept(this.options.keep, await this.#kept());
    } finally {
      await this.hosts.stop();
      await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #kept(): Promise<KeptWorld> {
    return {
      world: this.world.snapshot(),
      ledger: Ledger.of(this.world).snapshot(),
      clusters: this.clusters.contents(),
      blobs: await this.hosts.blobs.close(),
      tenant: this.tenant,
      secrets: this.secrets,
      realCluster: this.options.kubeconfig !== undefined,
    };
  }
}
