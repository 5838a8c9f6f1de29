import type { ClusterStore } from '../api.js';

interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  verbs?: string[];
}

interface Binding {
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

export interface WantedAccess {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
}

/** Why a ServiceAccount may not do something in its own namespace, in the API server's words; undefined when a Role or ClusterRole lets it. */
export function accountRefusal(store: ClusterStore, namespace: string, account: string, wanted: WantedAccess): string | undefined {
  const bindings = [
    ...store.list('rbac.authorization.k8s.io/RoleBinding', namespace),
    ...store.list('rbac.authorization.k8s.io/ClusterRoleBinding'),
  ];
  const allowed = bindings.some((binding) => {
    const { roleRef, subjects = [] } = binding as unknown as Binding;
    const bound = subjects.some(
      (subject) => subject.kind === 'ServiceAccount' && subject.name === account && (subject.namespace ?? namespace) === namespace,
    );
    if (!bound || !roleRef) return false;
    const home = roleRef.kind === 'Role' ? binding.metadata.namespace : undefined;
    const role = store.get(`rbac.authorization.k8s.io/${roleRef.kind}`, home, roleRef.name);
    return ((role?.['rules'] ?? []) as PolicyRule[]).some((rule) => covers(rule, wanted));
  });
  if (allowed) return undefined;
  const { verb, group, resource, name } = wanted;
  return `${resource}${group ? `.${group}` : ''} "${name}" is forbidden: User "system:serviceaccount:${namespace}:${account}" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`;
}

function covers(rule: PolicyRule, { verb, group, resource, name }: WantedAccess): boolean {
  const has = (list: readonly string[] | undefined, word: string): boolean =>
    list?.some((entry) => entry === '*' || entry === word) === true;
  const named = !rule.resourceNames?.length || (verb !== 'create' && rule.resourceNames.includes(name));
  return has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, resource) && named;
}
