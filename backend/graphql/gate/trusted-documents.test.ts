import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { syntheticDocuments } from '../../operations/synthetic/documents.ts';
import { bareSchema, openGraphql } from '../testing.ts';
import { documentHashOf } from './document-cache.ts';
import { LIMITS } from './limits.ts';
import { loadTrustedDocuments, withTrusted } from './trusted-documents.ts';

const schema = bareSchema();
const folder = mkdtempSync(join(tmpdir(), 'heliograph-trusted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'documents.json');
const load = (content: unknown) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadTrustedDocuments(file, schema, LIMITS);
};
const listed = (...texts: string[]) => Object.fromEntries(texts.map((text) => [documentHashOf(text), text]));

it('reads documents that fit the schema', () => {
  const known = load(listed('{ __typename }', '{ health { status } }'));
  expect([...known.values()]).toEqual(['{ __typename }', '{ health { status } }']);
});

it('takes those of the subscriber of our own besides, and they fit the schema, too', () => {
  const own = load(listed(...syntheticDocuments));
  expect(withTrusted(load(listed('{ __typename }')), syntheticDocuments)).toEqual(
    new Map([...load(listed('{ __typename }')), ...own]),
  );
});

it.each([
  ['{', 'expected one JSON object'],
  [[], 'expected one JSON object'],
  [{ abc: 5 }, '"abc" is "5", expected the text of a document'],
  [{ abc: '{ __typename }' }, '"abc" names a document whose SHA-256 is'],
  [listed('{ nope }'), 'Cannot query field "nope"'],
  [listed('{'), 'Syntax Error'],
  [listed(`{ ${'a '.repeat(2_000)} }`), 'expected at most 1000'],
])('does not start with %j', (content, message) => {
  expect(() => load(content)).toThrow(message);
});

it('does not start without the file', () => {
  expect(() => loadTrustedDocuments(join(folder, 'none.json'), schema, LIMITS)).toThrow(
    'expected a file that can be read',
  );
});

it('runs what is listed, by its hash or as it stands, and tells nothing about the rest', async () => {
  const text = 'query A($p: Provenance!) { __typename performance(provenance: $p) @skip(if: true) { n } }';
  const trusted = load(listed(text));
  await using graphql = await openGraphql({ open: false, trusted });
  const byHash = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
  const variables = { p: 'REPLAY' };
  const good = { data: { __typename: 'Query' } };
  expect((await graphql.post({ ...byHash(documentHashOf(text)), variables })).body).toEqual(good);
  expect((await graphql.post({ query: text, variables })).body).toEqual(good);

  const refused = ['{ __typename }', '{ nope }', '{ __schema { types { name } } }', '{'].map((query) => ({ query }));
  for (const body of [...refused, byHash('0'.repeat(64)), byHash('')]) {
    const { status, body: answer } = await graphql.post(body);
    const message = 'This service runs the documents on its list and no other.';
    expect([status, answer]).toEqual([400, { errors: [{ message, extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] }]);
    if ('query' in body) expect(await graphql.send(body)).toEqual(answer);
  }
  expect((await graphql.post({ query: text, ...byHash(documentHashOf(text)), variables })).body).toEqual(good);
  for (const [query, hash, code] of [
    [text, documentHashOf('{ __typename }'), 'PERSISTED_QUERY_NOT_SUPPORTED'],
    ['{ __typename }', documentHashOf(text), 'PERSISTED_QUERY_NOT_SUPPORTED'],
    [text, '', 'PERSISTED_QUERY_NOT_SUPPORTED'],
    ['{ __typename }', documentHashOf('{ __typename }'), 'DOCUMENT_NOT_TRUSTED'],
  ] as const)
    expect((await graphql.post({ query, ...byHash(hash) })).body.errors?.[0]?.extensions['code']).toBe(code);
  const wrong = await graphql.post({ ...byHash(documentHashOf(text)), variables: { p: 5 } });
  expect(wrong.body.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
});
