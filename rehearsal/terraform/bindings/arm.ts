import type { ArmResource } from '../../world/resources.js';
import type { Value, ValueObject } from '../values.js';
import { alreadyExists, optionalText, required, text, textMap, type Binding, type Change, type Context } from './binding.js';

/** How one Terraform type appears in ARM. All functions see planned attributes. */
export interface ArmType {
  /** e.g. `azurerm_subnet`, for messages. */
  readonly terraformType: string;
  /** e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string;
  id(attributes: ValueObject, context: Context): string;
  /** Ids that must exist first; the owner by default is all of `id` up to its last two segments. */
  readonly parent?: (attributes: ValueObject, context: Context) => string;
  /** Where more than the ARM object must be there, e.g. the vault behind it: what a scene takes away there is gone. */
  readonly exists?: (id: string, context: Context) => boolean;
  /** Attributes only Azure knows, learnt at creation. Runs before the resource is stored and may refuse. */
  readonly learn?: (attributes: ValueObject, id: string, context: Context, config: ValueObject) => ValueObject;
  /** The ARM property bag, from the complete attributes. */
  readonly properties?: (attributes: ValueObject) => Record<string, unknown>;
  /** Attributes read back from the property bag: drift made in the world shows through these. */
  readonly drift?: (properties: Record<string, unknown>, state: ValueObject, context: Context) => ValueObject;
  readonly onUpdate?: (change: Change & { readonly prior: ValueObject }) => ValueObject;
  readonly onDelete?: (state: ValueObject, context: Context) => void;
}

/** `/subscriptions/<id>/resourceGroups/<name>`. */
export function groupId(context: Context, group: string): string {
  return `/subscriptions/${context.world.options.subscriptionId}/resourceGroups/${group}`;
}

/** Id of a resource that sits directly in its resource group. */
export function inGroup(type: string): (attributes: ValueObject, context: Context) => string {
  return (attributes, context) =>
    `${groupId(context, text(attributes, 'resource_group_name'))}/providers/${type}/${text(attributes, 'name')}`;
}

/** Id of a child resource whose owner's id is in `attribute`. */
export function under(attribute: string, segment: string): (attributes: ValueObject) => string {
  return (attributes) => `${text(attributes, attribute)}/${segment}/${text(attributes, 'name')}`;
}

/** A binding for a resource that is a plain ARM object. */
export function armBinding(arm: ArmType): Binding {
  return {
    create({ context, planned, config }) {
      const id = arm.id(planned, context);
      required(context, arm.parent ? arm.parent(planned, context) : ownerOf(id));
      if (existing(arm, id, context)) throw alreadyExists(arm.terraformType, id);
      const learnt: ValueObject = { ...arm.learn?.(planned, id, context, config), id };
      store(arm, id, { ...planned, ...learnt }, context);
      return learnt;
    },
    read(context, state) {
      const resource = existing(arm, text(state, 'id'), context);
      if (!resource) return undefined;
      const read: ValueObject = { name: resource.name, ...arm.drift?.(resource.properties, state, context) };
      if (resource.location !== undefined) read.location = resource.location;
      if (resource.tags !== undefined) read.tags = resource.tags;
      const group = /\/resourceGroups\/([^/]+)\/providers\//i.exec(resource.id)?.[1];
      if (group !== undefined && state.resource_group_name === null) read.resource_group_name = group;
      return read;
    },
    update(change) {
      const id = text(change.prior, 'id');
      const learnt = arm.onUpdate?.(change) ?? {};
      store(arm, id, { ...change.planned, ...learnt }, change.context);
      return learnt;
    },
    delete(context, state) {
      arm.onDelete?.(state, context);
      context.world.resources.delete(text(state, 'id'));
    },
  };
}

function ownerOf(id: string): string {
  const segments = id.split('/');
  const typeSegments = segments.indexOf('providers') + 2;
  // A top-level resource belongs to its resource group, a child to the resource above it.
  return segments.length - typeSegments <= 2 ? segments.slice(0, segments.indexOf('providers')).join('/') : segments.slice(0, -2).join('/');
}

function existing(arm: ArmType, id: string, context: Context): ArmResource | undefined {
  const resource = context.world.resources.get(id);
  return resource && (arm.exists?.(id, context) ?? true) ? resource : undefined;
}

function store(arm: ArmType, id: string, attributes: ValueObject, context: Context): void {
  const location = optionalText(attributes, 'location');
  const tagged = 'tags' in attributes;
  context.world.resources.put({
    id,
    type: arm.type,
    name: optionalText(attributes, 'name') ?? id.split('/').at(-1) ?? id,
    ...(location === undefined ? {} : { location }),
    ...(tagged ? { tags: textMap(attributes, 'tags') } : {}),
    properties: { provisioningState: 'Succeeded', ...arm.properties?.(attributes) },
  });
}

/** Drift of attributes that the property bag holds under other names: `{ subject: 'subject', address_space: 'addressPrefixes' }`. */
export function mirrored(names: Readonly<Record<string, string>>): Required<Pick<ArmType, 'properties' | 'drift'>> {
  return {
    properties: (attributes) =>
      Object.fromEntries(Object.entries(names).map(([attribute, property]) => [property, attributes[attribute] ?? null])),
    drift: (properties) =>
      Object.fromEntries(
        Object.entries(names).flatMap(([attribute, property]) =>
          property in properties ? [[attribute, properties[property] as Value]] : [],
        ),
      ),
  };
}
