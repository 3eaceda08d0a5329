import { sleep } from './backoff.ts';
import { type Acknowledge, acknowledger, type CursorStore } from './cursor-store.ts';
import { followDocument } from './document.ts';
import { Position } from './position.ts';
import { type Interruption, type ProblemPolicy, Recovery, type RetryOptions } from './recovery.ts';
import type { Status } from './status.ts';
import { type Subscription, subscribe } from './subscription.ts';
import type { Credential, WebSocketClass } from './transport.ts';
import type { Cursor, SignalEvent, SignalFilter, StreamStart } from './types.ts';
import { webSocketClass } from './web-socket.ts';

export type FollowOptions = {
  /** The address of the GraphQL endpoint: ws:// or wss:// for a WebSocket, http:// or https:// for server-sent events. */
  readonly url: string;
  readonly filter?: SignalFilter | undefined;
  /** An access token or an API key. A function is asked at every connection, so that a new token takes the place of one that expired. */
  readonly credential?: Credential | undefined;
  /** Where to begin when the store holds no cursor. */
  readonly after?: Cursor | undefined;
  /** Where to begin when there is no cursor at all. Default LIVE: only what happens from now on. */
  readonly from?: StreamStart | undefined;
  /** Read once at the start; written by `ack()` only. */
  readonly store?: CursorStore | undefined;
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal | undefined;
  readonly onStatus?: ((status: Status) => void) | undefined;
  /** What to do when the cursor does not continue. Default `throw`: a StreamProblemError. */
  readonly onProblem?: ProblemPolicy | undefined;
  /** Events in a batch at most. Default: the server's, 50. */
  readonly maxBatch?: number | undefined;
  /** Batches held for a reader that is busy. Default 256; then the socket is closed until all are taken. */
  readonly maxBuffered?: number | undefined;
  /** Silence after which the connection counts as dead. Default 10,000 ms, two of the signs of life: the server speaks at least each 5 s. */
  readonly stallAfterMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** For a platform without a global WebSocket: the class of the package `ws`. */
  readonly webSocket?: WebSocketClass | undefined;
};

export type Delivery = {
  /** In order, none twice. Empty when only the cursor moved, over events that the filter left out. */
  readonly events: readonly SignalEvent[];
  /** Everything up to here has been delivered: store it with what the events did. */
  readonly cursor: Cursor;
  /** Writes the cursor into the store; resolved means stored. */
  readonly ack: () => Promise<void>;
};

/**
 * Follows the signals without a gap: any disconnect is healed by a new subscription from the last cursor received. Ends when the signal is
 * aborted or the loop is left; throws FollowError (GapError, StreamProblemError, RefusedError) for what a reconnect cannot heal.
 */
export function follow(options: FollowOptions): AsyncIterableIterator<Delivery, undefined> {
  checkUrl(options.url);
  if (options.url.startsWith('ws')) webSocketClass(options.webSocket);
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([left.signal, options.signal]);
  const deliveries = run(options, signal);

  return {
    next: () => deliveries.next(),
    // A generator that waits would hear of its end only with the next event.
    return: () => {
      left.abort();
      return deliveries.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* run(options: FollowOptions, signal: AbortSignal): AsyncGenerator<Delivery, undefined> {
  const position = new Position((await options.store?.load()) ?? options.after);
  const recovery = new Recovery(position, options.retry ?? {}, options.onProblem ?? 'throw');
  const acknowledge = acknowledger(options.store);
  const tell = statusTeller(options.onStatus);

  while (!signal.aborted) {
    tell({ state: 'connecting' });
    const subscription = open(options, position.cursor, signal, tell);
    const interruption = yield* deliver(subscription, position, recovery, acknowledge, tell);
    if (signal.aborted) return;

    const { reason, waitMs } = await recovery.after(interruption);
    if (interruption.kind === 'full') continue;
    if (interruption.kind === 'stalled') tell({ state: 'stalled', silentForMs: stallAfterMs(options) });
    tell({ state: 'disconnected', reason, retryInMs: waitMs });
    await sleep(waitMs, signal);
  }
}

/** Delivers what one subscription brings, up to what interrupts it. */
async function* deliver(
  subscription: Subscription,
  position: Position,
  recovery: Recovery,
  acknowledge: Acknowledge,
  tell: (status: Status) => void,
): AsyncGenerator<Delivery, Interruption> {
  let live = false;
  try {
    for (;;) {
      const item = await subscription.next();
      if ('kind' in item) return item;
      if (item.__typename === 'StreamProblem') return { kind: 'problem', problem: item };
      const step = position.advance(item);
      if (step.kind === 'gap') return step;

      const { events, moved } = step.kind === 'step' ? step : NOTHING_NEW;
      recovery.progressed(moved);
      if (item.__typename === 'StreamCheckpoint') live = item.live;
      tell({ state: live ? 'live' : 'catching-up' });
      const { cursor } = item;
      if (moved) yield { events, cursor, ack: acknowledge(cursor) };
    }
  } finally {
    subscription.close();
  }
}

const NOTHING_NEW = { events: [], moved: false } as const;

function open(
  options: FollowOptions,
  after: Cursor | undefined,
  signal: AbortSignal,
  tell: (status: Status) => void,
): Subscription {
  const { url, filter, maxBatch, maxBuffered = 256 } = options;
  const start = after === undefined ? { from: options.from ?? 'LIVE' } : { after };
  return subscribe({
    url,
    query: followDocument,
    credential: options.credential,
    variables: { ...start, filter, maxBatch },
    webSocket: options.webSocket,
    maxBuffered,
    stallAfterMs: stallAfterMs(options),
    signal,
    onFull: () => tell({ state: 'paused', buffered: maxBuffered }),
  });
}

function stallAfterMs(options: FollowOptions): number {
  return options.stallAfterMs ?? 10_000;
}

/** Leaves out what was told already (each checkpoint says "live" again), and what is drained from the buffer of a closed socket. */
function statusTeller(onStatus: (status: Status) => void = () => {}): (status: Status) => void {
  let last: Status['state'] | undefined;
  return (status) => {
    if (status.state === last || (last === 'paused' && status.state !== 'connecting')) return;
    last = status.state;
    onStatus(status);
  };
}

/** A socket cannot be opened with any other address, and says so where nobody can catch it. */
function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^(ws|http)s?:$/.test(parsed.protocol) || parsed.hash !== '') {
    throw new TypeError(
      `url is ${JSON.stringify(url.slice(0, 64))}, expected an address such as ws://127.0.0.1:4000/graphql`,
    );
  }
}
