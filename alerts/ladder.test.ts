import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../backend/metrics/catalogue.ts';
import { latencyLadder } from './ladder.ts';

const { target, scale, warn, high } = latencyLadder;

it('the ladder of latencies goes up: more pods come before anybody is told', () => {
  expect(target).toBeLessThanOrEqual(scale);
  expect(scale).toBeLessThan(warn);
  expect(warn).toBeLessThan(high);
});

it.each([target, warn, high])('%d s is an edge of what counts the durations, so that nothing is guessed', (rung) => {
  expect(catalogue.httpRequestDuration.buckets).toContain(rung);
  expect(catalogue.graphqlRequestDuration.buckets).toContain(rung);
});

it('pods of production come at the rung that says so', () => {
  const program = readFileSync(join(import.meta.dirname, '../infra/testing/golden/production.txt'), 'utf8');
  const [, at] =
    /query ".*histogram_quantile\(0\.95.*http_request_duration.*"\n.*serverAddress.*\n.*threshold "([\d.]+)"/.exec(
      program,
    ) ?? [];
  expect(Number(at)).toBe(scale);
});
