import { optionalText, ProviderError, text, type Binding, type Context, type Reader } from '../bindings/binding.js';
import type { World } from '../../world/world.js';
import type { AttributePath, Diagnostic, ProtocolVersion } from '../protocol.js';
import type { BlockSchema, ProviderSchemas } from '../schema.js';
import { equal, type ValueObject } from '../values.js';
import { changes, planChange } from './plan.js';
import { merge, refresh, settle } from './state.js';
import { validateConfig, type Constraints } from './validate.js';

/** ARM deletes nothing that a lock covers, be it on the resource, above it or on something it contains. */
function refuseLocked({ world }: Context, type: string, id: string): void {
  const covers = (outer: string, inner: string): boolean => `${inner}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());
  const locked = world.resources
    .list('Microsoft.Authorization/locks')
    .map((lock) => lock.id.split('/providers/Microsoft.Authorization/locks/')[0] ?? '')
    .filter((scope) => covers(scope, id) || covers(id, scope));
  if (locked.length === 0 || type === 'azurerm_management_lock' || !id.startsWith('/subscriptions/')) return;
  throw new ProviderError(
    `deleting ${type} (${id}): unexpected status 409 (409 Conflict) with error: ScopeLocked: The scope '${id}' cannot perform delete operation because following scope(s) are locked: '${locked.join("','")}'. Please remove the lock and try again.`,
  );
}

/** Everything a provider is: its schemas and what its types do. */
export interface ProviderDefinition {
  /** `registry.terraform.io/hashicorp/azurerm`. */
  readonly source: string;
  readonly protocol: ProtocolVersion;
  /** Built on the older SDK, whose plans core forgives what it holds against others. */
  readonly legacySdk: boolean;
  /** What is read back of a resource that is imported or named by a data source is what Terraform last knew of it: see Ledger. */
  readonly usesLedger: boolean;
  /** Refuses a configuration of the provider. */
  readonly configure: (world: World, config: ValueObject) => void;
  readonly schemas: ProviderSchemas;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly dataSources: Readonly<Record<string, Reader>>;
  readonly ephemeralResources: Readonly<Record<string, Reader>>;
  readonly constraints: Readonly<Record<string, Constraints>>;
}

export interface PlanResult {
  readonly planned: ValueObject | null;
  readonly requiresReplace: AttributePath[];
}

/** Terraform's resource lifecycle over schemas and bindings; knows nothing of gRPC. */
export class Engine {
  constructor(private readonly definition: ProviderDefinition) {}

  validate(type: string, config: ValueObject): Diagnostic[] {
    return validateConfig(this.#resource(type), this.definition.constraints[type] ?? {}, config);
  }

  async plan(
    context: Context,
    type: string,
    prior: ValueObject | null,
    proposed: ValueObject | null,
    config: ValueObject | null,
  ): Promise<PlanResult> {
    if (!proposed || !config) return { planned: null, requiresReplace: [] };
    const schema = this.#resource(type);
    const { planned: asked, requiresReplace } = planChange(schema, prior, config);
    const differs = prior === null || changes(schema, prior, asked);
    const planned = (await this.definition.bindings[type]?.plan?.({ context, prior, planned: asked, config, differs })) ?? asked;
    // Handing back the very prior state is what makes an empty plan, however the sets were ordered.
    return prior && !changes(schema, prior, planned) ? { planned: prior, requiresReplace: [] } : { planned, requiresReplace };
  }

  async create(context: Context, type: string, planned: ValueObject, config: ValueObject): Promise<ValueObject> {
    return this.#applied(context, type, planned, await this.#binding(type).create({ context, planned, config }));
  }

  async update(context: Context, type: string, prior: ValueObject, planned: ValueObject, config: ValueObject): Promise<ValueObject> {
    return this.#applied(context, type, planned, await this.#binding(type).update({ context, prior, planned, config }));
  }

  async delete(context: Context, type: string, state: ValueObject): Promise<void> {
    refuseLocked(context, type, optionalText(state, 'id') ?? '');
    await this.#binding(type).delete(context, state);
    if (this.definition.usesLedger) context.ledger.forget(text(state, 'id'));
  }

  /** What state holds after an update failed: see {@link Binding.believesFailedUpdate}. */
  afterFailedUpdate(type: string, prior: ValueObject, planned: ValueObject): ValueObject {
    return this.#binding(type).believesFailedUpdate ? settle(this.#resource(type), planned) : prior;
  }

  /** Null when the resource is gone. */
  async read(context: Context, type: string, state: ValueObject): Promise<ValueObject | null> {
    const read = await this.#binding(type).read(context, state);
    if (!read) return null;
    const schema = this.#resource(type);
    const refreshed = settle(schema, refresh(state, read));
    return equal(refreshed, state) ? state : refreshed;
  }

  /** State of an existing resource, from its id alone: what Terraform last recorded, then what the world says. */
  import(context: Context, type: string, id: string): ValueObject {
    if (!this.definition.usesLedger) throw new ProviderError(`the rehearsal does not model the import of ${type} ${id}`);
    return settle(this.#resource(type), { ...context.ledger.lookUp(id), id });
  }

  /** Brings stored JSON into the present shape: names the schema lost are dropped, new ones are null. */
  upgrade(type: string, stored: ValueObject): ValueObject {
    return settle(this.#resource(type), stored);
  }

  readDataSource(context: Context, type: string, config: ValueObject): ValueObject {
    const [schema, reader] = [this.definition.schemas.dataSources[type], this.definition.dataSources[type]];
    if (!schema || !reader) throw new ProviderError(`the rehearsal has no data source ${type}`);
    return settle(schema, merge(config, reader(context, config)));
  }

  openEphemeral(context: Context, type: string, config: ValueObject): ValueObject {
    const [schema, reader] = [this.definition.schemas.ephemeralResources[type], this.definition.ephemeralResources[type]];
    if (!schema || !reader) throw new ProviderError(`the rehearsal has no ephemeral resource ${type}`);
    return settle(schema, merge(config, reader(context, config)));
  }

  #applied(context: Context, type: string, planned: ValueObject, learnt: ValueObject): ValueObject {
    const state = settle(this.#resource(type), merge(planned, learnt));
    if (this.definition.usesLedger) context.ledger.record(text(state, 'id'), state);
    return state;
  }

  #resource(type: string): BlockSchema {
    const schema = this.definition.schemas.resources[type];
    if (!schema) throw new ProviderError(`the rehearsal has no schema for ${type}`);
    return schema;
  }

  #binding(type: string): Binding {
    const binding = this.definition.bindings[type];
    if (!binding)
      throw new ProviderError(
        `the rehearsal cannot act on ${type}: it has a schema but no binding`,
        'It can be planned. To apply it, add a binding in rehearsal/terraform/bindings.',
      );
    return binding;
  }
}
