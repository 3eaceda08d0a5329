import { setImmediate } from 'node:timers/promises';
import type { CursorCodec } from '../../log/cursor.ts';
import { readEventsAfter, readStreamState } from '../../log/read.ts';
import type { Metrics } from '../../metrics/registry.ts';
import { type Clock, wallClock } from '../../platform/clock.ts';
import { isTransient, type Pool } from '../../platform/database/pool.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { SignalsService } from '../../signals/signals.service.ts';
import type { WakeUp } from '../wake-up.ts';
import { Gateway } from './gateway.ts';
import type { DeliveryTrace, LogReader, Timers } from './ports.ts';

export type GatewayParts = {
  readonly pool: Pool;
  readonly signals: Pick<SignalsService, 'byIds'>;
  readonly stream: string;
  readonly codec: CursorCodec;
  readonly wakeUp: WakeUp;
  readonly dataClock: Clock;
  readonly pollMs: number;
  readonly checkpointMs: number;
  readonly flush: () => void;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trace?: DeliveryTrace | null;
};

/** The gateway over the log in the database, by the clock of this machine. */
export function openGateway({ pool, signals, metrics, log, trace = null, ...rest }: GatewayParts): Gateway {
  const reader: LogReader = {
    state: () => readStreamState(pool, rest.stream),
    after: (seq, limit) => readEventsAfter(pool, rest.stream, seq, limit),
    signals: (ids) => signals.byIds(ids),
  };
  const operation = { operation: 'other' } as const;
  const gateway = new Gateway({
    ...{ ...rest, reader, wallClock, trace, timers: realTimers },
    onFailure: (error) => {
      if (isTransient(error)) log.warn('the event log cannot be read at the moment', { error });
      else log.error('the event log cannot be delivered', { error });
    },
    watch: {
      executed: () => metrics.subscriptionExecutions.inc(),
      sent: (members, events, lagMs, newest) => {
        metrics.subscriptionEvents.inc({ ...operation, result: 'sent' }, members * events);
        if (members === 0) return;
        const observe = (): void => metrics.subscriptionLag.observe(operation, lagMs / 1_000);
        if (trace === null || newest === undefined) observe();
        else trace.within(newest, observe);
      },
      slow: () => metrics.subscriptionEvents.inc({ ...operation, result: 'slow_consumer' }),
    },
  });
  metrics.beforeScrape(() => {
    metrics.subscriptionGroups.set(gateway.groups);
    metrics.subscriptionScanList.set(gateway.scanned);
  });
  return gateway;
}

const realTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  turn: () => setImmediate(),
};
