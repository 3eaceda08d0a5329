import { looksLikeApiKey } from './api-key.ts';
import { Unauthenticated } from './principal.ts';

/** What somebody shows to prove who he is. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'key'; readonly text: string };

const NO_CREDENTIAL: Credential = { kind: 'none' };
const LONGEST = 8_192;

/**
 * Reads `authorization: Bearer <token or API key>` and `x-api-key: <API key>`, in headers and in the payload of connection_init alike. Throws
 * Unauthenticated for anything else under these names, and for two credentials at once: which one counts is nobody's to guess.
 */
export function credentialIn(named: Readonly<Record<string, unknown>>): Credential {
  const found = Object.entries(named).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (value === undefined || (lower !== 'authorization' && lower !== 'x-api-key')) return [];
    return [lower === 'authorization' ? bearer(textOf(value)) : keyOf(textOf(value))];
  });
  if (found.length > 1) throw new Unauthenticated('more than one credential');
  return found[0] ?? NO_CREDENTIAL;
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && value.length <= LONGEST) return value;
  throw new Unauthenticated('the credential is no text of a sensible length');
}

function bearer(text: string): Credential {
  const credential = /^Bearer +([\x21-\x7e]+)$/i.exec(text)?.[1];
  if (credential === undefined) throw new Unauthenticated('no bearer credential');
  return looksLikeApiKey(credential) ? { kind: 'key', text: credential } : { kind: 'token', text: credential };
}

function keyOf(text: string): Credential {
  return { kind: 'key', text };
}
