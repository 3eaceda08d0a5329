import { expect, it } from 'vitest';
import { isOriginAllowed } from './origin.ts';

const HOST = 'signals.example:4000';
const LISTED = ['https://app.example'];

it.each([
  [undefined, true],
  ['http://signals.example:4000', true],
  ['https://signals.example:4000', true],
  ['https://app.example', true],
  ['http://app.example', false],
  ['https://app.example:8443', false],
  ['https://app.example.evil.example', false],
  ['http://signals.example:4000.evil.example', false],
  ['http://signals.example', false],
  ['null', false],
  ['', false],
  ['file://', false],
])('a page of origin %s may speak here: %s', (origin, isAllowed) => {
  expect(isOriginAllowed({ host: HOST, origin }, LISTED)).toBe(isAllowed);
});

it('a page may not speak where nobody knows the address that was asked for', () => {
  expect(isOriginAllowed({ host: undefined, origin: 'http://undefined' }, [])).toBe(false);
});
