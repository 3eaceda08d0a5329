import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conduct } from './conduct.ts';
import type { Incident } from './incident.ts';
import type { Observer, Stage } from './stage/stage.ts';
import { Watch } from './stage/watch.ts';

type Labels = Readonly<Record<string, string>>;

/** A minute of the rules' time is 4 ms here. */
const SPEED = 15_000;
const LOOK_MS = 20;
const down = { alertname: 'ApiDown', severity: 'page' };
const stale = { alertname: 'MarketDataStale', severity: 'page' };

/** What a Prometheus says that fires; its Alertmanager silences none of it. */
let firing: readonly Labels[];
let stack: AsyncDisposableStack;
let observer: Observer;
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
  const watch = stack.use(new Watch({ prometheus: `http://${host}`, alertmanager: host }, LOOK_MS));
  observer = { watch, data: '', prometheus: '', time: null, [Symbol.asyncDispose]: async () => undefined };
});
afterEach(() => stack.disposeAsync());

/** What is found wrong where these fire, and when it is mended those. */
async function faultsOf(fires: readonly string[], during: readonly Labels[], after: readonly Labels[] = []) {
  const incident: Incident<Stage> = {
    ...{ name: 'one', what: 'something', fires, minutes: 50 },
    inject: () => {
      firing = during;
    },
    undo: {
      what: 'it is over',
      work: () => {
        firing = after;
      },
    },
  };
  const service: Stage['service'] = {
    env: {},
    well: async () => undefined,
    log: () => '',
    [Symbol.asyncDispose]: async () => undefined,
  };
  const stage = { service, speed: SPEED, always: new Set(['Watchdog']) };
  return (await conduct(incident, stage, observer, new AbortController().signal)).faults;
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
