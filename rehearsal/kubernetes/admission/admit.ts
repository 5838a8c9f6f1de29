import type { KubeObject } from '../api.js';
import { invalid, type Cause } from '../errors.js';
import { kindId, type ResourceType } from '../kinds.js';
import type { Allocator } from './allocator.js';
import { customCauses, defaultCustom } from './custom.js';
import { applyDefaults } from './defaults.js';
import { immutableCauses } from './immutable.js';
import { metadataCauses } from './metadata.js';
import { withoutNulls } from './tree.js';
import { objectCauses } from './validate.js';

/**
 * What happens to an object between decoding and storage: nulls go, defaults come, rules are checked.
 * @param current the object being replaced; undefined on create
 * @throws ApiError 422 Invalid naming every field that is wrong
 */
export function admit(type: ResourceType, draft: KubeObject, current: KubeObject | undefined, allocator: Allocator): KubeObject {
  const object = type.custom ? draft : withoutNulls(draft);
  if (type.custom) defaultCustom(type, object);
  else applyDefaults(type, object, current, allocator);
  const id = kindId(type.group, type.kind);
  const own = type.custom
    ? customCauses(type, object)
    : [...objectCauses(id, object), ...(current ? immutableCauses(id, object, current) : [])];
  const causes: Cause[] = [...metadataCauses(type, object), ...own];
  if (causes.length > 0) throw invalid(type, object.metadata.name, causes);
  return object;
}
