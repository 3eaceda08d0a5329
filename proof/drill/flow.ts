import { until } from '../common/running.ts';
import type { Reader } from './reader.ts';
import type { Service } from './service.ts';

const EVENTS = 10;

/** Waits until the reader has heard some more. */
export async function flows({ signal }: Service, reader: Reader): Promise<void> {
  const enough = reader.heard.length + EVENTS;
  const isEnough = (): boolean => {
    if (reader.failure !== null) throw new Error(`the reader gave up: ${String(reader.failure)}`);
    return reader.heard.length >= enough;
  };
  await until(`${EVENTS} more events`, isEnough, { signal, seconds: 120, everyMs: 50 });
}
