import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

const never = new AbortController().signal;

function queueOf(most: number) {
  const calls: string[] = [];
  const queue = new EventQueue<number>({ most, onFull: () => calls.push('full'), onRoom: () => calls.push('room') });
  return { queue, calls };
}

describe('a queue of events', () => {
  it('gives them in order, also those that come while the reader waits', async () => {
    const { queue } = queueOf(10);
    queue.push(1);
    queue.push(2);
    expect([await queue.next(never), await queue.next(never)]).toEqual([1, 2]);
    const third = queue.next(never);
    queue.push(3);
    expect(await third).toBe(3);
  });

  it('tells when it is full and when half of it is read, once each', async () => {
    const { queue, calls } = queueOf(4);
    for (let index = 0; index < 6; index += 1) queue.push(index);
    expect(calls).toEqual(['full']);
    expect(queue.full).toBe(true);
    for (let index = 0; index < 4; index += 1) await queue.next(never);
    expect(calls).toEqual(['full', 'room']);
    expect(queue.full).toBe(false);
  });

  it('keeps order and count over many events', async () => {
    const { queue } = queueOf(100_000);
    for (let index = 0; index < 5_000; index += 1) queue.push(index);
    const read: number[] = [];
    for (let index = 0; index < 5_000; index += 1) {
      read.push(await queue.next(never));
      if (index % 2 === 0) queue.push(10_000 + index);
    }
    expect(read).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(await queue.next(never)).toBe(10_000);
  });

  it('throws its failure after what came before it', async () => {
    const { queue } = queueOf(10);
    queue.push(1);
    queue.fail(new Error('refused'));
    expect(await queue.next(never)).toBe(1);
    await expect(queue.next(never)).rejects.toThrow('refused');
    await expect(queue.next(never)).rejects.toThrow('refused');
  });

  it('throws the reason of an abort, at once and while it waits', async () => {
    const { queue } = queueOf(10);
    queue.push(1);
    await expect(queue.next(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    await queue.next(never);
    const abort = new AbortController();
    const waiting = queue.next(abort.signal);
    abort.abort(new Error('the day is over'));
    await expect(waiting).rejects.toThrow('the day is over');
  });
});
