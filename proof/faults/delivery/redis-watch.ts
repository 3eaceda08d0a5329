import { until } from '../../common/running.ts';
import type { Pod } from './pod.ts';

export type Watched = { readonly pods: readonly Pod[]; readonly signal: AbortSignal };

const HEARD = 'wake_up_messages_total{result="heard"}';
/** Each request that is under way when Redis stops answering waits for it, once: 150 ms, by the tests of the connection. */
const UNDER_WAY = 4;

/** Waits until every pod says that Redis works again, and hears by it. */
export async function healed({ pods, signal }: Watched): Promise<void> {
  for (const pod of pods) {
    await until(`${pod.url} up`, async () => (await pod.cacheStatus()) === 'healthy', {
      signal,
      seconds: 30,
      everyMs: 100,
    });
    const before = await pod.metric(HEARD);
    await until(`${pod.url} hears`, async () => (await pod.metric(HEARD)) > before, {
      signal,
      seconds: 30,
      everyMs: 100,
    });
  }
}

/** Waits until every pod says that Redis does not work, in its health and its metrics. Answers those that are not ready for that. */
export async function told({ pods, signal }: Watched): Promise<string[]> {
  const faults: string[] = [];
  for (const pod of pods) {
    await until(`${pod.url} degraded`, async () => (await pod.cacheStatus()) === 'degraded', {
      signal,
      seconds: 20,
      everyMs: 100,
    });
    if ((await pod.metric('redis_up')) > 1) faults.push(`${pod.url}: redis_up is 1 for both connections`);
    if ((await pod.status('/readyz')) !== 200) faults.push(`${pod.url} is not ready`);
  }
  return faults;
}

export type Answered = { readonly count: number; readonly slowestMs: number; readonly faults: readonly string[] };

/** What is kept in the cache, so that an answer asks for it there. */
export const CACHED = '{ performance(provenance: REPLAY) { n } }';

/** Asks for what is kept in the cache, on and on: all is answered, and all but the first of them without asking Redis. */
export async function answeredWithout(pod: Pod, ms: number): Promise<Answered> {
  const faults: string[] = [];
  let [count, slowestMs] = [0, 0];
  const waited = await waitsMeanwhile(pod, async () => {
    for (const end = performance.now() + ms; performance.now() < end; count += 1) {
      const answer = await pod.query(CACHED);
      slowestMs = Math.max(slowestMs, answer.ms);
      if (answer.code !== null) faults.push(`a query was answered with ${answer.code}`);
    }
  });
  return { count, slowestMs, faults: [...faults, ...waited] };
}

/** A line where more requests waited for Redis than those that were under way when it stopped answering. */
export async function waitsMeanwhile(pod: Pod, work: () => Promise<void>): Promise<string[]> {
  const series = 'redis_errors_total{reason="timeout"}';
  const before = await pod.metric(series);
  await work();
  const waits = (await pod.metric(series)) - before;
  return waits > UNDER_WAY ? [`${waits} requests waited for Redis, expected at most ${UNDER_WAY}`] : [];
}
