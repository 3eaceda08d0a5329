import type { Delivered, DeliveryTrace } from '../../delivery/gateway/ports.ts';
import { withContext } from '../../platform/telemetry/context.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { spanOfStep, type Tracing, traceOfEvent } from '../../platform/telemetry/tracing.ts';

/** Traces the way of each event through this process to those who stood at the head of the stream: wake-up, execution for groups, frames written. */
export function tracedDelivery(tracing: Tracing, log: Logger): DeliveryTrace {
  return {
    now: () => tracing.now(),
    within({ body }, work) {
      const traceId = traceOfEvent(body.facts.signalId, body.type);
      withContext(tracing.isKept(traceId) ? { traceId } : {}, work);
    },
    delivered(told) {
      for (const { logged, body } of told.events) {
        const traceId = traceOfEvent(body.facts.signalId, body.type);
        if (!tracing.isKept(traceId)) continue;
        tell(tracing, traceId, told, { seq: logged.seq, epoch: logged.epoch });
        withContext({ traceId }, () => log.debug('an event was delivered', { seq: logged.seq }));
      }
    },
  };
}

function tell(tracing: Tracing, traceId: string, times: Delivered, place: { seq: number; epoch: string }): void {
  const { lookedAt, readAt, executedAt, writtenAt } = times;
  const attributes = { 'event.seq': place.seq, 'event.epoch': place.epoch };
  const parentId = spanOfStep(traceId, 'append');
  const wokenId = tracing.span({ traceId, name: 'wake-up', parentId, start: lookedAt, end: readAt, attributes });
  // Nobody here wanted it.
  if (executedAt === null) return;
  const executedId = tracing.span({
    ...{ traceId, name: 'group execution', parentId: wokenId, attributes },
    ...{ start: readAt, end: executedAt },
  });
  tracing.span({
    traceId,
    name: 'frames written',
    parentId: executedId,
    start: executedAt,
    end: writtenAt,
    attributes,
  });
}
