import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { quote } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Answers a client's mistake with its code; everything else is a bug: logged, and told only by the id to look it up with. */
export function answerError(log: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const status = error.statusCode ?? 500;
    const isBug = status >= 500;
    if (isBug) log.error('request failed', { method: request.method, endpoint: request.routeOptions.url, error });
    const code = isBug ? 'INTERNAL_SERVER_ERROR' : error.code;
    const message = isBug ? `The log tells more under correlation id ${request.id}.` : error.message;
    send(request, reply, { status, code, message });
  };
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const message = `There is no ${request.method} ${quote(request.url)} here.`;
  send(request, reply, { status: 404, code: 'NOT_FOUND', message });
}

type Problem = { readonly status: number; readonly code: string; readonly message: string };

function send(request: FastifyRequest, reply: FastifyReply, { status, code, message }: Problem): void {
  reply.code(status).send({ error: { code, message }, correlation_id: request.id });
}
