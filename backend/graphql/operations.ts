import type { Gateway } from '../delivery/gateway/gateway.ts';
import { Operations } from '../delivery/transports/operations.ts';
import type { Outbox } from '../delivery/transports/outbox.ts';
import type { OnTooSlow } from '../delivery/transports/ports.ts';
import type { SubscriptionCap } from '../delivery/transports/subscription-cap.ts';
import type { Catalogue } from '../metrics/catalogue.ts';
import type { ClientAddress } from '../platform/http/client-address.ts';
import { operationGate } from './admission.ts';
import { Plans } from './compiled/plan.ts';
import type { GraphqlOptions } from './http.ts';

export type LiveOptions = GraphqlOptions & {
  readonly gateway: Gateway;
  readonly outbox: Outbox;
  readonly onTooSlow: OnTooSlow;
  /** Aborted when the process begins to drain. */
  readonly draining: AbortSignal;
  /** Origins whose pages may open a socket or a stream, besides the service's own. */
  readonly allowedOrigins: readonly string[];
  readonly clientAddress: ClientAddress;
  readonly cap: SubscriptionCap;
  readonly caps: {
    /** Most operations of one connection at once. */
    readonly perConnection: number;
    /** Most sockets of one address of which it is not known yet who speaks. */
    readonly unknownPerAddress: number;
  };
};

type Transport = Catalogue['subscriptionsActive']['labels']['transport'][number];

/** What runs the operations of a transport that stays open: one gate, one gateway, one formatter. */
export function createOperations(options: LiveOptions, transport: Transport): Operations {
  const { metrics } = options;
  const plans = new Plans(options.schema);
  const labels = { operation: 'other', transport } as const;
  return new Operations({
    ...options,
    makeText: async (admitted, context) =>
      (await plans
        .of(admitted)?.(context, admitted.coerced)
        .catch(() => null)) ?? null,
    gate: operationGate(options, transport),
    flush: () => options.outbox.flush(),
    onSubscriptions: (change) => {
      if (change === 1) metrics.subscriptionsActive.inc(labels);
      else metrics.subscriptionsActive.dec(labels);
    },
    onBatch: (data) => {
      const [item] = Object.values(data ?? {}) as { readonly bars?: unknown; readonly lagMs?: unknown }[];
      if (!Array.isArray(item?.bars)) return;
      metrics.subscriptionEvents.inc({ operation: 'other', result: 'sent' }, item.bars.length);
      if (typeof item.lagMs === 'number') metrics.subscriptionLag.observe({ operation: 'other' }, item.lagMs / 1_000);
    },
  });
}
