import { isMapping, isString } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { written } from './documents.js';
import type { PermissionLevel, Permissions } from './types.js';

const SCOPES = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
];

const RANK: Readonly<Record<PermissionLevel, number>> = { none: 0, read: 1, write: 2 };

/** The level of one scope; `metadata` can always be read and the rest is off unless granted. */
export function levelOf(permissions: Permissions, scope: string): PermissionLevel {
  return permissions[scope] ?? (scope === 'metadata' ? 'read' : 'none');
}

/** What a workflow that says nothing gets, by the repository's setting. Never an id-token. */
export function defaultPermissions(setting: 'read' | 'write'): Permissions {
  if (setting === 'read') return { contents: 'read', packages: 'read', metadata: 'read' };
  return { ...shorthand('write'), 'id-token': 'none' };
}

function shorthand(level: 'read' | 'write'): Permissions {
  const all = Object.fromEntries(SCOPES.map((scope) => [scope, level]));
  return { ...all, metadata: 'read', models: 'read', 'id-token': level === 'write' ? 'write' : 'none' };
}

/** A `permissions` key; undefined when there is none. Scopes that are not named are off. */
export function readPermissions(token: TemplateToken | undefined): Permissions | undefined {
  if (token === undefined) return undefined;
  if (isString(token)) return shorthand(token.value === 'write-all' ? 'write' : 'read');
  const named = isMapping(token) ? [...token].map(({ key, value }) => [key.toString(), written(value)]) : [];
  return { metadata: 'read', ...(Object.fromEntries(named) as Permissions) };
}

/** Scopes where `requested` goes beyond `allowed`, as GitHub lists them: requested and allowed side by side. */
export function excess(requested: Permissions, allowed: Permissions): { requested: string; allowed: string } | undefined {
  const beyond = Object.keys(requested).filter((scope) => RANK[levelOf(requested, scope)] > RANK[levelOf(allowed, scope)]);
  if (beyond.length === 0) return undefined;
  const list = (permissions: Permissions): string => beyond.map((scope) => `${scope}: ${levelOf(permissions, scope)}`).join(', ');
  return { requested: list(requested), allowed: list(allowed) };
}

/** What is left of a token for a pull request from a fork: nothing to write, no identity. */
export function readOnly(permissions: Permissions): Permissions {
  const capped = Object.entries(permissions).map(([scope, level]) => [scope, level === 'write' ? 'read' : level]);
  return { ...(Object.fromEntries(capped) as Permissions), 'id-token': 'none' };
}
