import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../platform/clock.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { Access } from './access.ts';
import { ApiKeys } from './api-keys.ts';
import { Authenticator } from './authenticator.ts';
import { credentialIn } from './credential.ts';
import { DEVELOPER, isFromHere } from './development.ts';
import { TestIssuer } from './key-set.fixture.ts';
import { remoteKeySet } from './key-set.ts';
import { Refusals } from './refusals.ts';
import { SessionWatch } from './session-watch.ts';
import { TokenVerifier } from './tokens.ts';
import { UserRestrictions } from './user-restrictions.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const HERE = { host: '127.0.0.1:4000', origin: undefined };

let store: TestStore;
let issuer: TestIssuer;
beforeAll(async () => {
  [store, issuer] = await Promise.all([openTestStore('door'), TestIssuer.start()]);
});
afterAll(async () => {
  await issuer[Symbol.asyncDispose]();
  await store.dispose();
});

let clock: ManualClock;
let keys: ApiKeys;
let authenticator: Authenticator;
let sessions: SessionWatch;
let counted: string[];
let access: Access;
beforeEach(async () => {
  await store.owner.query('truncate user_restriction, revoked_token');
  clock = new ManualClock(NOW);
  keys = new ApiKeys(store.pool, clock, randomBytes);
  open(false);
});

function open(development: boolean): void {
  const fail = (error: unknown): void => {
    throw error;
  };
  const keySet = remoteKeySet({ url: `${issuer.url}/keys`, clock, fetch: (url, options) => fetch(url, options) });
  const tokens = new TokenVerifier({
    ...{ issuer: issuer.url, audience: 'heliograph', tenantClaim: 'tenant', keys: keySet, clock },
  });
  authenticator = new Authenticator({ keys, tokens, restrictions: new UserRestrictions(store.pool), development });
  sessions = new SessionWatch({ clock, lookAgain: (them) => authenticator.lookAgain(them), onFailure: fail });
  counted = [];
  access = new Access({
    ...{ authenticator, sessions, refusals: new Refusals(store.pool, clock, fail) },
    count: (credential, outcome) => counted.push(`${credential} ${outcome}`),
  });
}

const enter = (named: Record<string, unknown>, place: Parameters<typeof isFromHere>[0] = HERE) =>
  access.recognise({ named, place, requestId: 'request-1' });
const newKey = () =>
  keys.create(
    { principal: DEVELOPER, requestId: null },
    { name: 'bot', scopes: ['signals:read', 'models:read'], days: 1 },
  );
const told = async () =>
  (await store.pool.query<{ body: string }>(`select body from event_log where stream = 'audit' order by seq`)).rows.map(
    ({ body }) => JSON.parse(body) as Record<string, unknown>,
  );

describe('a credential', () => {
  it('is a token or a key, under either name, however it is written', () => {
    expect(credentialIn({ Authorization: 'bearer abc.def.ghi', accept: '*/*' })).toEqual({
      kind: 'token',
      text: 'abc.def.ghi',
    });
    expect(credentialIn({ authorization: 'Bearer hg_x' })).toEqual({ kind: 'key', text: 'hg_x' });
    expect(credentialIn({ 'X-Api-Key': 'hg_x' })).toEqual({ kind: 'key', text: 'hg_x' });
    expect(credentialIn({ authorization: undefined })).toEqual({ kind: 'none' });
    expect(credentialIn(JSON.parse('{"__proto__": {"authorization": "Bearer x"}}'))).toEqual({ kind: 'none' });
  });

  it.each([
    { authorization: '' },
    { authorization: 'Basic YTpi' },
    { authorization: 'Bearer ' },
    { authorization: 'Bearer a b' },
    { authorization: ['Bearer a', 'Bearer b'] },
    { authorization: { toString: 'Bearer a' } },
    { authorization: `Bearer ${'a'.repeat(9_000)}` },
    { authorization: null },
    { authorization: 'Bearer a', 'x-api-key': 'hg_x' },
    { authorization: 'Bearer a', Authorization: 'Bearer b' },
    { 'x-api-key': 7 },
  ])('is refused when it is %j', (named) => {
    expect(() => credentialIn(named)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });
});

describe('the development principal', () => {
  it.each([
    ['127.0.0.1:4000', undefined, true],
    ['localhost:4000', 'http://localhost:4000', true],
    ['[::1]:4000', undefined, true],
    ['127.0.0.1:4000', 'http://evil.example', false],
    ['127.0.0.1:4000', 'http://127.0.0.1:8080', false],
    ['127.0.0.1:4000', 'null', false],
    ['evil.example:4000', 'http://evil.example:4000', false],
    ['127.0.0.1.evil.example', undefined, false],
    [undefined, undefined, false],
  ])('is for host %s and origin %s: %s', (host, origin, expected) => {
    expect(isFromHere({ host, origin })).toBe(expected);
  });

  it('is there only where it was asked for, and stands in for no wrong credential', async () => {
    await expect(enter({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    open(true);
    expect(await enter({})).toBe(DEVELOPER);
    await expect(enter({ authorization: 'Bearer wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(enter({}, { host: HERE.host, origin: 'http://evil.example' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(counted).toEqual(['none ok', 'token refused', 'none refused']);
  });
});

describe('a user', () => {
  const token = (claims = {}) => issuer.token(NOW, { scope: 'signals:read models:read', ...claims });
  const user = async (claims = {}) => enter({ authorization: `Bearer ${await token(claims)}` });
  const restrict = (column: string, value: unknown) =>
    store.owner.query(`insert into user_restriction (issuer, subject, ${column}) values ($1, 'ada', $2)`, [
      issuer.url,
      value,
    ]);

  it('comes in by a token, and may be shut out though it is good', async () => {
    expect(await user()).toMatchObject({ tenant: 'acme', permissions: ['signals:read', 'models:read'] });
    await restrict('disabled_at', new Date(NOW));
    await expect(user()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await user({ sub: 'bob' })).id).toBe(`user:${issuer.url}#bob`);
  });

  it('is logged out everywhere by refusing the tokens of before', async () => {
    await restrict('tokens_not_before', new Date(NOW + 1_000));
    await expect(user()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await user({ iat: NOW / 1_000 + 1 })).tenant).toBe('acme');
  });

  it('is allowed no more than was left, and never more than the token says', async () => {
    await restrict('allowed_permissions', ['models:read', 'keys:manage']);
    expect((await user()).permissions).toEqual(['models:read']);
  });

  it('can lose a single token', async () => {
    await store.owner.query('insert into revoked_token (issuer, token_id) values ($1, $2)', [issuer.url, 'one']);
    await expect(user()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await user({ jti: 'two' })).tenant).toBe('acme');
  });

  it('who stays is looked at again', async () => {
    const [stays, loses, leaves, other] = await Promise.all(
      ['ada', 'bob', 'cy', 'dee'].map(async (sub) => sessions.open(await user({ sub, jti: sub }))),
    );
    await sessions.look();
    await store.owner.query(
      `insert into user_restriction (issuer, subject, allowed_permissions) values ($1, 'bob', '{models:read}')`,
      [issuer.url],
    );
    await store.owner.query(`insert into revoked_token (issuer, token_id) values ($1, 'cy')`, [issuer.url]);
    other?.close();
    await sessions.look();
    const ends = [stays, loses, leaves].map((session) => session?.ended.aborted === true && session.ended.reason);
    expect(ends).toEqual([false, 'allowed less than before', 'revoked']);
    clock.advanceTo(NOW + 300_000);
    await sessions.look();
    expect(stays?.ended.reason).toBe('expired');
    expect(other?.ended.aborted).toBe(false);
  });
});

describe('a program', () => {
  it('who stays is sent away when its key is revoked, and not with another', async () => {
    const [one, two] = [await newKey(), await newKey()];
    const open = await Promise.all(
      [one, one, two].map(async ({ text }) => sessions.open(await enter({ 'x-api-key': text }))),
    );
    await keys.revoke({ principal: DEVELOPER, requestId: null }, one.key.prefix);
    await sessions.look();
    expect(open.map(({ ended }) => ended.aborted)).toEqual([true, true, false]);
  });

  it('is looked at again by one statement for all, and by none when there is nobody', async () => {
    let statements = 0;
    const watched = new SessionWatch({
      ...{ clock, onFailure: () => undefined },
      lookAgain: async (them) => {
        statements += 1;
        return authenticator.lookAgain(them);
      },
    });
    await watched.look();
    watched.open(DEVELOPER);
    await watched.look();
    expect(statements).toBe(0);
    const principal = await enter({ 'x-api-key': (await newKey()).text });
    for (let i = 0; i < 100; i += 1) watched.open(principal);
    await watched.look();
    expect(statements).toBe(1);
  });

  it('goes on while nobody can be asked', async () => {
    const failures: unknown[] = [];
    const watched = new SessionWatch({
      ...{ clock, onFailure: (error: unknown) => failures.push(error) },
      lookAgain: () => Promise.reject(new Error('the database is away')),
    });
    const session = watched.open(await enter({ 'x-api-key': (await newKey()).text }));
    const stop = watched.start();
    await expect.poll(() => failures.length, { timeout: 10_000 }).toBeGreaterThan(1);
    stop();
    expect(session.ended.aborted).toBe(false);
  });
});

describe('what is refused', () => {
  it('is told in the audit log with its reason, never with the credential', async () => {
    const { text, key } = await newKey();
    const wrong = `${text.slice(0, -3)}AAA`;
    await expect(enter({ 'x-api-key': wrong })).rejects.toThrow();
    await expect
      .poll(async () => (await told()).at(-1))
      .toEqual({
        ...{ actor: 'nobody', tenant: null, action: 'authenticate', target: 'key', outcome: 'refused' },
        ...{ detail: 'unknown API key', requestId: 'request-1' },
      });
    expect(JSON.stringify(await told())).not.toContain(wrong.slice(16));
    access.contextOf(await enter({ 'x-api-key': text }), 'request-2').noteForbidden('Mutation.createApiKey');
    await expect
      .poll(async () => (await told()).at(-1))
      .toMatchObject({
        ...{ actor: `key:${key.prefix}`, tenant: 'development', action: 'Mutation.createApiKey', outcome: 'denied' },
        requestId: 'request-2',
      });
  });

  it('fills no log: a few are written as they come, and how many more there were', async () => {
    const before = (await told()).length;
    await Promise.allSettled(Array.from({ length: 200 }, () => enter({})));
    await expect.poll(async () => (await told()).length).toBe(before + 3);
    clock.advanceTo(NOW + 5_000);
    await expect(enter({})).rejects.toThrow();
    await expect
      .poll(async () => (await told()).slice(before + 3).map(({ detail }) => detail))
      .toEqual(['no credential (the last of 197 that are told together)', 'no credential']);
    expect(counted.filter((line) => line === 'none refused')).toHaveLength(201);
  });
});
