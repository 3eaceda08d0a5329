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

  it('never takes more bytes than it may, and always counts them right', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const step = fc.record({ key, bytes: fc.nat(70), does: fc.constantFrom('set', 'get', 'grow') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const recent = new Recent<string>(100);
        const sizes = new Map<string, number>();
        for (const { key: name, bytes, does } of steps) {
          const isThere = recent.get(name) !== undefined;
          if (does === 'set') recent.set(name, name, bytes);
          if (does === 'grow') recent.grow(name, bytes);
          if (does === 'set') sizes.set(name, bytes);
          if (does === 'grow' && isThere) sizes.set(name, (sizes.get(name) ?? 0) + bytes);
          expect(recent.bytes).toBeLessThanOrEqual(100);
        }
        const held = recent.bytes;
        const found = [...sizes].filter(([name]) => recent.get(name) === name);
        // Looking drops what is old at most.
        expect(found.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(held);
      }),
    );
  });
});
