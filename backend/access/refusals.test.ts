import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../platform/clock.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import type { AuditEntry } from './audit-log.ts';
import { Refusals } from './refusals.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('refusals');
});
afterAll(() => store.dispose());

let clock: ManualClock;
let refusals: Refusals;
let before = 0;
beforeEach(async () => {
  clock = new ManualClock(Date.parse('2026-11-20T15:00:00Z'));
  refusals = new Refusals(store.pool, clock, (error) => {
    throw error;
  });
  before = (await all()).length;
});

async function all(): Promise<AuditEntry[]> {
  const { rows } = await store.pool.query<{ body: string }>(
    `select body from event_log where stream = 'audit' order by seq`,
  );
  return rows.map(({ body }) => JSON.parse(body) as AuditEntry);
}
const told = async (): Promise<AuditEntry[]> => (await all()).slice(before);

let requests = 0;
async function deny(actor: string, action: string, times = 1): Promise<void> {
  const same = { actor, tenant: 'acme', action, target: null, outcome: 'denied', detail: null } as const;
  for (let n = 0; n < times; n++) await refusals.note({ ...same, requestId: `request-${++requests}` });
}

it('lets nobody hide one thing that he tried behind another that he tries all the time', async () => {
  await deny('user:eve', 'Query.health', 400);
  await deny('user:eve', 'Mutation.createApiKey');
  const found = (await told()).find(({ action }) => action === 'Mutation.createApiKey');
  expect(found).toMatchObject({ actor: 'user:eve', requestId: `request-${requests}`, detail: null });
});

it('lets nobody hide behind others, and tells of all how many they were, by name', async () => {
  // More than are written one by one.
  for (let n = 0; n < 40; n++) await deny(`user:crowd-${n}`, 'Query.apiKeys', 5);
  await deny('user:eve', 'Mutation.createApiKey');
  const ofEve = `request-${requests}`;
  expect(await told()).toHaveLength(50);
  await refusals.flush();
  const lines = await told();
  expect(lines.find(({ actor }) => actor === 'user:eve')).toMatchObject({ requestId: ofEve, detail: null });
  expect(lines.filter(({ actor }) => actor === 'user:crowd-0').map(({ detail }) => detail)).toEqual([
    ...[null, null, null],
    '(the last of 2 that are told together)',
  ]);
  expect(lines.find(({ actor }) => actor === 'user:crowd-39')?.detail).toBe('(the last of 5 that are told together)');
  expect(sumOf(lines)).toBe(201);
});

it('tells of a window when the next one has begun, once', async () => {
  await deny('user:eve', 'Query.health', 10);
  clock.advanceTo(clock.now() + 5_000);
  await deny('user:eve', 'Query.health');
  await refusals.flush();
  const details = (await told()).map(({ detail }) => detail);
  expect(details).toEqual([null, null, null, '(the last of 7 that are told together)', null]);
});

it('fills no log: of more than it tells apart it tells the number', async () => {
  for (let n = 0; n < 700; n++) await deny(`user:swarm-${n}`, 'Query.apiKeys');
  await refusals.flush();
  const lines = await told();
  expect(lines).toHaveLength(501);
  expect(lines.at(-1)).toMatchObject({ actor: 'others', detail: expect.stringContaining('the last of 200') });
  expect(sumOf(lines)).toBe(700);
});

/** How many refusals the lines stand for. */
function sumOf(lines: readonly AuditEntry[]): number {
  return lines.reduce((sum, { detail }) => sum + Number(/the last of (\d+)/.exec(detail ?? '')?.[1] ?? 1), 0);
}
