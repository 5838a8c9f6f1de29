import { ApiError } from './api.js';
import type { ResourceType } from './kinds.js';

/** One field the object got wrong; `field` is a path as Kubernetes prints it, e.g. `spec.selector`. */
export interface Cause {
  readonly field: string;
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden' | 'FieldValueTooLong';
  readonly message: string;
}

type Named = Pick<ResourceType, 'group' | 'plural' | 'kind'>;

function resourceName(type: Named): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

function details(type: Named, name: string, kind = type.plural): Record<string, unknown> {
  return { name, ...(type.group === '' ? {} : { group: type.group }), kind };
}

export function notFound(type: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${resourceName(type)} "${name}" not found`, details(type, name));
}

export function alreadyExists(type: Named, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${resourceName(type)} "${name}" already exists`, details(type, name));
}

export function conflict(
  type: Named,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${resourceName(type)} "${name}": ${why}`, details(type, name));
}

export function forbidden(type: Named, name: string, why: string): ApiError {
  return new ApiError(403, 'Forbidden', `${resourceName(type)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, details(type, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 422 with its causes, worded as the real API server words one or several. */
export function invalid(type: Named, name: string, causes: readonly Cause[]): ApiError {
  const shown = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  const text = shown.length === 1 ? shown[0] : `[${shown.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`, { ...details(type, name, type.kind), causes });
}

/** The `Status` object a client gets for an error. */
export function statusOf(error: ApiError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(error.details ? { details: error.details } : {}),
    code: error.code,
  };
}
