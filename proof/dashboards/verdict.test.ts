import { describe, expect, it } from 'vitest';
import type { Series } from '../common/prometheus/ask.ts';
import { filled } from './boards.ts';
import { emptiness } from './verdict.ts';

const of = (...values: number[]): Series => ({ labels: {}, points: values.map((value, at) => [at, value] as const) });

describe('an answer', () => {
  it('shows something when one value of one series is a number', () => {
    expect(emptiness('a', [of(Number.NaN), of(Number.NaN, 0)])).toBeNull();
  });

  it('is empty without series, and with nothing but NaN', () => {
    expect(emptiness('a', [])).toBe('no series');
    expect(emptiness('a', [of(Number.NaN), of()])).toBe('nothing but NaN');
    expect(emptiness('a', [of(Number.POSITIVE_INFINITY)])).toBe('nothing but NaN');
  });

  it('counts for nothing where an arm would fill it with zeros', () => {
    expect(emptiness('sum(rate(a[5m])) or vector(0)', [of(0)])).toContain('or vector');
    expect(emptiness('sum(a) or on () vector(0)', [of(0)])).toContain('or vector');
  });
});

describe('a query', () => {
  const variables = [
    { name: 'role', type: 'query', allValue: '.*', current: { value: ['$__all'] } },
    { name: 'namespace', type: 'query', current: { value: 'heliograph' } },
  ];

  it('is asked with what its variables are when the dashboard is opened', () => {
    expect(filled('up{role=~"$role", namespace=~"$namespace"}', variables)).toBe(
      'up{role=~".*", namespace=~"heliograph"}',
    );
  });

  it('may not have a variable that the dashboard has not', () => {
    expect(() => filled('up{job=~"$job"}', variables)).toThrow('$job is no variable of the dashboard');
  });
});
