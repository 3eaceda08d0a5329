import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../retry-after.ts';
import { RateLimit } from './rate-limit.ts';
import { RetryBudget } from './retry-budget.ts';

const never = new AbortController().signal;

/** Time that passes only where it is slept away. */
class SleptTime {
  at = 0;
  now(): number {
    return this.at;
  }
  async sleep(ms: number): Promise<void> {
    this.at += ms;
  }
}

async function turns(rate: RateLimit, count: number, timer: SleptTime): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await rate.turn(never);
    times.push(timer.now());
  }
  return times;
}

describe('the rate limit', () => {
  it('lets so many requests a minute pass, in any minute', async () => {
    const timer = new SleptTime();
    const times = await turns(new RateLimit({ most: 3, windowMs: 60_000, timer }), 8, timer);
    expect(times).toEqual([0, 0, 0, 60_000, 60_000, 60_000, 120_000, 120_000]);
  });

  it('keeps the order in which turns are asked for', async () => {
    const timer = new SleptTime();
    const rate = new RateLimit({ most: 2, windowMs: 60_000, timer });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4, 5].map((own) => rate.turn(never).then(() => order.push(own))));
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes the limit that the server tells', async () => {
    const timer = new SleptTime();
    const rate = new RateLimit({ most: 200, windowMs: 60_000, timer });
    rate.learn({ 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '1674044551' });
    expect(await turns(rate, 3, timer)).toEqual([0, 0, 60_000]);
  });

  it('waits for the reset when nothing is left, by the clock of the server', async () => {
    const timer = new SleptTime();
    const rate = new RateLimit({ most: 200, windowMs: 60_000, timer });
    rate.learn({
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.parse('2026-11-20T12:00:30Z') / 1000),
      date: 'Fri, 20 Nov 2026 12:00:13 GMT',
    });
    expect(await turns(rate, 2, timer)).toEqual([17_000, 17_000]);
  });

  it('waits a minute at most, whatever the headers say', async () => {
    const timer = new SleptTime();
    const rate = new RateLimit({ most: 200, windowMs: 60_000, timer });
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999', 'x-ratelimit-limit': 'many' };
    rate.learn({ ...headers, date: 'Fri, 20 Nov 2026 12:00:13 GMT' });
    rate.learn(headers);
    expect(await turns(rate, 1, timer)).toEqual([60_000]);
  });

  it('gives the place of one who went away to the next', async () => {
    const timer = new SleptTime();
    const rate = new RateLimit({ most: 1, windowMs: 60_000, timer });
    await rate.turn(never);
    await expect(rate.turn(AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
    await rate.turn(never);
    expect(timer.now()).toBe(60_000);
  });
});

describe('the retry budget', () => {
  it('allows the reserve at once and then a share of the requests', () => {
    const budget = new RetryBudget({ share: 0.1, reserve: 3 });
    const retries = (requests: number) => {
      let made = 0;
      for (let index = 0; index < requests; index += 1) {
        budget.request();
        while (budget.retry()) made += 1;
      }
      return made;
    };
    expect(retries(1)).toBe(3);
    expect(retries(1_000)).toBeGreaterThanOrEqual(99);
    expect(retries(1_000)).toBeLessThanOrEqual(101);
  });
});

describe('Retry-After', () => {
  it.each([
    ['3', undefined, 3_000],
    ['0', undefined, 0],
    ['86400', undefined, 120_000],
    ['Fri, 20 Nov 2026 12:00:20 GMT', 'Fri, 20 Nov 2026 12:00:13 GMT', 7_000],
    ['Fri, 20 Nov 2026 12:00:00 GMT', 'Fri, 20 Nov 2026 12:00:13 GMT', 0],
    ['Fri, 20 Nov 2026 12:00:20 GMT', undefined, null],
    ['soon', 'Fri, 20 Nov 2026 12:00:13 GMT', null],
    [undefined, undefined, null],
  ])('%j at %j asks for %j ms', (header, date, ms) => {
    expect(retryAfterMs(header, date)).toBe(ms);
  });
});
