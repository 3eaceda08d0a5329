import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import { Load, type LoadClass, type Measurement } from './load.ts';
import { measureLoad } from './measure.ts';

const ALL: readonly LoadClass[] = ['introspection', 'query', 'stream', 'connection'];
const idle: Measurement = { delayMs: 1, utilisation: 0.1 };
const slow: Measurement = { delayMs: 101, utilisation: 0.7 };
const middling: Measurement = { delayMs: 70, utilisation: 0.5 };

function load(limitMs: number | null = 100) {
  const metrics = createMetrics();
  return { metrics, load: new Load({ limitMs, metrics, random: () => 0.5 }) };
}

const shed = (given: Load): LoadClass[] => ALL.filter((one) => given.isShedding(one));

describe('load shedding', () => {
  it('turns away one class more each second over the limit, the least first, and no class twice', () => {
    const { load: given } = load();
    const seen = Array.from({ length: 6 }, () => {
      given.observe(slow);
      return shed(given).at(-1);
    });
    expect(seen).toEqual(['introspection', 'query', 'stream', 'connection', 'connection', 'connection']);
  });

  it('is quicker where it is far over the limit', () => {
    const { load: given } = load();
    given.observe({ delayMs: 401, utilisation: 1 });
    expect(shed(given)).toEqual(['introspection', 'query']);
  });

  it('takes them back one by one when it has room again, and stays as it is in between', () => {
    const { load: given } = load();
    for (let second = 0; second < 4; second += 1) given.observe(slow);
    given.observe(middling);
    given.observe({ delayMs: 1, utilisation: 0.9 });
    expect(shed(given)).toEqual(ALL);
    given.observe(idle);
    expect(shed(given)).toEqual(['introspection', 'query', 'stream']);
    for (let second = 0; second < 3; second += 1) given.observe(idle);
    expect(shed(given)).toEqual([]);
    for (let second = 0; second < 9; second += 1) given.observe(middling);
    expect(shed(given)).toEqual([]);
  });

  it('takes a full event loop for overload only when it is late as well', () => {
    const { load: given } = load();
    given.observe({ delayMs: 24, utilisation: 1 });
    expect(shed(given)).toEqual([]);
    given.observe({ delayMs: 26, utilisation: 1 });
    expect(shed(given)).toEqual(['introspection']);
  });

  it('does not take one long piece of work in an idle process for overload', () => {
    const { load: given } = load();
    for (let second = 0; second < 5; second += 1) given.observe({ delayMs: 900, utilisation: 0.55 });
    expect(shed(given)).toEqual([]);
  });

  it('turns nobody away without a limit', () => {
    const { load: given } = load(null);
    for (let second = 0; second < 9; second += 1) given.observe({ delayMs: 10_000, utilisation: 1 });
    expect(shed(given)).toEqual([]);
  });

  it('counts whom it turns away and says when to come back', async () => {
    const { load: given, metrics } = load();
    given.observe(slow);
    expect(given.sheds('query')).toBeNull();
    expect(given.sheds('introspection')).toBe(2_000);
    const page = await metrics.render();
    expect(page).toContain('load_shed_total{class="introspection"} 1\n');
    expect(page).toContain('load_shed_total{class="query"} 0\n');
    expect(page).toContain('load_shedding_level 1\n');
    expect(page).toContain('load_event_loop_delay_seconds 0.101\n');
  });
});

describe('the measure of load', () => {
  it('sees by how much the event loop is late, and nothing once it is ended', async () => {
    const seen: Measurement[] = [];
    const end = measureLoad((measurement) => seen.push(measurement));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1);
    for (let turn = 0; turn < 4; turn += 1) {
      for (const until = performance.now() + 150; performance.now() < until; );
      await sleep(1);
    }
    await expect.poll(() => seen.some(({ delayMs }) => delayMs > 100), { timeout: 10_000 }).toBe(true);
    end();
    const count = seen.length;
    await sleep(1_200);
    expect(seen.length).toBe(count);
    for (const { delayMs, utilisation } of seen) {
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(utilisation).toBeLessThanOrEqual(1);
    }
  });
});
