import type { KubeObject } from '../api.js';
import type { Cause } from '../errors.js';
import { kindId, type ResourceType } from '../kinds.js';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;

const ANNOTATIONS_LIMIT = 256 * 1024;

export function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function subdomainCause(field: string, value: string): Cause[] {
  if (value.length > 253)
    return [{ field, reason: 'FieldValueInvalid', message: `Invalid value: "${value}": must be no more than 253 characters` }];
  if (whole(SUBDOMAIN).test(value)) return [];
  const message = `Invalid value: "${value}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
  return [{ field, reason: 'FieldValueInvalid', message }];
}

function labelCause(field: string, value: string, pattern: string): Cause[] {
  if (value.length > 63)
    return [{ field, reason: 'FieldValueInvalid', message: `Invalid value: "${value}": must be no more than 63 characters` }];
  if (whole(pattern).test(value)) return [];
  const message =
    pattern === LABEL
      ? `Invalid value: "${value}": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`
      : `Invalid value: "${value}": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${DNS_1035}')`;
  return [{ field, reason: 'FieldValueInvalid', message }];
}

function nameCauses(type: ResourceType, name: string): Cause[] {
  const field = 'metadata.name';
  if (type.group === 'rbac.authorization.k8s.io') {
    return /^\.{1,2}$|[/%]/.test(name)
      ? [{ field, reason: 'FieldValueInvalid', message: `Invalid value: "${name}": may not contain '/' or '%'` }]
      : [];
  }
  const id = kindId(type.group, type.kind);
  if (id === 'Namespace') return labelCause(field, name, LABEL);
  if (id === 'Service') return labelCause(field, name, DNS_1035);
  return subdomainCause(field, name);
}

function keyCause(field: string, key: string): Cause[] {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (name.length <= 63 && whole(QUALIFIED).test(name) && (prefix === undefined || whole(SUBDOMAIN).test(prefix))) return [];
  const message = `Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;
  return [{ field, reason: 'FieldValueInvalid', message }];
}

/** Labels anywhere in an object: on the object itself, on a pod template, in a selector. */
export function labelCauses(field: string, labels: unknown): Cause[] {
  return Object.entries((labels ?? {}) as Record<string, unknown>).flatMap(([key, value]): Cause[] => {
    const text = String(value);
    if (text.length > 63)
      return [
        ...keyCause(field, key),
        { field, reason: 'FieldValueInvalid', message: `Invalid value: "${text}": must be no more than 63 characters` },
      ];
    if (whole(LABEL_VALUE).test(text)) return keyCause(field, key);
    const message = `Invalid value: "${text}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`;
    return [...keyCause(field, key), { field, reason: 'FieldValueInvalid', message }];
  });
}

/** Name, labels and annotations: the rules every kind shares. */
export function metadataCauses(type: ResourceType, object: KubeObject): Cause[] {
  const { name, labels, annotations } = object.metadata;
  const size = Object.entries(annotations ?? {}).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);
  return [
    ...nameCauses(type, name),
    ...labelCauses('metadata.labels', labels),
    ...Object.keys(annotations ?? {}).flatMap((key) => keyCause('metadata.annotations', key.toLowerCase())),
    ...(size > ANNOTATIONS_LIMIT
      ? [
          {
            field: 'metadata.annotations',
            reason: 'FieldValueTooLong' as const,
            message: `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes`,
          },
        ]
      : []),
  ];
}
