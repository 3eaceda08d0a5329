import { describe, expect, it } from 'vitest';
import { currentContext, traceIdOf, withContext } from './context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('withContext', () => {
  it('holds for everything that the work starts, and for nothing else', async () => {
    const seen: unknown[] = [];
    const remember = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(currentContext().correlationId);
    };
    await Promise.all([
      withContext({ correlationId: 'a' }, remember),
      withContext({ correlationId: 'b' }, remember),
      remember(),
    ]);
    expect(seen.sort()).toEqual(['a', 'b', undefined]);
  });
});

describe('traceIdOf', () => {
  it('takes the trace id of a valid header, also of a later version', () => {
    expect(traceIdOf(`00-${traceId}-00f067aa0ba902b7-01`)).toBe(traceId);
    expect(traceIdOf(`cc-${traceId}-00f067aa0ba902b7-01-what-the-future-will-be-like`)).toBe(traceId);
  });

  it.each([
    undefined,
    '',
    traceId,
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${traceId}-00f067aa0ba902b7-01-more`,
    `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
  ])('takes nothing from %j', (header) => {
    expect(traceIdOf(header)).toBeUndefined();
  });
});
