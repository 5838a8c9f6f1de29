import { messageOf } from '../errors.js';
import { armErrorText, type Arm, type ArmResponse } from '../tools/arm.js';
import type { Fact } from './check.js';

/** Questions to ARM within one subscription. Nothing here changes anything: GET, and POST only where the vendor reads by POST. */
export interface Azure {
  /** One object. @param path below the subscription, or a whole resource id. */
  get<T>(path: string, apiVersion: string, query?: Readonly<Record<string, string>>): Promise<Fact<T>>;
  /** All pages of a `{ value, nextLink }` collection. */
  list<T>(path: string, apiVersion: string, query?: Readonly<Record<string, string>>): Promise<Fact<readonly T[]>>;
  /** Does ARM know this id? Its 404 is an answer. */
  exists(id: string, apiVersion: string): Promise<Fact<boolean>>;
  /** A question whose subject goes in the body, such as checkNameAvailability. */
  ask<T>(path: string, apiVersion: string, body: object): Promise<Fact<T>>;
}

export function createAzure(arm: Arm, subscriptionId: string): Azure {
  const absolute = (path: string): string =>
    /^(https:|\/subscriptions\/)/.test(path) ? path : `/subscriptions/${subscriptionId}/${path}`.replace(/\/$/, '');
  const send = async (...[method, path, ...rest]: Parameters<Arm>): Promise<Fact<ArmResponse>> => {
    try {
      return { known: await arm(method, absolute(path), ...rest) };
    } catch (error) {
      return { unknown: messageOf(error) };
    }
  };
  const body = <T>(answer: Fact<ArmResponse>): Fact<T> => {
    if ('unknown' in answer) return answer;
    return answer.known.status === 200 ? { known: answer.known.body as T } : { unknown: armErrorText(answer.known) };
  };
  return {
    get: async <T>(path: string, apiVersion: string, query?: Readonly<Record<string, string>>) =>
      body<T>(await send('GET', path, apiVersion, query)),
    list: async <T>(path: string, apiVersion: string, query?: Readonly<Record<string, string>>) => {
      const items: T[] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const page: Fact<{ value?: readonly T[]; nextLink?: string }> = body(
          await send('GET', next, apiVersion, next === path ? query : {}),
        );
        if ('unknown' in page) return page;
        items.push(...(page.known.value ?? []));
        next = page.known.nextLink || undefined;
      }
      return { known: items };
    },
    exists: async (id, apiVersion) => {
      const answer = await send('GET', id, apiVersion);
      if ('unknown' in answer) return answer;
      if (answer.known.status === 404) return { known: false };
      return answer.known.status === 200 ? { known: true } : { unknown: armErrorText(answer.known) };
    },
    ask: async <T>(path: string, apiVersion: string, question: object) => body<T>(await send('POST', path, apiVersion, {}, question)),
  };
}
