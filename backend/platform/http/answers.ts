import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { quote } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';

type Problem = { readonly code: string; readonly message: string };

/** All that a request may be told before it has reached anything of ours, by its status. What the framework calls it stays here. */
const PROBLEMS: Readonly<Record<number, Problem>> = {
  400: { code: 'BAD_REQUEST', message: 'The request cannot be read, expected HTTP/1.1 with a well-formed address.' },
  408: { code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time.' },
  413: { code: 'BODY_TOO_LARGE', message: 'The body is larger than this service takes.' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The content type is not one of ours, expected application/json.' },
  431: { code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than this service takes.' },
};
const BAD_REQUEST: Problem = PROBLEMS[400] ?? { code: 'BAD_REQUEST', message: '' };
const BAD_JSON: Problem = { code: 'BAD_JSON', message: 'The body is not JSON, expected one JSON value in UTF-8.' };

/** Answers a client's mistake with its code; everything else is a bug: logged, and told only by the id to look it up with. */
export function answerError(log: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const status = error.statusCode ?? 500;
    if (status < 500) {
      send(request, reply, status, problemOf(status, error.code));
      return;
    }
    log.error('request failed', { method: request.method, endpoint: request.routeOptions.url, error });
    const message = `The log tells more under correlation id ${request.id}.`;
    send(request, reply, status, { code: 'INTERNAL_SERVER_ERROR', message });
  };
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const message = `There is no ${request.method} ${quote(request.url)} here.`;
  send(request, reply, 404, { code: 'NOT_FOUND', message });
}

/** What does not even come to be a request is told over its bare socket. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = BROKEN[error.code ?? ''] ?? 400;
  const body = JSON.stringify({ error: problemOf(status) });
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

const BROKEN: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** What a status is told as; `frameworkCode` is what the framework calls the mistake. */
export function problemOf(status: number, frameworkCode?: string): Problem {
  if (frameworkCode?.endsWith('_JSON_BODY')) return BAD_JSON;
  return PROBLEMS[status] ?? BAD_REQUEST;
}

function send(request: FastifyRequest, reply: FastifyReply, status: number, { code, message }: Problem): void {
  reply.code(status).send({ error: { code, message }, correlation_id: request.id });
}
