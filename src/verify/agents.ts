import { type KubeObject, ofKind, type Replicated } from '../kubernetes/objects.js';
import { AGENT_SERVICE_ACCOUNT } from '../platform/names.js';
import { identityProblems } from './accounts.js';
import type { VerifyRow } from './rows.js';

/** Kind of the operator's custom resource, one for each agent. */
const AGENT_RESOURCE = 'LGP';
/** What the operator calls the container of the agent itself; its database and cache have others. */
const AGENT_CONTAINER = 'api-server';

/** Made by the operator for an agent: the agent itself, its database, its cache. */
export const isOperators = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ kind }) => kind === AGENT_RESOURCE) === true;

const isAgent = (object: Replicated): boolean => {
  const { serviceAccountName, containers = [] } = object.spec.template.spec ?? {};
  return (isOperators(object) || serviceAccountName === AGENT_SERVICE_ACCOUNT) && containers.some(({ name }) => name === AGENT_CONTAINER);
};

/**
 * Agents that are deployed now. No pass promises any: they come when users deploy them, Insights' own at its first use. How far one has
 * come is told and judged by nobody but its owner; that it can get a token is ours. PURE. @param objects of the release's namespace.
 */
export function agentRows(
  objects: readonly KubeObject[],
  expected: { readonly clientId: string; readonly federated: readonly string[] },
): VerifyRow[] {
  const account = ofKind(objects, 'ServiceAccount').find(({ metadata }) => metadata.name === AGENT_SERVICE_ACCOUNT);
  return ofKind<Replicated>(objects, 'Deployment')
    .filter(isAgent)
    .map(({ metadata: { name }, spec, status }) => {
      const problems = [
        ...(spec.template.spec?.serviceAccountName === AGENT_SERVICE_ACCOUNT ? [] : [`does not run under ${AGENT_SERVICE_ACCOUNT}`]),
        ...(spec.template.metadata?.labels?.['azure.workload.identity/use'] === 'true'
          ? []
          : ['its pods lack the label azure.workload.identity/use: "true"']),
        ...identityProblems(account, AGENT_SERVICE_ACCOUNT, expected),
      ];
      const wanted = spec.replicas ?? 1;
      const ready = status?.readyReplicas ?? 0;
      const isWell = problems.length === 0;
      const detail = isWell ? (ready < wanted ? 'not ready; not promised by this pass' : '') : problems.join('; ');
      const status_ = isWell ? (ready < wanted ? 'unknown' : 'ok') : 'failed';
      return { kind: 'Agent' as const, name, wanted, ready, nodes: [], identity: isWell ? 'complete' : 'wrong', status: status_, detail };
    });
}
