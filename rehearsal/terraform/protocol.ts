import { readFileSync } from 'node:fs';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { AttributeSchema, BlockSchema, ProviderSchemas } from './schema.js';
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

/** Providers of the older SDK speak 5; those of the plugin framework whose attributes have attributes of their own speak 6. */
export type ProtocolVersion = 5 | 6;

/** gRPC service definitions for `Server.addService`, by protocol. Loaded once. */
export const PROVIDER_SERVICES: Readonly<Record<ProtocolVersion, ServiceDefinition>> = loadServices();

/** What protocol 6 calls the methods of protocol 5 that have another name there. */
export const NAMES_IN_PROTOCOL_6: Readonly<Record<string, string>> = {
  GetSchema: 'GetProviderSchema',
  PrepareProviderConfig: 'ValidateProviderConfig',
  ValidateResourceTypeConfig: 'ValidateResourceConfig',
  ValidateDataSourceConfig: 'ValidateDataResourceConfig',
  Configure: 'ConfigureProvider',
  Stop: 'StopProvider',
};

function loadServices(): Record<ProtocolVersion, ServiceDefinition> {
  const source = readFileSync(new URL('protocol.proto', import.meta.url), 'utf8');
  const { root } = protobuf.parse(source, new protobuf.Root(), { keepCase: true });
  root.resolveAll();
  const load = (version: ProtocolVersion): ServiceDefinition =>
    Object.fromEntries(
      root.lookupService(`Provider${version}`).methodsArray.map((method) => [method.name, methodDefinition(version, method)]),
    );
  return { 5: load(5), 6: load(6) };
}

function methodDefinition(version: ProtocolVersion, method: protobuf.Method): MethodDefinition<unknown, unknown> {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (!request || !response) throw new Error(`${method.name} names a message the proto file lacks`);
  const serialize = (type: protobuf.Type) => (value: unknown) => Buffer.from(type.encode(type.fromObject(value as object)).finish());
  const deserialize = (type: protobuf.Type) => (bytes: Buffer) => type.toObject(type.decode(bytes), { longs: Number, defaults: true });
  return {
    path: `/tfplugin${version}.Provider/${method.name}`,
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
    attributes: Object.entries(block.attributes).map(wireAttribute),
    block_types: Object.entries(block.blocks).map(([name, nested]) => ({
      type_name: name,
      block: wireBlock(nested.block),
      nesting: NESTING[nested.nesting],
      min_items: nested.minItems ?? 0,
      max_items: nested.maxItems ?? 0,
    })),
  };
}

function wireAttribute([name, attribute]: [string, AttributeSchema]): unknown {
  const { nested } = attribute;
  return {
    name,
    ...(nested === undefined
      ? { type: Buffer.from(JSON.stringify(attribute.type)) }
      : { nested_type: { attributes: Object.entries(nested.attributes).map(wireAttribute), nesting: NESTING[nested.nesting] } }),
    required: attribute.required ?? false,
    optional: attribute.optional ?? false,
    computed: attribute.computed ?? false,
    sensitive: attribute.sensitive ?? false,
    write_only: attribute.writeOnly ?? false,
  };
}
