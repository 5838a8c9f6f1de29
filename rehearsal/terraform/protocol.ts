import { readFileSync } from 'node:fs';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { BlockSchema, ProviderSchemas } from './schema.js';
import type { DynamicValue } from './values.js';

const NESTING = { single: 1, list: 2, set: 3 } as const;

export interface Diagnostic {
  readonly severity: 1 | 2;
  readonly summary: string;
  readonly detail: string;
}

export interface AttributePath {
  readonly steps: readonly { attribute_name?: string; element_key_int?: number }[];
}

/** Every request field any handler reads; protobuf fills absent ones with their zero value. */
export interface ProviderRequest {
  readonly type_name: string;
  readonly id: string;
  readonly config?: DynamicValue;
  readonly prior_state?: DynamicValue;
  readonly planned_state?: DynamicValue;
  readonly proposed_new_state?: DynamicValue;
  readonly current_state?: DynamicValue;
  readonly raw_state?: DynamicValue;
}

/** gRPC service definition of protocol 5, for `Server.addService`. Loaded once. */
export const PROVIDER_SERVICE: ServiceDefinition = loadService();

function loadService(): ServiceDefinition {
  const source = readFileSync(new URL('protocol.proto', import.meta.url), 'utf8');
  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.resolveAll();
  const service = root.lookupService('tfplugin5.Provider');
  return Object.fromEntries(service.methodsArray.map((method) => [method.name, methodDefinition(method)]));
}

function methodDefinition(method: protobuf.Method): MethodDefinition<unknown, unknown> {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (!request || !response) throw new Error(`${method.name} names a message the proto file lacks`);
  const serialize = (type: protobuf.Type) => (value: unknown) => Buffer.from(type.encode(type.fromObject(value as object)).finish());
  const deserialize = (type: protobuf.Type) => (bytes: Buffer) => type.toObject(type.decode(bytes), { longs: Number, defaults: true });
  return {
    path: `/tfplugin5.Provider/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize(request),
    requestDeserialize: deserialize(request),
    responseSerialize: serialize(response),
    responseDeserialize: deserialize(response),
  };
}

/** The answer to GetSchema. */
export function schemaResponse(schemas: ProviderSchemas): unknown {
  const all = (blocks: Readonly<Record<string, BlockSchema>>) =>
    Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, { version: 0, block: wireBlock(block) }]));
  return {
    provider: { version: 0, block: wireBlock(schemas.provider) },
    resource_schemas: all(schemas.resources),
    data_source_schemas: all(schemas.dataSources),
    ephemeral_resource_schemas: all(schemas.ephemeralResources),
  };
}

function wireBlock(block: BlockSchema): unknown {
  return {
    attributes: Object.entries(block.attributes).map(([name, attribute]) => ({
      name,
      type: Buffer.from(JSON.stringify(attribute.type)),
      required: attribute.required ?? false,
      optional: attribute.optional ?? false,
      computed: attribute.computed ?? false,
      sensitive: attribute.sensitive ?? false,
      write_only: attribute.writeOnly ?? false,
    })),
    block_types: Object.entries(block.blocks).map(([name, nested]) => ({
      type_name: name,
      block: wireBlock(nested.block),
      nesting: NESTING[nested.nesting],
      min_items: nested.minItems ?? 0,
      max_items: nested.maxItems ?? 0,
    })),
  };
}
