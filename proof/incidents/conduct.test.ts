import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conduct } from './conduct.ts';
import type { Incident } from './incident.ts';
import type { Observer, Stage } from './stage/stage.ts';
import { Watch } from './stage/watch.ts';

type Labels = Readonly<Record<string, string>>;

/** A minute of the rules' time is 12 ms here. */
const SPEED = 5_000;
const LOOK_MS = 20;
const down = { alertname: 'ApiDown', severity: 'page' };
const stale = { alertname: 'MarketDataStale', severity: 'page' };

/** What a Prometheus says that fires; its Alertmanager silences none of it. */
let firing: readonly Labels[];
let stack: AsyncDisposableStack;
let observer: Observer;
/** Where the service answers, with no metric of its own. */
let internal: string;
beforeEach(async () => {
  firing = [];
  stack = new AsyncDisposableStack();
  const server = createServer(({ url }, answer) => {
    const result = firing.map((metric) => ({ metric, value: [1, '1'] }));
    const told = firing.map((labels) => ({ labels, status: { inhibitedBy: [] } }));
    answer.end(JSON.stringify(url === '/api/v2/alerts' ? told : { status: 'success', data: { result } }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stack.defer(() => server.closeAllConnections());
  stack.defer(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  internal = `http://${host}`;
  const watch = stack.use(new Watch({ prometheus: internal, alertmanager: host }, LOOK_MS));
  observer = { watch, data: '', prometheus: '', time: null, [Symbol.asyncDispose]: async () => undefined };
});
afterEach(() => stack.disposeAsync());

/** What is found wrong with it, where nothing happens but what it says itself. */
async function faultsWith(happens: Partial<Incident<Stage>>, at: Partial<Stage> = {}): Promise<readonly string[]> {
  const incident = { name: 'one', what: 'something', fires: [], minutes: 50, inject: () => undefined, ...happens };
  const service: Stage['service'] = {
    env: { INTERNAL: internal },
    well: async () => undefined,
    log: () => '',
    [Symbol.asyncDispose]: async () => undefined,
  };
  const stage = { service, speed: SPEED, always: new Set(['Watchdog']), ...at };
  return (await conduct(incident, stage, observer, new AbortController().signal)).faults;
}

/** What is found wrong where these fire, and when it is mended those. */
function faultsOf(
  fires: readonly string[],
  during: readonly Labels[],
  after: readonly Labels[] = [],
  told?: Incident<Stage>['told'],
): Promise<readonly string[]> {
  const fire = (labels: readonly Labels[]) => () => {
    firing = labels;
  };
  const undo = { what: 'it is over', work: fire(after) };
  return faultsWith({ fires, inject: fire(during), undo, ...(told && { told }) });
}

it('finds nothing wrong where exactly the expected alerts fire and are over', async () => {
  expect(await faultsOf(['ApiDown', 'MarketDataStale'], [down, stale, { alertname: 'Watchdog' }])).toEqual([]);
  expect(await faultsOf([], [])).toEqual([]);
});

it('finds an alert that should not fire, and one that does not', async () => {
  expect(await faultsOf(['ApiDown'], [down, stale])).toEqual(['fired and should not: MarketDataStale']);
  expect(await faultsOf(['ApiDown', 'RedisDown'], [down])).toEqual(['did not fire: RedisDown']);
  expect(await faultsOf([], [down])).toEqual(['fired and should not: ApiDown']);
});

it('tells rules of one name apart by their severity and what they are about', async () => {
  const old = { alertname: 'BackupTooOld', severity: 'page', about: 'export' };
  expect(await faultsOf(['BackupTooOld page export'], [old])).toEqual([]);
  expect(await faultsOf(['BackupTooOld page export'], [old, { ...old, severity: 'ticket' }])).toEqual([
    'fired and should not: BackupTooOld ticket export',
  ]);
});

it('finds one that goes on when it is mended, the first or another', async () => {
  const goesOn = 'was not over after 180 minutes of the rules’ time';
  expect(await faultsOf(['ApiDown', 'MarketDataStale'], [down, stale], [stale])).toEqual([`MarketDataStale ${goesOn}`]);
  firing = [];
  expect(await faultsOf(['ApiDown'], [down], [down])).toEqual([`ApiDown ${goesOn}`]);
});

it('does not begin while something fires', async () => {
  firing = [stale];
  expect(await faultsOf(['ApiDown'], [down])).toEqual(['it was not quiet before: MarketDataStale']);
});

it('begins when it has been quiet for five minutes, and not as soon as nothing fires', async () => {
  const speed = SPEED / 10;
  const minute = 60_000 / speed;
  let lastFired = 0;
  class Asked extends Set<string> {
    override has(name: string): boolean {
      lastFired = performance.now();
      return super.has(name);
    }
  }
  firing = [stale];
  const ends = setTimeout(() => {
    firing = [];
  }, 20 * minute);
  stack.defer(() => clearTimeout(ends));
  let quiet = 0;
  const inject = () => {
    quiet = performance.now() - lastFired;
  };
  expect(await faultsWith({ inject, minutes: 0 }, { speed, always: new Asked() })).toEqual([]);
  expect(lastFired).toBeGreaterThan(0);
  // On a slow machine it is more.
  expect(quiet).toBeGreaterThanOrEqual(5 * minute);
});

it.each(['early', 'late'])('finds that it was told an hour %s by the time of the market', async (when) => {
  const hour = 3_600_000;
  const open = Date.parse('2026-03-09T13:30:00Z');
  // It stands still, a minute after the open.
  observer = { ...observer, time: { real: 0, market: open / 1_000 + 60, speed: 0 } };
  const from = when === 'early' ? open + hour : open - hour;
  const toldAt = (begin: number) => faultsOf(['ApiDown'], [down], [], () => [begin, begin + 360_000]);
  const span = [from, from + 360_000].map((at) => new Date(at).toISOString().slice(0, 19)).join(' to ');
  expect(await toldAt(from)).toEqual([`told at 2026-03-09T13:31:00 of the market, expected from ${span}`]);
  firing = [];
  expect(await toldAt(open)).toEqual([]);
});

it('finds that the drill of the page does not succeed', async () => {
  const faults = await faultsWith({ drill: 'MetricsAbsent', minutes: 0 });
  expect(faults).toEqual([expect.stringMatching(/^the drill of MetricsAbsent: exit code [1-9]\d*\n.*curl/s)]);
});

it('finds what could not be done, undone or ended', async () => {
  const fails = (what: string) => () => Promise.reject(new Error(`not ${what}`));
  const undo = { what: 'it is over', work: fails('undone') };
  expect(await faultsWith({ inject: fails('done'), undo, leave: fails('ended'), minutes: 0 })).toEqual([
    'not done',
    'not undone',
    'not ended',
  ]);
});
