import type { IncomingHttpHeaders } from 'node:http';
import type { Access } from '../../access/access.ts';
import type { Place } from '../../access/development.ts';
import { Forbidden, Unauthenticated } from '../../access/principal.ts';
import type { Session } from '../../access/session-watch.ts';
import { CLOSE } from './close-codes.ts';

/** What a socket was opened with, as far as it says who opened it. */
export type Opening = { readonly named: Readonly<Record<string, unknown>>; readonly place: Place };

export function openingOf(headers: IncomingHttpHeaders): Opening {
  return { named: namedIn(headers), place: { host: headers.host, origin: headers.origin } };
}

/**
 * Finds out who opens a socket, by the payload of connection_init or by the headers that it was opened with. Answers how the socket is to be
 * closed when that is nobody, or cannot be known.
 */
export async function authenticateSocket(
  access: Access,
  { named, place }: Opening,
  payload: Readonly<Record<string, unknown>> | null | undefined,
): Promise<Session | { readonly code: number; readonly reason: string }> {
  try {
    const all = { ...named, ...namedIn(payload ?? {}) };
    return access.open(await access.recognise({ named: all, place, requestId: null }));
  } catch (error) {
    if (error instanceof Unauthenticated || error instanceof Forbidden)
      return { code: CLOSE.forbidden, reason: error.code };
    return { code: CLOSE.tryAgainLater, reason: 'UNAVAILABLE' };
  }
}

const NAMES = ['authorization', 'x-api-key', 'x-tenant'];

/** A browser can send no header with a socket, a program can send both: then what it says last holds, under the same name. */
function namedIn(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).flatMap(([name, value]) => {
      const lower = name.toLowerCase();
      return NAMES.includes(lower) ? [[lower, value]] : [];
    }),
  );
}
