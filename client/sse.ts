import type { ServerError } from './errors.ts';
import { readEventStream } from './event-stream.ts';
import type { Ending, Receiver, SubscribeOptions, Transport } from './transport.ts';

/**
 * Server-sent events in the distinct connections mode of graphql-sse: one POST for one subscription. The cursor goes into the variables, and
 * not as Last-Event-ID: that header is for programs that know nothing of cursors, and a browser would have to ask whether it may send it.
 */
export const eventStream: Transport = (options, receiver) => {
  const left = new AbortController();
  void converse(options, receiver, left.signal).then(receiver.end);
  return () => left.abort();
};

const CUT_OFF: Ending = { kind: 'closed', code: 1006, reason: '' };
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

async function converse(options: SubscribeOptions, receiver: Receiver, signal: AbortSignal): Promise<Ending> {
  const response = await ask(options, signal).catch(() => null);
  if (response === null) return { kind: 'unreachable' };
  const { body } = response;
  if (!response.ok || body === null || !isEventStream(response)) return refusal(response);

  try {
    for await (const { event, data } of readEventStream(body)) {
      if (event === 'complete') return { kind: 'completed' };
      if (event === 'next') receiver.next(JSON.parse(data));
    }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'unreadable', message: error.message };
  }
  return CUT_OFF;
}

async function ask({ url, credential, query, variables }: SubscribeOptions, signal: AbortSignal): Promise<Response> {
  const shown = typeof credential === 'function' ? await credential() : credential;
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(shown === undefined ? {} : { authorization: `Bearer ${shown}` }),
    },
    body: JSON.stringify({ query, variables }),
    signal,
  });
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.split(';')[0]?.trim() === 'text/event-stream';
}

async function refusal(response: Response): Promise<Ending> {
  const answer = (await response.json().catch(() => null)) as { errors?: readonly ServerError[] } | null;
  if (Array.isArray(answer?.errors)) return { kind: 'refused', errors: answer.errors };
  if (PASSING_STATUS.has(response.status)) return { kind: 'unreachable' };
  const message = `status ${response.status} and no event stream`;
  return { kind: 'unreadable', message };
}
