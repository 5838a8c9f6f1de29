import { createHash } from 'node:crypto';
import { Writer } from 'protobufjs/minimal.js';
import { apiVersionOf, type Kinds, type ResourceType } from '../kinds.js';

/** Go's media type parser refuses the `@v1.0` that clients put into Accept. */
export const OPENAPI_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** `api/v1`, `apis/apps/v1`: what OpenAPI v3 calls a document. */
function documentName(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function documents(kinds: Kinds): Map<string, { type: ResourceType; version: string }[]> {
  const found = new Map<string, { type: ResourceType; version: string }[]>();
  for (const type of kinds.all()) {
    for (const version of type.versions) {
      const name = documentName(type.group, version);
      found.set(name, [...(found.get(name) ?? []), { type, version }]);
    }
  }
  return found;
}

/** The index names a content stamp in each address, because clients cache documents by address. */
export function openapiIndex(kinds: Kinds): Record<string, unknown> {
  const paths = [...documents(kinds)].map(([name, entries]) => {
    const stamp = createHash('sha256')
      .update(JSON.stringify([entries.map(({ type }) => type.kind), kinds.revision]))
      .digest('hex')
      .slice(0, 32);
    return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${stamp.toUpperCase()}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

function parameter(name: string): Record<string, unknown> {
  return { name, in: 'query', schema: { type: 'string', uniqueItems: true } };
}

/**
 * One group's document, undefined when the group is not served. It says which kinds can be patched and that the server
 * checks fields itself (`fieldValidation`): that is all kubectl and helm read before they leave validation to the server.
 */
export function openapiDocument(kinds: Kinds, name: string): Record<string, unknown> | undefined {
  const entries = documents(kinds).get(name);
  if (!entries) return undefined;
  const paths = entries.map(({ type, version }) => {
    const path = `/${name}/${type.namespaced ? 'namespaces/{namespace}/' : ''}${type.plural}/{name}`;
    const gvk = { group: type.group, version, kind: type.kind };
    const patch = {
      operationId: `patch${type.kind}`,
      parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(parameter),
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': gvk,
    };
    return [path, { patch }];
  });
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: apiVersionOf('', 'v1') }, paths: Object.fromEntries(paths) };
}

/** The smallest valid OpenAPI v2 document: asked for only when a kind is in no v3 document, and then it has to be absent here too. */
export function openapiV2(): Buffer {
  const info = Writer.create().uint32(10).string('Kubernetes').uint32(18).string('v1').finish();
  return Buffer.from(Writer.create().uint32(10).string('2.0').uint32(18).bytes(info).uint32(66).bytes(new Uint8Array()).finish());
}
