import type { SourceBatch } from './source.ts';

/**
 * Puts together what a source has ready, so that a feed at full speed is stored in large transactions and a live one bar by bar. A chunk
 * ends when it holds `most` bars or when the source has to be waited for.
 */
export async function* chunksOf(
  batches: AsyncIterable<SourceBatch>,
  most: number,
): AsyncGenerator<readonly SourceBatch[]> {
  const iterator = batches[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const chunk = [first.value];
      let bars = first.value.bars.length;
      next = iterator.next();
      // A failure is thrown where the batch is awaited, after what came before it was stored.
      next.catch(() => undefined);
      for (;;) {
        const ready = bars >= most ? null : await readyNow(next);
        if (ready === null || ready.done === true) break;
        chunk.push(ready.value);
        bars += ready.value.bars.length;
        next = iterator.next();
        next.catch(() => undefined);
      }
      yield chunk;
    }
  } finally {
    await iterator.return?.();
  }
}

const WAITING = Symbol('waiting');

/** The result if it is there or comes without waiting for time to pass, else null. A failure counts as not there yet. */
async function readyNow(next: Promise<IteratorResult<SourceBatch>>): Promise<IteratorResult<SourceBatch> | null> {
  const settled = next.catch(() => WAITING);
  const turn = new Promise<typeof WAITING>((resolve) => setImmediate(() => setImmediate(() => resolve(WAITING))));
  const winner = await Promise.race([settled, turn]);
  return typeof winner === 'symbol' ? null : winner;
}
