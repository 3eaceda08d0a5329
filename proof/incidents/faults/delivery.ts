import { SlowClients } from '../../attack/wire/slow-client.ts';
import type { MarketIncident } from '../incident.ts';

/** One key may have two hundred subscriptions, and one connection fifty. */
const SOCKETS = 4;
const TIMES = 45;
const LIVE = 'subscription { signalEvents { __typename } }';
const COME_BACK_MS = 3_000;
const KEY = 'mutation { createApiKey(name: "flood", scopes: [SIGNALS_READ], days: 1) { text } }';

let clients: SlowClients | null = null;

export const deliveryIncidents: readonly MarketIncident[] = [
  {
    name: 'slow consumer flood',
    what: `${SOCKETS * TIMES} subscriptions of one API key on ${SOCKETS} connections that read nothing, answer no ping, and come back when they are cut off`,
    day: 'whole',
    when: 'in session',
    fires: ['SubscriptionDeliveryBudgetBurnFast', 'SubscriptionDeliveryBudgetBurnSlow'],
    minutes: 5,
    inject: async ({ service }) => {
      const address = `${service.env['PUBLIC'] ?? ''}/graphql`;
      const key = await newKey(address);
      clients = await SlowClients.start({
        url: address.replace('http', 'ws'),
        credentials: Array.from({ length: SOCKETS }, () => ({ 'x-api-key': key })),
        ...{ times: TIMES, query: LIVE, pace: 'nothing', comesBackMs: COME_BACK_MS },
      });
    },
    drill: 'SubscriptionDeliveryBudgetBurnFast',
    leave: () => {
      clients?.[Symbol.dispose]();
      clients = null;
    },
  },
];

async function newKey(address: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify({ query: KEY }) });
  const { data } = (await answer.json()) as { data?: { createApiKey: { text: string } } };
  if (data === undefined) throw new Error(`the service made no key: HTTP ${answer.status}`);
  return data.createApiKey.text;
}
