import { describe, expect, it } from 'vitest';
import type { RecordedBar } from '../../recorded/recording.ts';
import { compare, type Line } from './compare.ts';

const start = '2013-10-04T13:30:00+00:00';
const recorded: readonly RecordedBar[] = [
  { symbol: 'SPY', start: Date.parse(start), open: '1.5', high: '2', low: '1', close: '1.75', volume: '100' },
];
const told = { symbol: 'SPY', start, open: 1.5, high: 2, low: 1, close: 1.75, volume: 100 };
const many = (kind: string, count: number, fields: object = told): Line[] =>
  Array.from({ length: count }, () => ({ kind, ...fields }));
const whole = [
  ...many('version', 1, {}),
  ...many('bar', 22),
  ...many('updated', 1),
  ...many('status', 2, {}),
  ...many('history', 22),
  ...many('clock', 1, {}),
];

describe('what alpaca-py got', () => {
  it('is right when all of it came, as it was recorded', () => {
    expect(compare(whole, recorded).differences).toEqual([]);
  });

  it('is wrong when a line is missing', () => {
    expect(compare(whole.slice(0, -1), recorded).differences).toEqual(['clock: 0 lines, expected 1']);
  });

  it('is wrong when a value differs, but for the bar that is corrected later', () => {
    const other = { ...told, close: 1.5 };
    const history = [...whole.slice(0, -2), ...many('history', 1, other), ...many('clock', 1, {})];
    expect(compare(history, recorded).differences).toEqual([
      expect.stringContaining('not as recorded: {"kind":"history"'),
    ]);
    const early = [...whole.slice(0, 1), ...many('bar', 1, other), ...whole.slice(2)];
    expect(compare(early, recorded).differences).toEqual([]);
    const unknown = [...whole.slice(0, 1), ...many('bar', 1, { ...told, symbol: 'AIG' }), ...whole.slice(2)];
    expect(compare(unknown, recorded).differences).toHaveLength(1);
  });
});
