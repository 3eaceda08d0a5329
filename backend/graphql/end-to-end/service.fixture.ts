import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { inventMarket, type TestMarket } from '../../testing/market.ts';
import { csvOf, ServiceProcess } from '../../testing/service.ts';

/** One was split before its first bar; nothing is split, nor named otherwise, while there are bars. */
const ACTIONS = [
  'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced',
  'SIMB,SPLIT,2026-10-01,2:1,,,,',
  'SIMB,LISTING,2020-01-02,,,,,',
  'SIMB,DIVIDEND,2026-10-12,,0.25,USD,,',
  'SIMB,SYMBOL_CHANGE,2028-01-03,,,,SIMX,2026-10-01T12:00:00Z',
  'SIMB,DELISTING,2028-06-01,,,,,2028-05-01T12:00:00Z',
].join('\n');

export type Data = Record<string, unknown>;
export type ShownError = { message: string; locations?: unknown; path?: unknown; extensions: { code: string } };
export type Answer = { data?: Data | null; errors?: ShownError[] };

export type Page<T> = {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean };
};
export const PAGE_INFO = 'pageInfo { startCursor endCursor hasNextPage hasPreviousPage }';

/** For the tests of a file: a service in a process of its own that has played six invented sessions into a database of its own. */
export function playService(): Played {
  const played = new Played();
  beforeAll(() => played.start(), 90_000);
  afterAll(() => played.end());
  return played;
}

/** Four sessions to learn from and some to decide in. */
class Played {
  readonly #folder = mkdtempSync(join(tmpdir(), 'heliograph-end-to-end-'));
  readonly #bars = join(this.#folder, 'invented.csv');
  #started: { market: TestMarket; store: TestStore; service: ServiceProcess } | null = null;

  async start(): Promise<void> {
    const market = await inventMarket({ historySessions: 4, liveSessions: 4 });
    const store = await openTestStore('service');
    const actions = join(this.#folder, 'actions.csv');
    this.#write(market, 6);
    writeFileSync(actions, ACTIONS);
    const service = await ServiceProcess.start(store, this.#bars, ['--actions', actions]);
    this.#started = { market, store, service };
    await this.#settled();
  }

  async end(): Promise<void> {
    await this.#started?.service.stop('SIGKILL');
    await this.#started?.store.dispose();
    rmSync(this.#folder, { recursive: true });
  }

  get market(): TestMarket {
    return this.#parts.market;
  }

  get store(): TestStore {
    return this.#parts.store;
  }

  get service(): ServiceProcess {
    return this.#parts.service;
  }

  /** Starts the service again, on two sessions more. */
  async goOn(): Promise<void> {
    this.#write(this.market, 8);
    await this.service.start();
    await this.#settled();
  }

  /** The seq of the newest event. */
  async head(): Promise<number> {
    return (await this.store.pool.query(`select last_seq from stream_head where stream = 'public'`)).rows[0].last_seq;
  }

  async post(query: string, variables: Data = {}): Promise<Answer> {
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** The answer to a query that must have no error. */
  async ask<T = Data>(query: string, variables: Data = {}): Promise<T> {
    const { data, errors } = await this.post(query, variables);
    expect(errors).toBeUndefined();
    return data as T;
  }

  /** All pages of a list, from its beginning to its end or the other way round, each held to what a connection promises. */
  async allPages<T>(field: string, args: string, size: number, selection: string, backward = false): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const place: string = backward ? `last: ${size}, before: $cursor` : `first: ${size}, after: $cursor`;
      const query = `query ($cursor: Cursor) { list: ${field}(${args} ${place}) { edges { cursor node ${selection} } nodes ${selection} ${PAGE_INFO} } }`;
      const { list }: { list: Page<T> } = await this.ask(query, { cursor });
      expect(list.nodes).toEqual(list.edges.map(({ node }) => node));
      expect(list.pageInfo.startCursor).toBe(list.edges.at(0)?.cursor ?? null);
      expect(list.pageInfo.endCursor).toBe(list.edges.at(-1)?.cursor ?? null);
      expect(backward ? list.pageInfo.hasNextPage : list.pageInfo.hasPreviousPage).toBe(cursor !== null);
      if (backward) found.unshift(...list.nodes);
      else found.push(...list.nodes);
      more = backward ? list.pageInfo.hasPreviousPage : list.pageInfo.hasNextPage;
      if (more) expect(list.nodes).toHaveLength(size);
      cursor = backward ? list.pageInfo.startCursor : list.pageInfo.endCursor;
    }
    return found;
  }

  /** How many subscriptions the service counts at this moment. */
  async activeSubscriptions(): Promise<number> {
    const page = await (await fetch(`${this.service.internalUrl}/metrics`)).text();
    return Number(/^graphql_subscriptions_active\{.*\} (\d+)/m.exec(page)?.[1] ?? 0);
  }

  get #parts() {
    if (this.#started === null) throw new Error('the service was not started');
    return this.#started;
  }

  #write(market: TestMarket, sessions: number): void {
    const all = [...market.history, ...market.live];
    const dates = [...new Set(all.map(({ knownTime }) => dateOf(knownTime)))];
    const batches = all.filter(({ knownTime }) => dates.indexOf(dateOf(knownTime)) < sessions);
    writeFileSync(this.#bars, csvOf(market.source, batches));
  }

  /** Waits until the engine has decided on every bar of the file. */
  async #settled(): Promise<void> {
    const total = readFileSync(this.#bars, 'utf8').trimEnd().split('\n').length - 1;
    for (const end = performance.now() + 60_000; performance.now() < end; await sleep(50)) {
      const { rows } = await this.store.pool.query<{ ingest_seq: number }>('select ingest_seq from engine_position');
      if (rows[0]?.ingest_seq === total) return;
    }
    throw new Error(`the engine did not come to bar ${total}:\n${this.service.output}`);
  }
}

const dateOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
