import { expect, it } from 'vitest';
import { changed } from './changed.ts';

const tree = { a: { 'b.c': [1, 2], d: 'x' } };

it('sets, adds and takes away, and leaves the original as it is', () => {
  expect(changed(tree, { 'a.b\\.c.0': 9, 'a.d': undefined, 'e.f': true })).toEqual({
    a: { 'b.c': [9, 2] },
    e: { f: true },
  });
  expect(changed(tree, { 'a.b\\.c.0': undefined })).toEqual({ a: { 'b.c': [2], d: 'x' } });
  expect(tree).toEqual({ a: { 'b.c': [1, 2], d: 'x' } });
});

it('goes into nothing that has no inside', () => {
  expect(() => changed(tree, { 'a.d.e': 1 })).toThrow('a.d.e: d is "x"');
});
