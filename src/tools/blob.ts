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

/** What Blob storage said about one blob; its content may hold what no report may show. */
export type BlobAnswer =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'forbidden' | 'unclear'; readonly message: string };

/** Reads one blob. Never throws for an answer of the service. */
export type BlobReader = (account: string, container: string, name: string) => Promise<BlobAnswer>;

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of an error. */
  readonly code: string;
}

/** Asks Blob storage for one URL below an account, service version 2025-05-05; the message says why there was no answer. */
function createBlobGet(credential: TokenCredential): (account: string, target: string) => Promise<Answer | { readonly message: string }> {
  const pipeline = createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: 'langsmith-azure' } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'https://storage.azure.com/.default' }));
  const client = createDefaultHttpClient();
  return async (account, target) => {
    const url = `https://${account}.blob.core.windows.net/${target}`;
    const headers = createHttpHeaders({ 'x-ms-version': '2025-05-05' });
    try {
      const { status, bodyAsText } = await pipeline.sendRequest(client, createPipelineRequest({ url, headers }));
      const text = bodyAsText ?? '';
      return { status, text, code: status === 200 ? '' : (/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? '') };
    } catch (error) {
      return { message: messageOf(error) };
    }
  };
}

const refusal = ({ status, code }: Answer): { readonly kind: 'forbidden' | 'unclear'; readonly message: string } => ({
  kind: status === 403 ? 'forbidden' : 'unclear',
  message: `HTTP ${status} ${code}`.trim(),
});

/** List Blobs of one entry: the same permission on blobs that the Terraform backend needs to read its state. */
export function createContainerReader(credential: TokenCredential): ContainerReader {
  const get = createBlobGet(credential);
  return async (account, container) => {
    const answer = await get(account, `${container}?restype=container&comp=list&maxresults=1`);
    if ('message' in answer) return { kind: 'unclear', message: answer.message };
    if (answer.status === 200) return { kind: 'allowed' };
    return answer.status === 404 && answer.code === 'ContainerNotFound' ? { kind: 'no-container' } : refusal(answer);
  };
}

/** Get Blob. */
export function createBlobReader(credential: TokenCredential): BlobReader {
  const get = createBlobGet(credential);
  return async (account, container, name) => {
    const answer = await get(account, `${container}/${name.split('/').map(encodeURIComponent).join('/')}`);
    if ('message' in answer) return { kind: 'unclear', message: answer.message };
    if (answer.status === 200) return { kind: 'found', text: answer.text };
    return answer.status === 404 ? { kind: 'none' } : refusal(answer);
  };
}
