import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { traceIdOf } from './context.ts';
import { isWithin, spanOfStep, traceOfEvent, traceparentOf } from './tracing.ts';

const traceId = traceOfEvent('b1946ac9-2d3c-4f60-9c36-0d4f38a4f1a1', 'PUBLISHED');

it('an event has one trace, wherever it is asked for, and another event has another', () => {
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(traceOfEvent('b1946ac9-2d3c-4f60-9c36-0d4f38a4f1a1', 'PUBLISHED')).toBe(traceId);
  expect(traceOfEvent('b1946ac9-2d3c-4f60-9c36-0d4f38a4f1a1', 'TRIGGERED')).not.toBe(traceId);
});

it('the header that carries it is one of W3C Trace Context', () => {
  expect(traceIdOf(traceparentOf(traceId))).toBe(traceId);
  expect(traceparentOf(traceId)).toBe(`00-${traceId}-${spanOfStep(traceId, 'append')}-01`);
});

it('of many traces the wanted share is kept', () => {
  const traces = Array.from({ length: 10_000 }, (_, index) => traceOfEvent(String(index), 'PUBLISHED'));
  expect(traces.every((one) => isWithin(one, 1))).toBe(true);
  expect(traces.filter((one) => isWithin(one, 0.1)).length / 10_000).toBeCloseTo(0.1, 1);
});

it('what sends traces is loaded by nobody who has none', () => {
  const loaded = (file: string): string =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module'], {
      cwd: join(import.meta.dirname, '../../..'),
      input: `import { registerHooks } from 'node:module';
        const seen = [];
        registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
        await import('./backend/${file}');
        process.stdout.write(String(seen.filter((url) => url.includes('@opentelemetry')).length));`,
      encoding: 'utf8',
    }).stdout;
  expect(loaded('commands/start.ts')).toBe('0');
  expect(Number(loaded('platform/telemetry/otlp.ts'))).toBeGreaterThan(0);
}, 600_000);
