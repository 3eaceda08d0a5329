import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CursorCodec } from '../log/cursor.ts';
import { RollupWriter } from '../market-data/rollup/rollup-writer.ts';
import { BarIngest } from '../market-data/store/ingest.ts';
import { batchesOf, feedNamed, minuteBar, OPEN } from '../testing/bars.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { csvOf, ServiceProcess } from '../testing/service.ts';

const SUBSCRIPTION = `subscription ($instrument: ID!, $timeframe: Timeframe, $after: Cursor) {
  bars(instrument: $instrument, timeframe: $timeframe, after: $after, from: BEGINNING, maxBatch: 4) {
    __typename
    ... on BarBatch { bars { barStart revision close complete provenance } cursor previousCursor lagMs }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code message earliestCursor headCursor }
  }
}`;
const MINUTE = 60_000;
const within = { timeout: 20_000, interval: 20 };
const folder = mkdtempSync(join(tmpdir(), 'heliograph-bars-'));
// Beside the feed that the service replays: what this test stores is what another process of the service would.
const live = feedNamed('live');

let store: TestStore;
let service: ServiceProcess;
beforeAll(async () => {
  store = await openTestStore('bar_stream');
  const file = join(folder, 'bars.csv');
  writeFileSync(
    file,
    csvOf(live, batchesOf(Array.from({ length: 10 }, (_, minute) => minuteBar(minute, `10${minute}`)))),
  );
  service = await ServiceProcess.start(store, file);
  await new BarIngest(store.pool).register(live);
});
afterAll(async () => {
  await service?.stop('SIGKILL');
  await store?.dispose();
  rmSync(folder, { recursive: true });
});

type Item = {
  readonly __typename: string;
  readonly bars?: readonly { barStart: string; revision: number; close: string; provenance: string }[];
  readonly cursor?: string;
  readonly live?: boolean;
  readonly code?: string;
};

/** One connection to the service and one subscription on it, which can be killed. */
class Connection {
  readonly items: Item[] = [];
  errors: readonly { message: string; extensions?: Record<string, unknown> }[] | null = null;
  #socket: WebSocket | null = null;
  readonly #client;

  constructor(variables: { timeframe?: string; after?: string | null; instrument?: string } = {}) {
    this.#client = createClient({
      url: service.webSocketUrl,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      on: {
        opened: (socket) => {
          this.#socket = socket as WebSocket;
        },
      },
    });
    this.#client.subscribe<{ bars: Item }>(
      { query: SUBSCRIPTION, variables: { instrument: 'ins_spy-us', timeframe: 'ONE_MINUTE', ...variables } },
      {
        next: ({ data, errors }) => {
          if (data?.bars !== undefined) this.items.push(data.bars);
          if (errors !== undefined) this.errors = errors as never;
        },
        error: (error) => {
          if (Array.isArray(error)) this.errors = error;
        },
        complete: () => undefined,
      },
    );
  }

  get bars(): string[] {
    return this.items.flatMap((item) =>
      (item.bars ?? []).map(
        ({ barStart, revision, close }) => `${(Date.parse(barStart) - OPEN) / MINUTE} r${revision} ${close}`,
      ),
    );
  }

  get cursor(): string | null {
    return this.items.findLast(({ cursor }) => cursor !== undefined)?.cursor ?? null;
  }

  get isLive(): boolean {
    return this.items.at(-1)?.live === true;
  }

  kill(): void {
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.dispose();
  }
}

async function put(from: number, to: number): Promise<void> {
  const bars = Array.from({ length: to - from + 1 }, (_, index) => minuteBar(from + index, String(100 + from + index)));
  await new BarIngest(store.pool).store(live, batchesOf(bars));
}
const correct = (minute: number, close: string, known: number) =>
  new BarIngest(store.pool).store(live, batchesOf([minuteBar(minute, close, { knownTime: OPEN + known * MINUTE })]));
const upTo = (last: number, first = 0): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index} r0 ${100 + first + index}`);

it('sends the bars that are stored, then each as another process stores it, and a correction as a further revision', async () => {
  await using connection = new Connection();
  await expect.poll(() => connection.bars, within).toEqual(upTo(9));
  await expect.poll(() => connection.isLive, within).toBe(true);
  await put(10, 11);
  await expect.poll(() => connection.bars, within).toEqual(upTo(11));
  await correct(10, '110.5', 13);
  await expect.poll(() => connection.bars, within).toEqual([...upTo(11), '10 r1 110.5']);
  expect(connection.errors).toBeNull();
});

it('goes on after each kill of the socket without a gap and without a bar twice', async () => {
  const seen: string[] = [];
  let after: string | null = null;
  for (let round = 0; round < 6; round += 1) {
    const connection: Connection = new Connection({ after });
    const writing = put(12 + 5 * round, 16 + 5 * round);
    await expect.poll(() => connection.bars.length, within).toBeGreaterThan(0);
    connection.kill();
    await writing;
    // What the client has is what it holds the cursor of.
    seen.push(...connection.bars);
    after = connection.cursor;
    await connection[Symbol.asyncDispose]();
  }
  await using last = new Connection({ after });
  await expect.poll(() => last.isLive, within).toBe(true);
  seen.push(...last.bars);
  expect([...seen].sort()).toEqual([...upTo(41), '10 r1 110.5'].sort());
});

it('sends longer bars too, made anew when a minute is corrected', async () => {
  await using connection = new Connection({ timeframe: 'FIVE_MINUTES' });
  await expect.poll(() => connection.bars, within).toEqual(['0 r0 104', '5 r0 109']);
  const writer = new RollupWriter(store.pool, live);
  await writer.catchUp();
  await expect.poll(() => connection.bars.length, within).toBe(8);
  await correct(14, '90', 60);
  await writer.catchUp();
  await expect.poll(() => connection.bars.at(-1), within).toBe('10 r1 90');
});

it('answers a cursor that is not its own with a problem or an error of a code of its own', async () => {
  await using first = new Connection();
  await expect.poll(() => first.isLive, within).toBe(true);
  await using longer = new Connection({ timeframe: 'FIVE_MINUTES', after: first.cursor });
  await expect
    .poll(() => longer.items, within)
    .toMatchObject([{ __typename: 'StreamProblem', code: 'FILTER_CHANGED' }]);

  const forged = new CursorCodec('another secret of at least 32 characters').encode({ positions: {}, filterHash: '' });
  await using stranger = new Connection({ after: forged });
  await expect.poll(() => stranger.errors, within).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  await using nobody = new Connection({ instrument: 'ins_nobody' });
  await expect
    .poll(() => nobody.errors, within)
    .toMatchObject([
      {
        message: 'instrument is "ins_nobody", expected the id of an instrument',
        extensions: { code: 'INVALID_INPUT' },
      },
    ]);

  await store.owner.query('update ingest_shard set dropped_up_to_seq = last_ingest_seq');
  await using old = new Connection({ after: first.items[0]?.cursor ?? null });
  await expect.poll(() => old.items, within).toMatchObject([{ __typename: 'StreamProblem', code: 'OUTDATED_CURSOR' }]);
});
