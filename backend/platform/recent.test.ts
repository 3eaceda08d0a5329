import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recent } from './recent.ts';

describe('what was used lately', () => {
  it('stays, and what was not used goes', () => {
    const recent = new Recent<number>(100);
    for (let number = 0; number < 1_000; number++) {
      recent.set(`key ${number}`, number, 10);
      expect(recent.get('key 0')).toBe(0);
    }
    expect(recent.get('key 999')).toBe(999);
    expect(recent.get('key 500')).toBeUndefined();
  });

  it('is what was set last', () => {
    const recent = new Recent<number>(100);
    recent.set('a', 1, 30);
    recent.set('b', 2, 30);
    recent.set('a', 3, 10);
    expect([recent.get('a'), recent.get('b'), recent.bytes]).toEqual([3, 2, 40]);
  });

  it('is not kept when it would drive out all others, nor is what it was before', () => {
    const recent = new Recent<number>(100);
    recent.set('a', 1, 10);
    recent.set('b', 2, 10);
    recent.grow('a', 41);
    expect([recent.get('a'), recent.get('b'), recent.bytes]).toEqual([undefined, 2, 10]);
  });

  it('never takes more bytes than it may, and counts those that it holds', () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const step = fc.record({ key: fc.constantFrom(...keys), bytes: fc.nat(70), looks: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const recent = new Recent<number>(100);
        for (const { key, bytes, looks } of steps) {
          if (looks) recent.get(key);
          else recent.set(key, bytes, bytes);
          expect(recent.bytes).toBeLessThanOrEqual(100);
        }
        const held = recent.bytes;
        const found = keys.reduce((sum, key) => sum + (recent.get(key) ?? 0), 0);
        // To look at them all may drop what is old.
        expect(found).toBeLessThanOrEqual(held);
        expect(recent.bytes).toBeLessThanOrEqual(held);
      }),
    );
  });
});
