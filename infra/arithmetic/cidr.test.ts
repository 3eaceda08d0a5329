import fc from 'fast-check';
import { expect, it } from 'vitest';
import { carve, overlap, rangeOf } from './cidr.ts';

it('cuts the largest block first, and leaves nothing between them', () => {
  expect(carve('10.0.0.0/14', { nodes: 20, pods: 16, services: 20, proxies: 23 })).toEqual({
    pods: '10.0.0.0/16',
    nodes: '10.1.0.0/20',
    services: '10.1.16.0/20',
    proxies: '10.1.32.0/23',
  });
});

it('never gives an address twice, and none outside', () => {
  const demands = fc.dictionary(fc.string({ minLength: 1 }), fc.integer({ min: 18, max: 28 }), { maxKeys: 8 });
  fc.assert(
    fc.property(demands, (demand) => {
      const blocks = Object.values(carve('10.64.0.0/14', demand));
      for (const [index, block] of blocks.entries()) {
        expect(overlap(block, '10.64.0.0/14')).toBe(true);
        expect(rangeOf(block).end).toBeLessThanOrEqual(rangeOf('10.64.0.0/14').end);
        for (const other of blocks.slice(index + 1)) expect(overlap(block, other)).toBe(false);
      }
    }),
  );
});

it('says which one does not fit', () => {
  expect(() => carve('10.0.0.0/24', { nodes: 25, pods: 24 })).toThrow(
    '10.0.0.0/24 is too small: nodes would need 10.0.1.0/25',
  );
});

it.each(['10.0.0.0', '10.0.0.300/8', '10.0.0.0/33', '10.0.0.1/24', ''])('refuses %j', (text) => {
  expect(() => rangeOf(text)).toThrow(RangeError);
});
