import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Measurement } from './load.ts';

/** How often the event loop is looked at. The histogram counts the time between two looks, so this much of it is no delay. ms */
const RESOLUTION_MS = 10;
const WINDOW_MS = 1_000;

/** Tells once a second how busy the process was; answers what ends it. */
export function measureLoad(observe: (measurement: Measurement) => void): () => void {
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  turns.enable();
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const delayMs = turns.count === 0 ? 0 : Math.max(0, turns.percentile(99) / 1e6 - RESOLUTION_MS);
    turns.reset();
    observe({ delayMs, utilisation: utilization });
  }, WINDOW_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    turns.disable();
  };
}
