import type { ArmResource } from '../../world/resources.js';
import type { World } from '../../world/world.js';
import type { Ledger } from '../ledger.js';
import { isObject, type ValueObject } from '../values.js';

/** An error as azurerm reports it: the whole text is the diagnostic's summary. */
export class ProviderError extends Error {
  constructor(
    message: string,
    readonly detail = '',
  ) {
    super(message);
  }
}

export type Awaitable<T> = T | Promise<T>;

/** Where a binding acts, and on whose settings. */
export interface Context {
  readonly world: World;
  readonly ledger: Ledger;
  /** The provider's `features` block of this client, by block and setting; absent settings have the provider's default. */
  feature(block: string, setting: string, standard: boolean): boolean;
  /** PEM of the authority that signs cluster API certificates, for kubeconfigs. */
  readonly clusterCaPem: string;
  /** The provider's configuration, as its `provider` block says. */
  readonly config: ValueObject;
  /** What reaches clusters; absent where nothing may act on one. */
  readonly programs?: ClusterPrograms;
  /** Directory in which terraform runs: relative paths of a configuration are relative to it. */
  workingDirectory(): Promise<string>;
}

/** Real programs in whose place a provider would use a library of its own: the API server sees the same requests. */
export interface ClusterPrograms {
  /** Absolute paths. */
  readonly helm: string;
  readonly kubectl: string;
  /** Proxy and CA by which they reach the played hosts. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Change {
  readonly context: Context;
  /** Planned attributes; what is not known yet is for the binding to learn. */
  readonly planned: ValueObject;
  /** The configuration: the only place where write-only values are. */
  readonly config: ValueObject;
}

/**
 * What one resource type does to the world. Each method returns the attributes it learnt (`id` always after a create); the engine merges
 * them into the plan or the stored state. They throw ProviderError with Azure's own text when Azure would refuse.
 */
export interface Binding {
  create(change: Change): Awaitable<ValueObject>;
  /** Undefined when the resource is gone. `state` holds at least `id`. */
  read(context: Context, state: ValueObject): Awaitable<ValueObject | undefined>;
  update(change: Change & { readonly prior: ValueObject }): Awaitable<ValueObject>;
  delete(context: Context, state: ValueObject): Awaitable<void>;
  /** What the provider itself adds to a plan. `differs`: the configuration asks for something else than there is, or there is nothing. */
  plan?(change: Change & { readonly prior: ValueObject | null; readonly differs: boolean }): Awaitable<ValueObject>;
  /**
   * The provider's SDK writes the planned values to state even when the update failed (terraform-plugin-sdk issue 476). For what a refresh
   * reads back that passes unnoticed; for what it cannot read, such as a `_wo_version`, the next plan believes the update happened.
   */
  readonly believesFailedUpdate?: true;
}

/** Reads a data source or opens an ephemeral resource. */
export type Reader = (context: Context, config: ValueObject) => ValueObject;

/** The provider never adopts what it did not create: it asks for an import. */
export function alreadyExists(terraformType: string, id: string): ProviderError {
  return new ProviderError(
    `a resource with the ID "${id}" already exists - to be managed via Terraform this resource needs to be imported into the State. Please see the resource documentation for "${terraformType}" for more information`,
  );
}

/** A string attribute; throws when it is anything else, because the schema promises it. */
export function text(attributes: ValueObject, name: string): string {
  const value = attributes[name];
  if (typeof value !== 'string') throw new Error(`attribute "${name}" is not a known string`);
  return value;
}

export function optionalText(attributes: ValueObject, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function texts(attributes: ValueObject, name: string): string[] {
  const value = attributes[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A map of strings, e.g. tags. */
export function textMap(attributes: ValueObject, name: string): Record<string, string> {
  const value = attributes[name];
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** First element of a nested block, if it is there. */
export function block(attributes: ValueObject, name: string): ValueObject | undefined {
  const value = attributes[name];
  const first = Array.isArray(value) ? value[0] : undefined;
  return isObject(first) ? first : undefined;
}

/** The ARM resource a configuration refers to. Throws ARM's 404 when it does not exist. */
export function required(context: Context, id: string): ArmResource {
  const resource = context.world.resources.get(id);
  if (resource) return resource;
  const [, , , group = ''] = id.split('/').slice(1);
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(id)) {
    throw new ProviderError(
      `unexpected status 404 (404 Not Found) with error: ResourceGroupNotFound: Resource group '${group}' could not be found.`,
    );
  }
  const [provider, ...path] = (id.split('/providers/')[1] ?? '').split('/');
  const types = path.filter((_, index) => index % 2 === 0).join('/');
  const names = path.filter((_, index) => index % 2 === 1).join('/');
  throw new ProviderError(
    `unexpected status 404 (404 Not Found) with error: ResourceNotFound: The Resource '${provider}/${types}/${names}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** Parts that come with their owner and are no resources of the world: a storage account's Blob service, a secret of a vault. */
const PART_OF_ITS_OWNER = /\/(blobServices\/default|secrets\/[^/]+)$/i;

/** Like `required`, for ids that may also name a part of a resource, as scopes and the targets of diagnostic settings do. */
export function requiredScope(context: Context, id: string): ArmResource {
  return required(context, id.replace(PART_OF_ITS_OWNER, ''));
}
