import { describe, expect, it } from 'vitest';
import { principalOfAddress, RateLimit } from './rate-limit.ts';

const options = { burst: 100, perSecond: 10, remembered: 3 };
const [a, b] = [{ key: 'a' }, { key: 'b' }];

describe('a rate limit', () => {
  it('gives what there is at once, then as much as flows in', () => {
    const rate = new RateLimit(options);
    expect([rate.take(a, 60, 0), rate.take(a, 40, 0)]).toEqual([0, 0]);
    expect(rate.take(a, 5, 0)).toBe(500);
    expect(rate.take(a, 5, 499)).toBe(1);
    expect(rate.take(a, 5, 500)).toBe(0);
    expect(rate.take(b, 100, 500)).toBe(0);
  });

  it('takes nothing from who is refused, and never holds more than the burst', () => {
    const rate = new RateLimit(options);
    rate.take(a, 95, 0);
    for (let count = 0; count < 50; count++) expect(rate.take(a, 10, 0)).toBe(500);
    expect(rate.take(a, 10, 500)).toBe(0);
    expect(rate.take(a, 100, 1_000_000)).toBe(0);
    expect(rate.take(a, 1, 1_000_000)).toBe(100);
  });

  it('asks of what is larger than the burst no more than all of it', () => {
    const rate = new RateLimit(options);
    expect(rate.take(a, 1_000, 0)).toBe(0);
    expect(rate.take(a, 1_000, 0)).toBe(10_000);
  });

  it('forgets who asked longest ago when there are too many to remember', () => {
    const rate = new RateLimit(options);
    for (const key of ['a', 'b', 'c', 'a', 'd']) rate.take({ key }, 100, 0);
    expect(rate.size).toBe(3);
    expect(rate.take(a, 1, 0)).toBe(100);
    expect(rate.take(b, 1, 0)).toBe(0);
    for (let n = 0; n < 1_000; n++) rate.take({ key: `k${n}` }, 1, 0);
    expect(rate.size).toBe(3);
  });
});

describe('principalOfAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('counts %s as %s', (address, key) => {
    expect(principalOfAddress(address)).toEqual({ key });
  });
});
