import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * An API key is `hg_<prefix>_<secret>`. The prefix is public and finds the row; the secret is 256 random bits, so that its plain SHA-256 cannot
 * be searched for, and a copy of the database opens nothing.
 */
export type ApiKeyText = { readonly prefix: string; readonly hash: Buffer };

const FORM = /^hg_([0-9a-f]{12})_([0-9A-Za-z_-]{43})$/;

/** What begins like a key is never taken for a token. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith('hg_');
}

/** `random` gives so many bytes that nobody can guess. */
export function newApiKey(random: (bytes: number) => Buffer): ApiKeyText & { readonly text: string } {
  const prefix = random(6).toString('hex');
  const text = `hg_${prefix}_${random(32).toString('base64url')}`;
  return { prefix, hash: hashOf(text), text };
}

/** Null for what has not the form of a key. */
export function readApiKey(text: string): ApiKeyText | null {
  const prefix = FORM.exec(text)?.[1];
  return prefix === undefined ? null : { prefix, hash: hashOf(text) };
}

/** Takes the same time wherever the two differ. */
export function isSameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
