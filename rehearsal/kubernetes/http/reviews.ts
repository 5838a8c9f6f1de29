import { at, type Tree } from '../admission/tree.js';
import type { ClusterUser } from '../api.js';
import type { Exchange } from './exchange.js';

/** May this user do that? `resource` is `group/plural` or `plural` of the core group, with `/subresource` behind. */
export type Authorize = (user: ClusterUser, verb: string, resource: string, namespace: string | undefined) => boolean;

/** How {@link Authorize} is told of a resource. */
export function authorizedName(group: string, resource: string, subresource: string | undefined): string {
  return `${group === '' ? '' : `${group}/`}${resource}${subresource ? `/${subresource}` : ''}`;
}

function userInfo(user: ClusterUser): Tree {
  return { username: user.name, groups: [...user.groups] };
}

function accessStatus(user: ClusterUser, spec: Tree, authorize: Authorize): Tree {
  const attributes = at(spec, 'resourceAttributes') as Tree | undefined;
  // Paths that are no resources (/version, /readyz) are open to everyone who is known.
  if (!attributes) return { allowed: true };
  const text = (field: string) => String((attributes[field] as string | undefined) ?? '');
  const resource = authorizedName(text('group'), text('resource'), text('subresource') || undefined);
  const allowed = authorize(user, text('verb'), resource, text('namespace') || undefined);
  return allowed
    ? { allowed }
    : { allowed, reason: 'User does not have access to the resource in Azure. Update role assignment to allow access.' };
}

function rulesStatus(user: ClusterUser, spec: Tree, authorize: Authorize): Tree {
  const everything = authorize(user, '*', '*', (spec['namespace'] as string | undefined) ?? undefined);
  return {
    resourceRules: everything ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
    nonResourceRules: everything ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [],
    incomplete: false,
  };
}

/** Answers a review the caller posts about itself. */
export function review(exchange: Exchange, kind: string, authorize: Authorize): void {
  const body = exchange.object();
  const spec = (body['spec'] ?? {}) as Tree;
  const { user } = exchange;
  const status =
    kind === 'SelfSubjectReview'
      ? { userInfo: userInfo(user) }
      : kind === 'SelfSubjectAccessReview'
        ? accessStatus(user, spec, authorize)
        : rulesStatus(user, spec, authorize);
  exchange.send(201, { ...body, metadata: { creationTimestamp: null }, status });
}
