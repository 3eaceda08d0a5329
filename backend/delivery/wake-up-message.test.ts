import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseMessage, probeMessage, textOf } from './wake-up-message.ts';

it('reads what it wrote, whatever streams are called', () => {
  const name = fc.stringMatching(/^[a-z0-9: .-]{1,40}$/);
  const heads = fc.array(fc.tuple(name, fc.nat()), { minLength: 1 }).map((entries) => new Map(entries));
  fc.assert(
    fc.property(heads, (given) => {
      expect(parseMessage(textOf(given))).toEqual({ heads: given });
    }),
  );
  expect(parseMessage(probeMessage('a-1', 7))).toEqual({ id: 'a-1', probe: 7 });
});

it.each([
  '',
  'hello',
  'public 5',
  '-5 public',
  '5.5 public',
  '12345678901234567 public',
  '5 public\nhello',
  'probe x a',
  '5 ',
  `5 ${'x'.repeat(201)}`,
])('takes %j for nothing that one of us said', (text) => {
  expect(parseMessage(text)).toBeNull();
});

it('does not read a text that is longer than any of ours', () => {
  const line = '5 public';
  expect(parseMessage(Array(100).fill(line).join('\n'))).not.toBeNull();
  expect(parseMessage(Array(10_000).fill(line).join('\n'))).toBeNull();
});
