import { readItem } from './item.ts';
import { eventStream } from './sse.ts';
import type { Ending, SubscribeOptions } from './transport.ts';
import type { StreamItem } from './types.ts';
import { webSocket } from './web-socket.ts';

export interface Subscription {
  /** The next item; when all are taken and no more can come, the ending, again and again. */
  next(): Promise<StreamItem | Ending>;
  close(): void;
}

/** One subscription over one connection of its own. */
export function subscribe(options: SubscribeOptions): Subscription {
  const items: StreamItem[] = [];
  let ending: Ending | undefined;
  let wake = () => {};
  const stopped = () => end({ kind: 'stopped' });
  const silence = watchSilence(options.stallAfterMs, () => end({ kind: 'stalled' }));
  const transport = options.url.startsWith('http') ? eventStream : webSocket;
  const hangUp = transport(options, {
    next: ({ data, errors }) => (errors === undefined ? take(data) : end({ kind: 'refused', errors })),
    end,
  });
  options.signal.addEventListener('abort', stopped);
  if (options.signal.aborted) stopped();

  function take(data: unknown): void {
    if (ending !== undefined) return;
    silence.broken();
    try {
      const item = readItem(data);
      if (item !== null) items.push(item);
    } catch (error) {
      end({ kind: 'unreadable', message: error instanceof Error ? error.message : String(error) });
    }
    wake();
    if (items.length < options.maxBuffered || ending !== undefined) return;
    end({ kind: 'full' });
    options.onFull();
  }

  function end(how: Ending): void {
    if (ending !== undefined) return;
    ending = how;
    if (how.kind === 'stopped') items.length = 0;
    silence.stop();
    options.signal.removeEventListener('abort', stopped);
    hangUp(how.kind === 'stalled');
    wake();
  }

  return {
    async next() {
      while (items.length === 0 && ending === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return items.shift() ?? ending ?? { kind: 'stopped' };
    },
    close: stopped,
  };
}

/** Calls back when nothing has come for `ms`, once. */
function watchSilence(ms: number, onSilence: () => void) {
  let timer: ReturnType<typeof setTimeout>;
  // After a sleep of the process the timer is due before the data that waits in the socket: let that in first.
  const lastCall = () => {
    timer = setTimeout(onSilence, 1);
  };
  const broken = () => {
    clearTimeout(timer);
    timer = setTimeout(lastCall, ms);
  };
  broken();
  return { broken, stop: () => clearTimeout(timer) };
}
