import { afterAll, beforeAll, expect, it } from 'vitest';
import { follow } from '../../client/follow.ts';
import { globalId } from '../platform/graphql/global-id.ts';
import { publishing, writeTick } from '../signals/publishing.fixture.ts';
import type { Signal } from '../signals/signal.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';
import type { TestStore } from '../testing/database.ts';
import { openMarketStore } from '../testing/market-store.ts';

let store: TestStore;
let api: TestApi;
let signal: Signal;
beforeAll(async () => {
  const opened = await openMarketStore('cancel_graphql');
  store = opened.store;
  signal = opened.ticks[0]?.published[0] as Signal;
  await writeTick(await store.em(), opened.market.source, publishing([signal]));
  api = await startTestApi(store);
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await store?.dispose();
});

async function cancel(id: string, reason: string) {
  const query =
    'mutation ($id: ID!, $reason: String!) { cancelSignal(id: $id, reason: $reason) { id state actionable } }';
  const answer = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id, reason } }),
  });
  return answer.json();
}

it('cancels a signal, tells whoever follows, and says the same when it is asked again', async () => {
  const id = globalId('Signal', signal.id);
  const cancelled = { data: { cancelSignal: { id, state: 'CANCELLED', actionable: false } } };
  expect(await cancel(id, 'a wrong price')).toEqual(cancelled);
  expect(await cancel(id, 'said again')).toEqual(cancelled);

  const heard: string[] = [];
  for await (const { events } of follow({ url: api.webSocketUrl, from: 'BEGINNING' })) {
    heard.push(...events.map(({ type }) => type));
    if (heard.length >= 2) break;
  }
  expect(heard).toEqual(['PUBLISHED', 'CANCELLED']);
  expect(await api.metrics.render()).toContain('signal_outcomes_total{result="CANCELLED"} 1');
});

it.each([
  ['sig_00000000-0000-8000-8000-000000000000', 'NOT_FOUND'],
  ['ins_spy-us', 'INVALID_INPUT'],
  ['nonsense', 'INVALID_INPUT'],
])('answers %s with %s', async (id, code) => {
  expect(await cancel(id, 'why')).toMatchObject({ data: null, errors: [{ extensions: { code } }] });
});
