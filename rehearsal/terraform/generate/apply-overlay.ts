import { blockAt, type AttributeSchema, type BlockSchema, type NestedBlockSchema } from '../schema.js';

/** Facts to lay over one attribute or nested block; `null` takes a flag away. */
export type Patch = { [Flag in keyof (AttributeSchema & NestedBlockSchema)]?: (AttributeSchema & NestedBlockSchema)[Flag] | null };

/** Patches of one resource type by dotted path (`default_node_pool.vm_size`). */
export type Overlay = Readonly<Record<string, Patch>>;

/** Changes `schema` in place. Throws when a path names nothing: an overlay must not outlive what it corrects. */
export function applyOverlay(schema: BlockSchema, overlay: Overlay): void {
  for (const [path, patch] of Object.entries(overlay)) {
    const steps = path.split('.');
    const name = steps.pop() ?? '';
    const parent = blockAt(schema, steps);
    const target = parent.attributes[name] ?? parent.blocks[name];
    if (!target) throw new Error(`the overlay names "${path}", which the schema does not have`);
    for (const [flag, value] of Object.entries(patch)) {
      if (value === null) Reflect.deleteProperty(target, flag);
      else Reflect.set(target, flag, value);
    }
  }
}
