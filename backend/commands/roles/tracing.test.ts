import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { follow } from '../../../client/follow.ts';
import { localIdOf } from '../../platform/graphql/global-id.ts';
import { traceOfEvent, traceparentOf } from '../../platform/telemetry/tracing.ts';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { inventMarket, type TestMarket } from '../../testing/market.ts';
import { freePort } from '../../testing/ports.ts';
import { RoleProcess } from '../../testing/role.ts';
import { csvOf } from '../../testing/service.ts';

const PATIENCE_MS = 300_000;
/** In the order of the way of a signal. */
const STEPS = ['bar', 'features', 'prediction', 'signal', 'append', 'wake-up', 'group execution', 'frames written'];

type Attribute = { readonly key: string; readonly value: { readonly stringValue?: string } };
type Sent = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'role'>[] }[];
  }[];
};
type Span = {
  readonly role: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
};

/** Takes traces as a collector does: OTLP over HTTP, as JSON. */
class Receiver implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const { resourceSpans } = (await json(request)) as Sent;
      for (const { resource, scopeSpans } of resourceSpans) {
        const role = resource.attributes.find(({ key }) => key === 'heliograph.role')?.value.stringValue ?? '';
        for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => ({ ...span, role })));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'heliograph-tracing-'));
const processes: RoleProcess[] = [];
let market: TestMarket;
let store: TestStore;
beforeAll(async () => {
  market = await inventMarket({ historySessions: 4, liveSessions: 4 });
  store = await openTestStore('tracing');
  writeFileSync(join(folder, 'bars.csv'), csvOf(market.source, sixSessions()));
}, PATIENCE_MS);
afterAll(async () => {
  for (const one of processes) one[Symbol.dispose]();
  await store?.dispose();
  rmSync(folder, { recursive: true });
});

/** Four to learn from and some to decide in. */
function sixSessions() {
  const all = [...market.history, ...market.live];
  const dateOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
  const dates = [...new Set(all.map(({ knownTime }) => dateOf(knownTime)))];
  return all.filter(({ knownTime }) => dates.indexOf(dateOf(knownTime)) < 6);
}

/** A role as a process of its own; what it writes is its log. */
async function start(
  role: string,
  settings: Record<string, string>,
  flags: readonly string[] = [],
): Promise<RoleProcess> {
  const started = await RoleProcess.start(role, {
    settings: { DATABASE_URL: store.database.applicationUrl, ...settings },
    flags,
    patienceMs: PATIENCE_MS,
  });
  processes.push(started);
  return started;
}

async function until(condition: () => boolean | Promise<boolean>, told: () => string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await condition()); await sleep(100))
    if (performance.now() > end) throw new Error(`still not so: ${condition}\n${told()}`);
}

it(
  'follows a signal from its bar to its subscriber, through two processes, in one trace',
  async () => {
    await using receiver = new Receiver();
    const traces = { TRACES_URL: await receiver.listen() };
    const port = await freePort();
    const api = await start('api', { ...traces, PORT: String(port), POLL_INTERVAL_MS: '250', LOG_LEVEL: 'debug' });
    const left = new AbortController();
    const published: string[] = [];
    const live = Promise.withResolvers<void>();
    const following = (async () => {
      const options = { url: `ws://127.0.0.1:${port}/graphql`, from: 'BEGINNING', signal: left.signal } as const;
      for await (const { events } of follow({
        ...options,
        onStatus: ({ state }) => state === 'live' && live.resolve(),
      }))
        published.push(...events.filter(({ type }) => type === 'PUBLISHED').map(({ signal }) => signal.id));
    })();
    await live.promise;
    const flags = ['--bars', join(folder, 'bars.csv'), '--speed', 'max'];
    const pipeline = await start('pipeline', { ...traces, SIGNAL_TOP_QUANTILE: '0.25' }, flags);
    const ofTrace = (traceId: string): Span[] => receiver.spans.filter((span) => span.traceId === traceId);
    const whole = (): string | undefined =>
      receiver.spans
        .map(({ traceId }) => traceId)
        .find((traceId) => STEPS.every((name) => ofTrace(traceId).some((span) => span.name === name)));
    await until(
      () => whole() !== undefined,
      () => `${JSON.stringify(receiver.spans.slice(0, 20))}\n${pipeline.output}\n${api.output}`,
    );
    left.abort();
    await following;

    const traceId = whole() ?? '';
    const spans = STEPS.map((name) => ofTrace(traceId).filter((span) => span.name === name));
    expect(spans.map((found) => found.length)).toEqual(STEPS.map(() => 1));
    const [first, ...others] = spans.flat();
    expect(first?.parentSpanId ?? '').toBe('');
    // Each follows from the one before, and none ends before it has begun.
    expect(others.map(({ parentSpanId }) => parentSpanId)).toEqual(
      spans
        .flat()
        .slice(0, -1)
        .map(({ spanId }) => spanId),
    );
    for (const { startTimeUnixNano, endTimeUnixNano } of spans.flat())
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    const starts = spans.flat().map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano));
    expect(starts.slice(0, 5)).toEqual(starts.slice(0, 5).toSorted((a, b) => (a < b ? -1 : 1)));
    expect(starts.slice(5)).toEqual(starts.slice(5).toSorted((a, b) => (a < b ? -1 : 1)));
    expect(spans.flat().map(({ role }) => role)).toEqual([...Array(5).fill('pipeline'), ...Array(3).fill('api')]);

    // The trace is known by what the client was sent, and by the lines of both logs.
    const traced = published.map((id) => traceOfEvent(localIdOf('Signal', 'id', id), 'PUBLISHED'));
    expect(traced).toContain(traceId);
    expect(spans.flat()[4]?.spanId).toBe(traceparentOf(traceId).split('-')[2]);
    for (const { output } of [pipeline, api]) {
      expect(output).toContain(`"trace_id":"${traceId}"`);
      expect(output).not.toContain('"level":"error"');
    }
    // Whose latency stands out is said where it is asked for, and nowhere else.
    const accept = 'application/openmetrics-text; version=1.0.0';
    const page = await (await fetch(`${api.internalUrl}/metrics`, { headers: { accept } })).text();
    expect(page).toMatch(/^graphql_subscription_lag_seconds_bucket\{.*\} \d+ # \{trace_id="[0-9a-f]{32}"\}/m);
    expect(await (await fetch(`${api.internalUrl}/metrics`)).text()).not.toContain('trace_id');
  },
  3 * PATIENCE_MS,
);
