import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Attempt } from './attempt.ts';
import { FreshHead } from './fresh-head.ts';
import { type Prepared, PreparedRequests } from './prepared.ts';

const prepared = { shareable: true } as Prepared;
const under = (make: () => Promise<string>) => new Attempt({ timeoutMs: 1_000, make });

async function keep(requests: PreparedRequests, body: string, head: string, text: string): Promise<void> {
  const attempt = under(async () => text);
  requests.keep(body, 'one', head, attempt);
  await attempt.bytes;
}

describe('a kept answer', () => {
  it('is for its audience alone, and for the head that it was made at', async () => {
    const requests = new PreparedRequests(1_000_000);
    requests.set('a', prepared);
    await keep(requests, 'a', '1', 'answer');
    expect(requests.answer('a', 'one', '1')?.toString()).toBe('answer');
    expect(requests.answer('a', 'other', '1')).toBeUndefined();
    expect(requests.answer('a', 'one', '2')).toBeUndefined();
    expect(requests.answer('b', 'one', '1')).toBeUndefined();
    await keep(requests, 'a', '2', 'newer');
    expect(requests.answer('a', 'one', '1')).toBeUndefined();
    expect(requests.answer('a', 'one', '2')?.toString()).toBe('newer');
  });

  it('takes no more memory than there is for all, and those go first that were not asked for longest', async () => {
    const requests = new PreparedRequests(50_000);
    for (let number = 0; number < 1_000; number++) {
      requests.set(`body ${number}`, prepared);
      await keep(requests, `body ${number}`, '1', 'x'.repeat(5_000));
      await keep(requests, `body ${number}`, '2', 'y'.repeat(5_000));
      requests.get('body 0');
      expect(requests.bytes).toBeLessThanOrEqual(50_000);
    }
    expect(requests.get('body 0')).toBe(prepared);
    expect(requests.get('body 1')).toBeUndefined();
    expect(requests.get('body 999')).toBe(prepared);
  });

  it('is not kept when it would drive out all others', async () => {
    const requests = new PreparedRequests(1_000_000);
    requests.set('a', prepared);
    const before = requests.bytes;
    await keep(requests, 'a', '1', 'answer');
    await keep(requests, 'a', '2', 'x'.repeat(300_000));
    expect(requests.answer('a', 'one', '2')).toBeUndefined();
    expect(requests.bytes).toBe(before);
  });
});

describe('an attempt to answer', () => {
  const requests = () => {
    const all = new PreparedRequests(1_000_000);
    all.set('a', prepared);
    return all;
  };

  it('is for all who ask the same at the same head, until it is over', async () => {
    const all = requests();
    const { promise, resolve } = Promise.withResolvers<string>();
    const attempt = under(() => promise);
    all.keep('a', 'one', '1', attempt);
    expect(all.answer('a', 'one', '1')).toBe(attempt);
    expect(all.answer('a', 'one', '2')).toBeUndefined();
    expect(all.answer('a', 'other', '1')).toBeUndefined();
    resolve('answer');
    await attempt.bytes;
    expect(all.answer('a', 'one', '1')?.toString()).toBe('answer');
  });

  it('leaves nothing when it fails', async () => {
    const all = requests();
    const attempt = under(() => Promise.reject(new Error('no')));
    all.keep('a', 'one', '1', attempt);
    expect(await attempt.bytes).toBeNull();
    expect(all.answer('a', 'one', '1')).toBeUndefined();
  });

  it('that was overtaken by a newer one is not kept in its place', async () => {
    const all = requests();
    const { promise, resolve } = Promise.withResolvers<string>();
    const old = under(() => promise);
    all.keep('a', 'one', '1', old);
    await keep(all, 'a', '2', 'newer');
    resolve('older');
    await old.bytes;
    expect(all.answer('a', 'one', '1')).toBeUndefined();
    expect(all.answer('a', 'one', '2')?.toString()).toBe('newer');
  });

  it('goes on while one waits, is ended with the last, and then is for nobody', async () => {
    const all = requests();
    let signal: AbortSignal | null = null;
    const attempt = new Attempt({
      timeoutMs: 1_000,
      make: (given) => {
        signal = given.signal;
        return new Promise((_, reject) => given.signal.addEventListener('abort', () => reject(new Error('left'))));
      },
    });
    all.keep('a', 'one', '1', attempt);
    const leave = [attempt.join(), attempt.join()];
    leave[0]?.();
    expect(signal).toMatchObject({ aborted: false });
    expect(all.answer('a', 'one', '1')).toBe(attempt);
    leave[1]?.();
    expect(signal).toMatchObject({ aborted: true });
    expect(all.answer('a', 'one', '1')).toBeUndefined();
    expect(await attempt.bytes).toBeNull();
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
