import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessTokenClaims } from '../world/directory.js';

/** A request after its token, its api-version and its subscription were found good. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path without a trailing slash. */
  readonly path: string;
  readonly caller: AccessTokenClaims;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Call, captured: readonly string[]) => void | Promise<void>;
}

/** Throws ARM's 403 unless one of the caller's roles allows the action at the scope. */
export type Authorize = (call: Call, action: string, scope: string) => void;

export function route(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: new RegExp(`^${path}$`, 'i'), answer };
}

/** `/subscriptions/<id>` of a path. */
export const subscriptionOf = ({ path }: Call): string => path.split('/').slice(0, 3).join('/');
