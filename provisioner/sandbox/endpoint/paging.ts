import { ServiceError } from './service-error';

/** One page of a list, as the list operations answer. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/**
 * Cuts a page out of a list. A token holds the key of the last item that was seen, so that items that are added in
 * between neither repeat nor disappear.
 *
 * @param keyOf unique and stable for each item
 * @throws ServiceError InvalidNextToken for a token that this list never gave
 */
export function page<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  request: { readonly size: number; readonly token?: string | undefined },
): Page<T> {
  const start = request.token === undefined ? 0 : afterToken(all, keyOf, request.token);
  const items = all.slice(start, start + request.size);
  const last = items.at(-1);
  if (last === undefined || start + items.length >= all.length) return { items };
  return { items, nextToken: encode(keyOf(last)) };
}

function afterToken<T>(all: readonly T[], keyOf: (item: T) => string, token: string): number {
  const key = decode(token);
  const index = all.findIndex((item) => keyOf(item) === key);
  if (index === -1) throw new ServiceError('InvalidNextToken', 'The next token is not valid.');
  return index + 1;
}

function encode(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function decode(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
