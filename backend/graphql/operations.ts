import type { Gateway } from '../delivery/gateway/gateway.ts';
import { Operations } from '../delivery/transports/operations.ts';
import type { Outbox } from '../delivery/transports/outbox.ts';
import { operationGate } from './admission.ts';
import type { GraphqlOptions } from './http.ts';

export type LiveOptions = GraphqlOptions & {
  readonly gateway: Gateway;
  readonly outbox: Outbox;
  /** Aborted when the process begins to drain. */
  readonly draining: AbortSignal;
  /** Origins whose pages may open a socket, besides the service's own. */
  readonly allowedOrigins: readonly string[];
  readonly caps: {
    /** Most operations of one connection at once. */
    readonly perConnection: number;
    /** Most subscriptions of one principal at once. */
    readonly perPrincipal: number;
    /** Most sockets of one address of which it is not known yet who speaks. */
    readonly unknownPerAddress: number;
  };
};

/** What runs the operations of a transport that stays open: one gate, one gateway, one formatter. */
export function createOperations(options: LiveOptions): Operations {
  const { metrics } = options;
  const labels = { operation: 'other', transport: 'websocket' } as const;
  return new Operations({
    ...options,
    gate: operationGate(options, 'websocket'),
    flush: () => options.outbox.flush(),
    maxPerPrincipal: options.caps.perPrincipal,
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
