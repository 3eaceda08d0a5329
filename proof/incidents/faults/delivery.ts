import { SlowClients } from '../../attack/wire/slow-client.ts';
import type { MarketIncident } from '../incident.ts';

/** One user may have two hundred subscriptions, and one connection fifty. */
const SOCKETS = 4;
const TIMES = 45;
const LIVE = 'subscription { signalEvents { __typename } }';

let clients: SlowClients | null = null;

export const deliveryIncidents: readonly MarketIncident[] = [
  {
    name: 'slow consumer flood',
    what: `${SOCKETS * TIMES} subscriptions on ${SOCKETS} connections that read nothing and answer no ping`,
    day: 'whole',
    when: 'in session',
    fires: ['SubscriptionDeliveryBudgetBurnFast', 'SubscriptionDeliveryBudgetBurnSlow'],
    minutes: 5,
    inject: async ({ service }) => {
      clients = await SlowClients.start({
        url: `${(service.env['PUBLIC'] ?? '').replace('http', 'ws')}/graphql`,
        credentials: Array.from({ length: SOCKETS }, () => ({})),
        ...{ times: TIMES, query: LIVE, pace: 'nothing' },
      });
    },
    undo: {
      what: 'the clients go away',
      work: () => {
        clients?.[Symbol.dispose]();
        clients = null;
      },
    },
  },
];
