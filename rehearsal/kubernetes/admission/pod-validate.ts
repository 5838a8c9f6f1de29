import type { Cause } from '../errors.js';
import { parseQuantity } from '../quantity.js';
import { whole } from './metadata.js';
import { child, children, type Tree } from './tree.js';

const NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

function cause(field: string, message: string, reason: Cause['reason'] = 'FieldValueInvalid'): Cause {
  return { field, reason, message };
}

function resourceCauses(resources: Tree | undefined, field: string): Cause[] {
  const limits = child(resources, 'limits') ?? {};
  const requests = child(resources, 'requests') ?? {};
  return Object.entries(requests).flatMap(([resource, asked]) => {
    const limit = limits[resource];
    const [low, high] = [parseQuantity(asked), parseQuantity(limit)];
    if (low === undefined || high === undefined || low <= high) return [];
    return [
      cause(
        `${field}.requests`,
        `Invalid value: ${JSON.stringify(asked)}: must be less than or equal to ${resource} limit of ${String(limit)}`,
      ),
    ];
  });
}

function probeCauses(probe: Tree | undefined, field: string): Cause[] {
  if (!probe) return [];
  const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => probe[handler] !== undefined);
  if (handlers.length === 0) return [cause(field, 'Required value: must specify a handler type', 'FieldValueRequired')];
  return handlers.length > 1
    ? [cause(`${field}.${handlers[1]}`, 'Forbidden: may not specify more than 1 handler type', 'FieldValueForbidden')]
    : [];
}

function environmentCauses(container: Tree, field: string): Cause[] {
  return children(container, 'env').flatMap((variable, index) => {
    const at = `${field}.env[${index}]`;
    if (!variable['name']) return [cause(`${at}.name`, 'Required value', 'FieldValueRequired')];
    if (variable['value'] && variable['valueFrom'])
      return [cause(`${at}.valueFrom`, 'Invalid value: "": may not be specified when `value` is not empty')];
    return [];
  });
}

function containerCauses(container: Tree, field: string, volumes: ReadonlySet<unknown>): Cause[] {
  const name = container['name'];
  const paths = new Set<unknown>();
  return [
    ...(typeof name === 'string' && name !== ''
      ? whole(NAME).test(name) && name.length <= 63
        ? []
        : [
            cause(
              `${field}.name`,
              `Invalid value: "${name}": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${NAME}')`,
            ),
          ]
      : [cause(`${field}.name`, 'Required value', 'FieldValueRequired')]),
    ...(container['image'] ? [] : [cause(`${field}.image`, 'Required value', 'FieldValueRequired')]),
    ...children(container, 'ports').flatMap((port, index) =>
      Number(port['containerPort']) > 0 ? [] : [cause(`${field}.ports[${index}].containerPort`, 'Required value', 'FieldValueRequired')],
    ),
    ...environmentCauses(container, field),
    ...children(container, 'volumeMounts').flatMap((mount, index) => {
      const at = `${field}.volumeMounts[${index}]`;
      const twice = paths.has(mount['mountPath']);
      paths.add(mount['mountPath']);
      return [
        ...(volumes.has(mount['name']) ? [] : [cause(`${at}.name`, `Not found: ${JSON.stringify(mount['name'] ?? '')}`)]),
        ...(twice ? [cause(`${at}.mountPath`, `Invalid value: ${JSON.stringify(mount['mountPath'])}: must be unique`)] : []),
      ];
    }),
    ...resourceCauses(child(container, 'resources'), `${field}.resources`),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => probeCauses(child(container, probe), `${field}.${probe}`)),
  ];
}

/**
 * What is wrong with a pod spec; `field` is where it sits, e.g. `spec.template.spec`.
 * @param claims names a StatefulSet's volumeClaimTemplates add to the pod's own volumes.
 */
export function podSpecCauses(spec: Tree, field: string, claims: readonly unknown[] = []): Cause[] {
  const volumes = children(spec, 'volumes');
  const known = new Set([...volumes.map((volume) => volume['name']), ...claims]);
  const containers = children(spec, 'containers');
  const all = [
    ...children(spec, 'initContainers').map((container, index) => ({ container, at: `${field}.initContainers[${index}]` })),
    ...containers.map((container, index) => ({ container, at: `${field}.containers[${index}]` })),
  ];
  const names = all.map(({ container }) => container['name']);
  return [
    ...volumes.flatMap((volume, index) => {
      const first = volumes.findIndex((other) => other['name'] === volume['name']);
      return first === index ? [] : [cause(`${field}.volumes[${index}].name`, `Duplicate value: ${JSON.stringify(volume['name'])}`)];
    }),
    ...(containers.length === 0 ? [cause(`${field}.containers`, 'Required value', 'FieldValueRequired')] : []),
    ...all.flatMap(({ container, at }, index) => [
      ...containerCauses(container, at, known),
      ...(names.indexOf(container['name']) === index ? [] : [cause(`${at}.name`, `Duplicate value: ${JSON.stringify(container['name'])}`)]),
    ]),
  ];
}
