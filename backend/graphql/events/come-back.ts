import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventsIn } from './accept.ts';

/** Whether it may be the EventSource of a browser that asks: nobody else has a reason to ask for events in this way. */
export function isEventSource({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && eventsIn(headers.accept) !== 'never';
}

/**
 * Tells an EventSource to come back after so many ms. At any status but 200 it gives up for good, without a word to anybody but its page; after
 * the end of a stream it comes back by itself.
 */
export function comeBack(reply: FastifyReply, ms: number): FastifyReply {
  return reply
    .code(200)
    .headers({ 'cache-control': 'no-store', connection: 'close', 'content-type': 'text/event-stream; charset=utf-8' })
    .send(`retry: ${Math.round(ms)}\n\n`);
}
