import { at } from '../admission/tree.js';
import type { KubeObject } from '../api.js';
import { badRequest } from '../errors.js';

export type Matches = (object: KubeObject) => boolean;

const TERM = /^(?:(!)\s*([^\s,=!()]+)|([^\s,=!()]+)\s+(in|notin)\s+\(([^)]*)\)|([^\s,=!()]+)\s*(?:(==|=|!=)\s*([^\s,=!()]*))?)$/;

/** Splits at commas that are not inside parentheses. */
function terms(selector: string): string[] {
  return (selector.match(/(?:\([^)]*\)|[^,])+/g) ?? []).map((term) => term.trim()).filter(Boolean);
}

/**
 * A label selector: `app=web,tier!=db,env in (a,b),!canary`.
 * @throws ApiError 400 when it cannot be parsed
 */
export function labelSelector(selector: string | null): Matches {
  const tests = terms(selector ?? '').map((term) => labelTest(term));
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

function labelTest(term: string): (labels: Record<string, string>) => boolean {
  const match = TERM.exec(term);
  if (!match) throw badRequest(`unable to parse requirement: found '${term}', expected: ',' or 'end of string'`);
  const [, not, absent, setKey, setOperator, setValues, key = '', operator, value] = match;
  if (not && absent) return (labels) => labels[absent] === undefined;
  if (setKey) {
    const values = (setValues ?? '').split(',').map((text) => text.trim());
    return setOperator === 'in'
      ? (labels) => values.includes(labels[setKey] ?? '\0')
      : (labels) => !values.includes(labels[setKey] ?? '\0');
  }
  if (operator === undefined) return (labels) => labels[key] !== undefined;
  return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}

/** Fields that may be selected besides name and namespace, by kind. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  Job: ['status.successful'],
  ReplicaSet: ['status.replicas'],
};

/**
 * A field selector: `metadata.name=web,status.phase!=Running`.
 * @throws ApiError 400 for fields the API server does not select by
 */
export function fieldSelector(selector: string | null, kind: string): Matches {
  const tests = terms(selector ?? '').map((term) => {
    const match = /^([^=!]+)(!=|==|=)(.*)$/.exec(term);
    if (!match) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    const [, field = '', operator, value] = match;
    if (!['metadata.name', 'metadata.namespace', ...(SELECTABLE[kind] ?? [])].includes(field))
      throw badRequest(`field label not supported: ${field}`);
    return (object: KubeObject) => {
      const found = at(object, field) ?? '';
      const text = typeof found === 'object' ? JSON.stringify(found) : String(found);
      return (text === value) === (operator !== '!=');
    };
  });
  return (object) => tests.every((test) => test(object));
}

/** Both selectors of a request's query. */
export function selectorOf(query: URLSearchParams, kind: string): Matches {
  const byLabel = labelSelector(query.get('labelSelector'));
  const byField = fieldSelector(query.get('fieldSelector'), kind);
  return (object) => byLabel(object) && byField(object);
}
