import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { DocumentCache, documentHashOf } from './document-cache.ts';

it('keeps the documents that were used last, and not all that there ever were', () => {
  const cache = new DocumentCache(60 * 100);
  const document = parse('{ a }');
  for (const hash of ['a', 'b', 'c', 'd']) {
    cache.set(hash, document, 20);
    expect(cache.get('a')).toBe(document);
  }
  expect(['a', 'b', 'c', 'd'].map((hash) => cache.get(hash) !== undefined)).toEqual([true, false, true, true]);
  cache.set('huge', document, 1_000);
  expect(cache.get('huge')).toBeUndefined();
});

it('knows a document by the SHA-256 of its text', () => {
  expect(documentHashOf('{ health { status } }')).toMatch(/^[0-9a-f]{64}$/);
  expect(documentHashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
