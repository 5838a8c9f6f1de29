import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { messageOf } from '../errors.js';

/** What Blob storage said about one container. */
export type ContainerAnswer =
  { readonly kind: 'allowed' | 'no-account' | 'no-container' } | { readonly kind: 'forbidden' | 'unclear'; readonly message: string };

/** Looks into one container. Never throws for an answer of the service. */
export type ContainerReader = (account: string, container: string) => Promise<ContainerAnswer>;

/** List Blobs of one entry, service version 2025-05-05: the same permission on blobs that the Terraform backend needs to read its state. */
export function createContainerReader(credential: TokenCredential): ContainerReader {
  const pipeline = createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: 'langsmith-azure' } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'https://storage.azure.com/.default' }));
  const client = createDefaultHttpClient();
  return async (account, container) => {
    const url = `https://${account}.blob.core.windows.net/${container}?restype=container&comp=list&maxresults=1`;
    const headers = createHttpHeaders({ 'x-ms-version': '2025-05-05' });
    try {
      const { status, bodyAsText } = await pipeline.sendRequest(client, createPipelineRequest({ url, headers }));
      if (status === 200) return { kind: 'allowed' };
      const code = /<Code>(\w+)<\/Code>/.exec(bodyAsText ?? '')?.[1] ?? '';
      if (status === 404 && code === 'ContainerNotFound') return { kind: 'no-container' };
      return { kind: status === 403 ? 'forbidden' : 'unclear', message: `HTTP ${status} ${code}`.trim() };
    } catch (error) {
      return { kind: 'unclear', message: messageOf(error) };
    }
  };
}
