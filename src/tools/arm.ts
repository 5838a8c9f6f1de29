import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';

const ENDPOINT = 'https://management.azure.com';

export interface ArmResponse {
  readonly status: number;
  /** Parsed JSON; undefined when the body is empty, its text when it is something else, such as the page of a proxy. */
  readonly body: unknown;
}

/** Azure Resource Manager, for the few calls Terraform does not make for us. Resolves for any HTTP status. */
export type Arm = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  apiVersion: string,
  query?: Readonly<Record<string, string>>,
  body?: object,
) => Promise<ArmResponse>;

/** Retries, throttling and proxies are the pipeline's business (@azure/core-rest-pipeline defaults). */
export function createArm(credential: TokenCredential): Arm {
  const pipeline = createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: 'langsmith-azure' } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: `${ENDPOINT}/.default` }));
  const client = createDefaultHttpClient();
  return async (method, path, apiVersion, query = {}, body) => {
    const url = new URL(path, ENDPOINT);
    // The link to a next page is a whole address; our token goes to nobody else.
    if (url.origin !== ENDPOINT) throw new Error(`${url.origin} is not Azure Resource Manager`);
    for (const [name, value] of Object.entries({ ...query, 'api-version': apiVersion })) url.searchParams.set(name, value);
    const response = await pipeline.sendRequest(
      client,
      createPipelineRequest({
        url: url.href,
        method,
        headers: createHttpHeaders({ accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = response.bodyAsText ?? '';
    return { status: response.status, body: parseBody(text) };
  };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** `code: message` of an ARM error body. */
export function armErrorText(response: ArmResponse): string {
  const error = (response.body as { error?: { code?: string; message?: string } } | undefined)?.error;
  return error === undefined ? `HTTP ${response.status}` : `HTTP ${response.status} ${error.code ?? ''}: ${error.message ?? ''}`;
}
