import { createHmac } from 'node:crypto';
import type { FetchImplementation } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../platform/clock.ts';
import { TestIssuer } from './key-set.fixture.ts';
import { remoteKeySet } from './key-set.ts';
import type { Unauthenticated } from './principal.ts';
import { TokenVerifier } from './tokens.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const fetchIt: FetchImplementation = (url, options) => fetch(url, options);

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await TestIssuer.start();
});
afterAll(() => issuer[Symbol.asyncDispose]());

let clock: ManualClock;
let verifier: TokenVerifier;
beforeEach(() => {
  clock = new ManualClock(NOW);
  verifier = newVerifier();
  issuer.fetches = 0;
  issuer.down = false;
});

function newVerifier(): TokenVerifier {
  const keys = remoteKeySet({ url: `${issuer.url}/keys`, clock, fetch: fetchIt });
  return new TokenVerifier({ issuer: issuer.url, audience: 'heliograph', tenantClaim: 'tenant', keys, clock });
}

const refused = async (token: string): Promise<string> => {
  const error = await verifier.recognise(token).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
  return (error as Unauthenticated).reason;
};
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = NOW / 1_000;

describe('an access token', () => {
  it('says who asks, for which tenant, what he may and until when', async () => {
    const token = await issuer.token(NOW, { scope: 'signals:read openid nonsense models:read' });
    expect(await verifier.recognise(token)).toEqual({
      kind: 'user',
      id: `user:${issuer.url}#ada`,
      tenant: 'acme',
      permissions: ['signals:read', 'models:read'],
      expiresAt: NOW + 300_000,
      origin: { kind: 'user', issuer: issuer.url, subject: 'ada', issuedAt: NOW, tokenId: 'one' },
    });
  });

  it('may list what it allows as other providers do, or allow nothing', async () => {
    const listed = await issuer.token(NOW, { scope: undefined, scp: ['signals:read', 7] });
    expect((await verifier.recognise(listed)).permissions).toEqual(['signals:read']);
    const none = await issuer.token(NOW, { scope: undefined });
    expect((await verifier.recognise(none)).permissions).toEqual([]);
  });

  it.each([
    ['has expired by a second', { exp: seconds - 1 }],
    ['expires now', { exp: seconds }],
    ['never expires', { exp: undefined }],
    ['is not valid yet', { nbf: seconds + 60 }],
    ['was issued in the future', { iat: seconds + 60 }],
    ['was issued at no time', { iat: undefined }],
    ['is of another issuer', { iss: 'https://elsewhere.example' }],
    ['is for another service', { aud: 'elsewhere' }],
    ['has no audience', { aud: undefined }],
    ['has no subject', { sub: undefined }],
    ['has a subject that breaks a line', { sub: 'ada\nadmin' }],
    ['names no tenant', { tenant: undefined }],
    ['names a tenant that is none', { tenant: '../acme' }],
    ['names several tenants', { tenant: ['acme', 'other'] }],
    ['is an ID token', { nonce: 'n' }],
  ])('is refused when it %s', async (_what, claims) => {
    await refused(await issuer.token(NOW, claims));
  });

  it('is let a few seconds of difference between two clocks', async () => {
    const early = await issuer.token(NOW, { iat: seconds + 3, nbf: seconds + 3 });
    expect((await verifier.recognise(early)).tenant).toBe('acme');
  });

  it.each([
    ['no type of an access token', { typ: 'id+jwt' }],
    ['an id of a key that nobody has', { kid: '../../dev/null' }],
    ['an id of ten thousand letters', { kid: 'k'.repeat(10_000) }],
    ['no id of a key', { kid: undefined }],
    ['an empty id of a key', { kid: '' }],
  ])('is refused with %s in its header', async (_what, header) => {
    await refused(await issuer.token(NOW, {}, header));
  });

  it('is refused when it brings its own key, or the place of one', async () => {
    const foreign = await TestIssuer.start();
    try {
      const claims = { iss: issuer.url };
      const jwk: unknown = JSON.parse(foreign.publicKey);
      for (const header of [{ jwk }, { jku: `${foreign.url}/keys` }, { x5u: `${foreign.url}/keys` }])
        await refused(await foreign.token(NOW, claims, header));
      expect(foreign.fetches).toBe(0);
    } finally {
      await foreign[Symbol.asyncDispose]();
    }
  });

  it('is refused when nobody signed it, or with the public key as a shared secret', async () => {
    const [, body = ''] = (await issuer.token(NOW)).split('.');
    for (const alg of ['none', 'None', 'nOnE']) await refused(`${encoded({ alg, typ: 'at+jwt' })}.${body}.`);
    const signed = `${encoded({ alg: 'HS256', kid: 'first', typ: 'at+jwt' })}.${body}`;
    const mac = createHmac('sha256', issuer.publicKey).update(signed).digest('base64url');
    await refused(`${signed}.${mac}`);
    const [head = '', , signature = ''] = (await issuer.token(NOW)).split('.');
    await refused(`${head}.${encoded({ sub: 'mallory' })}.${signature}`);
  });

  it('is refused when it demands what nobody here understands, or has another form', async () => {
    const [head = '', body = '', signature = ''] = (await issuer.token(NOW)).split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
    await refused(`${encoded({ ...header, crit: ['magic'], magic: 1 })}.${body}.${signature}`);
    for (const text of [
      '',
      'x',
      '..',
      `${head}.${body}`,
      `${head}.${body}.${signature}.${signature}.x`,
      '{}',
      '\u0000',
    ])
      await refused(text);
    expect(await refused('x'.repeat(16_384))).toBe('the token is too long');
    expect(issuer.fetches).toBeLessThanOrEqual(1);
  });
});

describe('the keys of the issuer', () => {
  it('are fetched once for many tokens', async () => {
    const token = await issuer.token(NOW);
    await Promise.all(Array.from({ length: 20 }, () => verifier.recognise(token)));
    expect(issuer.fetches).toBe(1);
  });

  it('are fetched again when a new one signs, and not for each that nobody has', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    try {
      await verifier.recognise(await issuer.token(NOW));
      await issuer.rotate('second');
      const token = await issuer.token(NOW);
      // Within the cool-down nobody is asked.
      for (let i = 0; i < 50; i += 1) await refused(await issuer.token(NOW, {}, { kid: `unknown-${i}` }));
      await refused(token);
      expect(issuer.fetches).toBe(1);
      vi.setSystemTime(NOW + 31_000);
      clock.advanceTo(NOW + 31_000);
      expect((await verifier.recognise(token)).tenant).toBe('acme');
      expect(issuer.fetches).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('go on being used while the issuer is away, but not for ever', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    try {
      const token = await issuer.token(NOW, { exp: seconds + 3_600 });
      await verifier.recognise(token);
      issuer.down = true;
      vi.setSystemTime(NOW + 9 * 60_000);
      clock.advanceTo(NOW + 9 * 60_000);
      expect((await verifier.recognise(token)).tenant).toBe('acme');
      vi.setSystemTime(NOW + 11 * 60_000);
      clock.advanceTo(NOW + 11 * 60_000);
      for (let i = 0; i < 20; i += 1)
        await expect(verifier.recognise(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(issuer.fetches).toBe(2);

      issuer.down = false;
      clock.advanceTo(NOW + 11 * 60_000 + 6_000);
      expect((await verifier.recognise(token)).tenant).toBe('acme');
    } finally {
      vi.useRealTimers();
    }
  });
});
