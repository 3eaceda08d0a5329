import type { Series } from '../common/prometheus/ask.ts';

/** Why the answer to a query shows nothing; null where it shows something. */
export function emptiness(query: string, answer: readonly Series[]): string | null {
  if (/\bor\b (on \([^)]*\) )?vector\(/.test(query))
    return 'has an arm `or vector(...)`, which would hide that it is empty';
  if (answer.length === 0) return 'no series';
  const some = answer.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  return some ? null : 'nothing but NaN';
}
