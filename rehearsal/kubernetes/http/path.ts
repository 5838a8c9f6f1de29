/** Where a request points, as the API server reads its path. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** `/api/v1/namespaces/a/pods/b/log`, `/apis/apps/v1/deployments`; undefined for every other path. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const words = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const core = words[0] === 'api';
  if (!core && words[0] !== 'apis') return undefined;
  const [group, version, rest] = core ? ['', words[1], words.slice(2)] : [words[1], words[2], words.slice(3)];
  if (group === undefined || version === undefined || rest.length === 0) return undefined;
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && !(core && ['status', 'finalize'].includes(rest[2] ?? ''));
  const [resource, name, subresource] = scoped ? rest.slice(2) : rest;
  if (resource === undefined) return undefined;
  return { group, version, resource, namespace: scoped ? rest[1] : undefined, name, subresource };
}
