import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLedger } from '../log/verify.ts';
import { ManualClock } from '../platform/clock.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { ApiKeys, type Asking, type NewApiKey } from './api-keys.ts';
import { AUDIT_STREAM } from './audit-log.ts';
import { DEVELOPER } from './development.ts';
import type { Permission } from './permissions.ts';
import type { Principal, Unauthenticated } from './principal.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const DAY = 86_400_000;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('keys');
});
afterAll(() => store.dispose());

let clock: ManualClock;
let keys: ApiKeys;
beforeEach(() => {
  clock = new ManualClock(NOW);
  keys = new ApiKeys(store.pool, clock, randomBytes);
});

const asking = (permissions: readonly Permission[], tenant = 'acme'): Asking => ({
  principal: { ...DEVELOPER, id: 'key:0123456789ab', tenant, permissions } as Principal,
  requestId: 'request-1',
});
const manager = asking(['keys:manage', 'signals:read']);
const wanted = { name: 'bot', scopes: ['signals:read'], days: 30 } as const;

const reasonOf = async (text: string): Promise<string> => {
  const error = await keys.recognise(text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
  return (error as Unauthenticated).reason;
};
const told = async (): Promise<Record<string, unknown>[]> => {
  const { rows } = await store.pool.query<{ body: string }>(
    `select body from event_log where stream = 'audit' order by seq`,
  );
  return rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
};
const stored = async ({ key }: NewApiKey) =>
  (await store.pool.query('select * from api_key where prefix = $1', [key.prefix])).rows[0];

describe('a key', () => {
  it('lets a program in with what it was made for, until it expires', async () => {
    const { key, text } = await keys.create(manager, wanted);
    const principal = {
      ...{ kind: 'key', id: `key:${key.prefix}`, tenant: 'acme', permissions: ['signals:read'] },
      ...{ expiresAt: NOW + 30 * DAY, origin: { kind: 'key', prefix: key.prefix } },
    };
    expect(await keys.recognise(text)).toEqual(principal);
    clock.advanceTo(NOW + 30 * DAY - 1);
    expect(await keys.recognise(text)).toEqual(principal);
    clock.advanceTo(NOW + 30 * DAY);
    expect(await reasonOf(text)).toContain('revoked or expired');
  });

  it('is stored in no form that opens anything', async () => {
    const made = await keys.create(manager, wanted);
    const secret = made.text.split('_').slice(2).join('_');
    const { rows } = await store.owner.query(`select string_agg(k::text, ' ') as dump from api_key k`);
    expect(rows[0].dump).toContain(made.key.prefix);
    expect(rows[0].dump).not.toContain(secret);
    const hex = (await stored(made)).hash.toString('hex');
    await reasonOf(`hg_${made.key.prefix}_${hex.slice(0, 43)}`);
    expect(JSON.stringify(await told())).not.toContain(secret);
  });

  it('is refused when any letter of it is another, though its prefix is right', async () => {
    const { text } = await keys.create(manager, wanted);
    const last = text.at(-2) === 'A' ? 'B' : 'A';
    expect(await reasonOf(`${text.slice(0, -2)}${last}${text.at(-1)}`)).toBe('unknown API key');
    const { text: other } = await keys.create(manager, wanted);
    expect(await reasonOf(`${text.slice(0, 16)}${other.slice(16)}`)).toBe('unknown API key');
    for (const wrong of ['', 'hg_', `${text} `, text.toUpperCase(), `${text}\n`, "hg_' or 1=1 --"])
      expect(await reasonOf(wrong)).toBe('no API key has this form');
  });

  it('notes its last use, at most once in five minutes', async () => {
    const made = await keys.create(manager, wanted);
    expect((await stored(made)).last_used_at).toBeNull();
    for (const [minute, noted] of [
      [0, 0],
      [4, 0],
      [5, 5],
      [6, 5],
    ] as const) {
      clock.advanceTo(NOW + minute * 60_000);
      await keys.recognise(made.text);
      expect((await stored(made)).last_used_at).toBe(NOW + noted * 60_000);
    }
  });

  it('allows nothing that whoever makes it may not do', async () => {
    await expect(keys.create(manager, { ...wanted, scopes: ['signals:read', 'models:read'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { key } = await keys.create(asking(['models:read']), { ...wanted, scopes: ['models:read'] });
    await expect(keys.rotate(manager, key.prefix, 0)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 'n'.repeat(65) }],
    ['name', { name: 'a\nb' }],
    ['scopes', { scopes: [] }],
    ['days', { days: 0 }],
    ['days', { days: 367 }],
  ])('is not made with a %s that is none', async (name, change) => {
    await expect(keys.create(manager, { ...wanted, ...change })).rejects.toThrow(`${name} is `);
  });
});

describe('rotation', () => {
  it('gives a new key for as long as the old one was made for, which goes on for the overlap', async () => {
    const old = await keys.create(manager, wanted);
    clock.advanceTo(NOW + DAY);
    const fresh = await keys.rotate(manager, old.key.prefix, 60);
    expect(fresh.key).toMatchObject({
      name: 'bot',
      tenant: 'acme',
      scopes: ['signals:read'],
      expiresAt: NOW + 31 * DAY,
    });
    expect(await stored(old)).toMatchObject({ rotated_to: fresh.key.prefix, expires_at: NOW + DAY + 3_600_000 });

    clock.advanceTo(NOW + DAY + 3_600_000 - 1);
    for (const { text, key } of [old, fresh]) expect((await keys.recognise(text)).id).toBe(`key:${key.prefix}`);
    clock.advanceTo(NOW + DAY + 3_600_000);
    await reasonOf(old.text);
    expect((await keys.recognise(fresh.text)).tenant).toBe('acme');
  });

  it('makes no old key live longer, and happens once', async () => {
    const old = await keys.create(manager, { ...wanted, days: 1 });
    clock.advanceTo(NOW + DAY - 60_000);
    await keys.rotate(manager, old.key.prefix, 60);
    expect((await stored(old)).expires_at).toBe(NOW + DAY);
    await expect(keys.rotate(manager, old.key.prefix, 60)).rejects.toMatchObject({ code: 'KEY_NOT_ACTIVE' });
  });

  it('gives one new key to two that ask at once', async () => {
    const { key } = await keys.create(manager, wanted);
    const results = await Promise.allSettled([1, 2, 3].map(() => keys.rotate(manager, key.prefix, 5)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});

describe('revocation', () => {
  it('shuts a key out at once, and again changes nothing', async () => {
    const { key, text } = await keys.create(manager, wanted);
    clock.advanceTo(NOW + 1_000);
    expect((await keys.revoke(manager, key.prefix)).revokedAt).toBe(NOW + 1_000);
    await reasonOf(text);
    clock.advanceTo(NOW + 2_000);
    expect((await keys.revoke(manager, key.prefix)).revokedAt).toBe(NOW + 1_000);
    await expect(keys.rotate(manager, key.prefix, 5)).rejects.toMatchObject({ code: 'KEY_NOT_ACTIVE' });
  });
});

describe('tenants', () => {
  it('neither see nor change the keys of another, and cannot tell them from none', async () => {
    const { key, text } = await keys.create(manager, wanted);
    const stranger = asking(['keys:manage', 'signals:read'], 'other');
    const messages: string[] = [];
    for (const prefix of [key.prefix, '000000000000']) {
      const attempts = [() => keys.revoke(stranger, prefix), () => keys.rotate(stranger, prefix, 5)];
      for (const attempt of attempts)
        messages.push(await attempt().then(String, (error: Error) => error.message.replace(prefix, '')));
    }
    expect(new Set(messages)).toEqual(new Set(['prefix is "", expected the prefix of an API key of yours']));
    expect(await keys.list('other')).toEqual([]);
    expect((await keys.list('acme')).map(({ prefix }) => prefix)).toContain(key.prefix);
    expect((await keys.recognise(text)).tenant).toBe('acme');
  });
});

describe('the audit log', () => {
  it('has every change, by whom and for which request, and holds together', async () => {
    const before = (await told()).length;
    const { key } = await keys.create(manager, wanted);
    const fresh = await keys.rotate(manager, key.prefix, 5);
    await keys.revoke(manager, key.prefix);
    const common = { actor: 'key:0123456789ab', tenant: 'acme', outcome: 'done', requestId: 'request-1' };
    const target = `key:${key.prefix}`;
    expect((await told()).slice(before)).toEqual([
      { ...common, action: 'createApiKey', target, detail: 'signals:read' },
      { ...common, action: 'rotateApiKey', target, detail: `to ${fresh.key.prefix}` },
      { ...common, action: 'revokeApiKey', target, detail: null },
    ]);
    expect(await verifyLedger(store.pool, AUDIT_STREAM)).toMatchObject({ fault: null, events: before + 3 });
  });

  it('has nothing of a change that did not happen', async () => {
    const before = (await told()).length;
    await expect(keys.revoke(manager, '000000000000')).rejects.toThrow();
    expect(await told()).toHaveLength(before);
  });

  it('cannot be changed by the service, and shows what its owner changes', async () => {
    await using own = await openTestStore('keys-tampered');
    const mine = new ApiKeys(own.pool, clock, randomBytes);
    for (let i = 0; i < 3; i += 1) await mine.create(manager, wanted);
    for (const sql of [`update event_log set body = '{}'`, 'delete from event_log'])
      await expect(own.pool.query(`${sql} where stream = 'audit'`)).rejects.toMatchObject({ code: '42501' });
    await own.owner.query(
      `update event_log set body = replace(body, 'acme', 'evil') where stream = 'audit' and seq = 2`,
    );
    expect((await verifyLedger(own.pool, AUDIT_STREAM)).fault).toContain('the hash of seq 2 does not match its body');
    await own.owner.query(`delete from event_log where stream = 'audit' and seq = 2`);
    expect((await verifyLedger(own.pool, AUDIT_STREAM)).fault).toBe('seq 2 is missing: 1 is followed by 3');
  });
});
