import { setTimeout as delay } from 'node:timers/promises';
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { World } from '../world/world.js';
import { block, optionalText, ProviderError, type ClusterPrograms, type Context } from './bindings/binding.js';
import { Engine, type ProviderDefinition } from './engine/engine.js';
import { Ledger } from './ledger.js';
import { NAMES_IN_PROTOCOL_6, schemaResponse, type Diagnostic, type ProviderRequest } from './protocol.js';
import { workingDirectoryOf } from './peer.js';
import { objectFromWire, toWire, type DynamicValue, type ValueObject } from './values.js';

/** One thing Terraform had done, for reports and tests. Values are not recorded. */
export interface ProviderEvent {
  readonly at: number;
  readonly action: 'create' | 'update' | 'delete' | 'read-data' | 'import' | 'open-ephemeral' | 'stop';
  readonly type: string;
  /** The `name` attribute, or the id when there is none. */
  readonly name: string;
  /** The diagnostic's text when it failed. */
  readonly error?: string;
}

export interface ProviderSettings {
  /** How long each create takes, in ms. Creates run side by side, as they do in Azure. */
  readonly createDelayMs: number;
  readonly clusterCaPem: string;
  /** With which helm_release and kubernetes_secret_v1 act; without, they can only be planned. */
  readonly programs?: ClusterPrograms;
}

type Call = ServerUnaryCall<ProviderRequest, unknown>;

/** One client of the provider: a terraform command opens several connections, and `Stop` concerns the one it arrives on. */
interface Client {
  readonly config: ValueObject;
  readonly stopping: AbortController;
}

/** The gRPC face of one provider. */
export class ProviderService {
  readonly #engine: Engine;
  readonly #schemas: unknown;
  readonly #clients = new Map<string, Client>();

  constructor(
    private readonly definition: ProviderDefinition,
    private readonly world: World,
    private readonly settings: ProviderSettings,
    /** Shared by the providers of one world, so that it tells the order of everything. */
    readonly log: ProviderEvent[],
  ) {
    this.#engine = new Engine(definition);
    this.#schemas = schemaResponse(definition.schemas);
  }

  /** Handlers for `Server.addService`. */
  handlers(): UntypedServiceImplementation {
    const ok = () => ({});
    const unary = (handle: (call: Call) => unknown, failed: (diagnostics: Diagnostic[]) => object = (diagnostics) => ({ diagnostics })) => {
      return (call: Call, reply: sendUnaryData<unknown>) => {
        Promise.resolve()
          .then(() => handle(call))
          .catch((error: unknown) => failed([diagnostic(error)]))
          .then((response) => reply(null, response))
          .catch((error: unknown) => reply({ code: 13, message: String(error) }));
      };
    };
    const handlers: UntypedServiceImplementation = {
      GetSchema: unary(() => this.#schemas),
      PrepareProviderConfig: unary(({ request }) => ({ prepared_config: request.config })),
      ValidateResourceTypeConfig: unary(({ request }) => ({
        diagnostics: this.#engine.validate(request.type_name, objectFromWire(request.config) ?? {}),
      })),
      ValidateDataSourceConfig: unary(ok),
      ValidateEphemeralResourceConfig: unary(ok),
      UpgradeResourceState: unary(({ request }) => ({ upgraded_state: this.#upgrade(request) })),
      Configure: unary((call) => this.#configure(call)),
      ReadResource: unary((call) => this.#read(call)),
      PlanResourceChange: unary((call) => this.#plan(call)),
      ApplyResourceChange: unary(
        (call) => this.#apply(call),
        (diagnostics) => ({ diagnostics, legacy_type_system: this.definition.legacySdk }),
      ),
      ImportResourceState: unary((call) => this.#import(call)),
      ReadDataSource: unary((call) => this.#readData(call)),
      OpenEphemeralResource: unary((call) => this.#open(call)),
      CloseEphemeralResource: unary(ok),
      Stop: unary((call) => this.#stop(call)),
    };
    if (this.definition.protocol === 5) return handlers;
    return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [NAMES_IN_PROTOCOL_6[name] ?? name, handler]));
  }

  /** Ends every create that hangs, so that the server can close. */
  stopAll(): void {
    for (const client of this.#clients.values()) client.stopping.abort();
  }

  #client(call: Call): Client {
    const peer = call.getPeer();
    const known = this.#clients.get(peer);
    if (known) return known;
    const created: Client = { config: {}, stopping: new AbortController() };
    this.#clients.set(peer, created);
    return created;
  }

  #context(call: Call): Context {
    const { config } = this.#client(call);
    const features = block(config, 'features') ?? {};
    return {
      world: this.world,
      ledger: Ledger.of(this.world),
      clusterCaPem: this.settings.clusterCaPem,
      config,
      workingDirectory: () => workingDirectoryOf(call.getPeer()),
      ...(this.settings.programs === undefined ? {} : { programs: this.settings.programs }),
      feature: (name, setting, standard) => {
        const value = block(features, name)?.[setting];
        return typeof value === 'boolean' ? value : standard;
      },
    };
  }

  #configure(call: Call): object {
    const config = objectFromWire(call.request.config) ?? {};
    this.definition.configure(this.world, config);
    // Ports are used again: a new configuration starts a new client, whatever was stopped at this address before.
    this.#clients.set(call.getPeer(), { config, stopping: new AbortController() });
    return {};
  }

  #upgrade(request: ProviderRequest): DynamicValue {
    return toWire(this.#engine.upgrade(request.type_name, objectFromWire(request.raw_state) ?? {}));
  }

  async #read(call: Call): Promise<object> {
    const state = objectFromWire(call.request.current_state);
    return { new_state: toWire(state && (await this.#engine.read(this.#context(call), call.request.type_name, state))) };
  }

  async #plan(call: Call): Promise<object> {
    const { request } = call;
    const { planned, requiresReplace } = await this.#engine.plan(
      this.#context(call),
      request.type_name,
      objectFromWire(request.prior_state),
      objectFromWire(request.proposed_new_state),
      objectFromWire(request.config),
    );
    return { planned_state: toWire(planned), requires_replace: requiresReplace, legacy_type_system: this.definition.legacySdk };
  }

  async #apply(call: Call): Promise<object> {
    const { type_name: type } = call.request;
    const prior = objectFromWire(call.request.prior_state);
    const planned = objectFromWire(call.request.planned_state);
    const config = objectFromWire(call.request.config) ?? {};
    const action = planned === null ? 'delete' : prior === null ? 'create' : 'update';
    const name = nameOf(planned ?? prior ?? {});
    try {
      const state = await this.#change(call, prior, planned, config);
      this.#record({ action, type, name });
      return { new_state: toWire(state), legacy_type_system: this.definition.legacySdk };
    } catch (error) {
      const problem = diagnostic(error);
      this.#record({ action, type, name, error: problem.summary });
      const left = prior && planned ? this.#engine.afterFailedUpdate(type, prior, planned) : prior;
      return { new_state: toWire(left), diagnostics: [problem], legacy_type_system: this.definition.legacySdk };
    }
  }

  async #change(call: Call, prior: ValueObject | null, planned: ValueObject | null, config: ValueObject): Promise<ValueObject | null> {
    const { type_name: type } = call.request;
    const context = this.#context(call);
    if (planned === null) {
      if (prior) await this.#engine.delete(context, type, prior);
      return null;
    }
    if (prior !== null) return this.#engine.update(context, type, prior, planned, config);
    await this.#beforeCreate(call, type, nameOf(planned));
    return this.#engine.create(context, type, planned, config);
  }

  /** Latency and injected faults of a create. */
  async #beforeCreate(call: Call, type: string, name: string): Promise<void> {
    const { terraformCreate, terraformHang } = this.world.faults;
    const { signal } = this.#client(call).stopping;
    if (terraformHang?.test(type)) await untilStopped(call, signal);
    if (terraformCreate && (terraformCreate.match.test(type) || terraformCreate.match.test(`${type} ${name}`)))
      throw new ProviderError(terraformCreate.message);
    await delay(this.settings.createDelayMs, undefined, { signal }).catch(() => {
      throw cancelled();
    });
  }

  #import(call: Call): object {
    const { type_name, id } = call.request;
    this.#record({ action: 'import', type: type_name, name: id });
    return { imported_resources: [{ type_name, state: toWire(this.#engine.import(this.#context(call), type_name, id)) }] };
  }

  #readData(call: Call): object {
    const config = objectFromWire(call.request.config) ?? {};
    this.#record({ action: 'read-data', type: call.request.type_name, name: nameOf(config) });
    return { state: toWire(this.#engine.readDataSource(this.#context(call), call.request.type_name, config)) };
  }

  #open(call: Call): object {
    const config = objectFromWire(call.request.config) ?? {};
    this.#record({ action: 'open-ephemeral', type: call.request.type_name, name: nameOf(config) });
    return { result: toWire(this.#engine.openEphemeral(this.#context(call), call.request.type_name, config)) };
  }

  #stop(call: Call): object {
    this.#client(call).stopping.abort();
    this.#record({ action: 'stop', type: 'provider', name: call.getPeer() });
    return {};
  }

  #record(event: Omit<ProviderEvent, 'at'>): void {
    this.log.push({ at: this.world.clock.now(), ...event });
  }
}

function nameOf(attributes: ValueObject): string {
  return optionalText(attributes, 'name') ?? optionalText(attributes, 'id') ?? '';
}

function cancelled(): ProviderError {
  return new ProviderError('context canceled');
}

/** Waits for Stop or for the client to hang up, then fails as the provider does when its context ends. */
async function untilStopped(call: Call, signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted || call.cancelled) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    call.on('cancelled', () => resolve());
  });
  throw cancelled();
}

function diagnostic(error: unknown): Diagnostic {
  if (error instanceof ProviderError) return { severity: 1, summary: error.message, detail: error.detail };
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { severity: 1, summary: 'the rehearsal of this provider failed', detail: trace };
}
