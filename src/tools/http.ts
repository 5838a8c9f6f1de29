import { lookup } from 'node:dns/promises';
import { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline';

export interface HttpAnswer {
  readonly status: number;
  /** Header `location`, or ''. */
  readonly location: string;
  readonly body: string;
}

/** One GET, through the runner's proxy if it has one; follows no redirect and tries once. Rejects with an error that has a `code`. */
export type HttpGet = (url: string) => Promise<HttpAnswer>;

/** Addresses of a host name, as this machine resolves it. Rejects with an error that has a `code`. */
export type Resolve = (host: string) => Promise<string[]>;

const TIMEOUT_MS = 15_000;

export function createHttpGet(): HttpGet {
  const pipeline = createPipelineFromOptions({
    userAgentOptions: { userAgentPrefix: 'langsmith-azure' },
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  });
  const client = createDefaultHttpClient();
  return async (url) => {
    const request = createPipelineRequest({ url, method: 'GET', timeout: TIMEOUT_MS, allowInsecureConnection: url.startsWith('http:') });
    const { status, headers, bodyAsText } = await pipeline.sendRequest(client, request);
    return { status, location: headers.get('location') ?? '', body: bodyAsText ?? '' };
  };
}

export const resolveHost: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);
