import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { writeTick } from '../../signals/publishing.fixture.ts';
import type { TickResult } from '../../signals/tick.ts';
import { startTestApi } from '../../testing/api.ts';
import type { TestStore } from '../../testing/database.ts';
import type { TestMarket } from '../../testing/market.ts';
import { openMarketStore } from '../../testing/market-store.ts';

let market: TestMarket;
let ticks: readonly TickResult[];
let store: TestStore;
beforeAll(async () => {
  ({ market, ticks, store } = await openMarketStore('event_source'));
});
afterAll(() => store?.dispose());

/** What a page does that follows signals: nothing but listen, and stay open. */
const PAGE = `
  setInterval(() => undefined, 1_000);
  const source = new EventSource(process.argv[1]);
  source.addEventListener('next', ({ data }) => {
    const { events = [], code } = JSON.parse(data).data.signalEvents;
    for (const { seq } of events) process.stdout.write(seq + '\\n');
    if (code !== undefined) process.stdout.write(code + '\\n');
  });
  source.addEventListener('complete', () => process.stdout.write('complete\\n'));`;
const QUERY = `subscription { signalEvents(from: BEGINNING, maxBatch: 1) {
  ... on SignalEventBatch { events { seq } } ... on StreamProblem { code } } }`;

/** The events of one tick after the other. Answers the newest seq. */
async function write(from: number, count: number): Promise<number> {
  for (const [index, tick] of ticks.slice(from, from + count).entries())
    await writeTick(await store.em(), market.source, tick, from + index);
  return ticks.slice(0, from + count).reduce((seqs, { events }) => seqs + events.length, 0);
}

it('the EventSource of a browser goes on by itself through a restart, without a gap and without hearing anything twice', async () => {
  let head = await write(0, 4);
  let api = await startTestApi(store);
  const port = Number(new URL(api.url).port);
  const url = `${api.url}?query=${encodeURIComponent(QUERY)}`;
  const page = spawn(process.execPath, ['--experimental-eventsource', '--no-warnings', '-e', PAGE, url]);
  onTestFinished(() => void page.kill('SIGKILL'));
  let printed = '';
  for (const output of [page.stdout, page.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const upTo = (last: number, from = 1): string[] => Array.from({ length: last - from + 1 }, (_, at) => `${from + at}`);
  const heard = () => printed.trim().split('\n');
  await expect.poll(heard, { timeout: 20_000 }).toEqual(upTo(head));

  await api[Symbol.asyncDispose]();
  const before = head;
  head = await write(4, 4);
  api = await startTestApi(store, {}, { port });
  onTestFinished(() => api[Symbol.asyncDispose]());
  const all = [...upTo(before), 'SHUTTING_DOWN', ...upTo(head, before + 1)];
  await expect.poll(heard, { timeout: 20_000 }).toEqual(all);
});
