import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FreshHead } from './fresh-head.ts';
import { type Prepared, PreparedRequests } from './prepared.ts';

const prepared = { shareable: true } as Prepared;
const bytes = (text: string) => Buffer.from(text);

describe('a kept answer', () => {
  it('is for its audience alone, and for the head that it was made at', () => {
    const requests = new PreparedRequests(1_000_000);
    requests.set('a', prepared);
    requests.keep('a', 'one', '1', bytes('answer'));
    expect(requests.answer('a', 'one', '1')?.toString()).toBe('answer');
    expect(requests.answer('a', 'other', '1')).toBeUndefined();
    expect(requests.answer('a', 'one', '2')).toBeUndefined();
    expect(requests.answer('b', 'one', '1')).toBeUndefined();
    requests.keep('a', 'one', '2', bytes('newer'));
    expect(requests.answer('a', 'one', '1')).toBeUndefined();
    expect(requests.answer('a', 'one', '2')?.toString()).toBe('newer');
  });

  it('takes no more memory than there is for all, and those go first that were not asked for longest', () => {
    const requests = new PreparedRequests(50_000);
    for (let number = 0; number < 1_000; number++) {
      requests.set(`body ${number}`, prepared);
      requests.keep(`body ${number}`, 'one', '1', Buffer.alloc(5_000));
      requests.keep(`body ${number}`, 'one', '2', Buffer.alloc(5_000));
      requests.get('body 0');
      expect(requests.bytes).toBeLessThanOrEqual(50_000);
    }
    expect(requests.get('body 0')).toBe(prepared);
    expect(requests.get('body 1')).toBeUndefined();
    expect(requests.get('body 999')).toBe(prepared);
  });

  it('is not kept when it would drive out all others', () => {
    const requests = new PreparedRequests(1_000_000);
    requests.set('a', prepared);
    requests.keep('a', 'one', '1', Buffer.alloc(300_000));
    expect(requests.answer('a', 'one', '1')).toBeUndefined();
  });
});

describe('the head', () => {
  it('is read after it was asked for, and once for all who wait', async () => {
    let now = 0;
    let readings = 0;
    const head = new FreshHead(async () => {
      readings += 1;
      const seen = now;
      await sleep(5);
      return String(seen);
    });
    const asked: Promise<void>[] = [];
    for (let round = 0; round < 40; round++) {
      now += 1;
      const least = now;
      for (let who = 0; who < 25; who++)
        asked.push(head.read().then((seen) => expect(Number(seen)).toBeGreaterThanOrEqual(least)));
      await sleep(1);
    }
    await Promise.all(asked);
    expect(readings).toBeLessThanOrEqual(41);
  });

  it('is not known while it cannot be read, and known again afterwards', async () => {
    let isAway = true;
    const head = new FreshHead(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve('1')));
    expect(await head.read()).toBeNull();
    isAway = false;
    expect(await head.read()).toBe('1');
  });
});
