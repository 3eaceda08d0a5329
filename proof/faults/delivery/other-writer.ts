import { appendEvents, executeOn } from '../../../backend/log/append.ts';
import { type NewEvent, PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { createPool, type Pool, transaction } from '../../../backend/platform/database/pool.ts';
import { changeEvent } from '../../../backend/signals/signal-event.ts';
import type { World } from './world.ts';

const CHUNK = 500;

/** Of somebody who writes beside the writer of the world, as the service does. */
export function poolOf({ database }: World): Pool {
  const { url } = database;
  return createPool({ url, name: 'faults-other', size: 4, statementTimeoutMs: 30_000, onError: () => undefined });
}

export function eventOf({ ground }: World, reason: string): NewEvent {
  const facts = ground.facts.LONG;
  return changeEvent(facts, { signalId: facts.signalId, type: 'TRIGGERED', occurredAt: Date.now(), reason });
}

/** As many events as that at once; resolves when the writer knows of them, which takes what others have written for sent. */
export async function appendMany(world: World, count: number): Promise<void> {
  const pool = poolOf(world);
  const head = world.writer.head;
  try {
    for (let at = 0; at < count; at += CHUNK) {
      const events = Array.from({ length: Math.min(CHUNK, count - at) }, (_, index) =>
        eventOf(world, `many-${head}-${at + index}`),
      );
      await transaction(pool, (connection) => appendEvents(executeOn(connection), PUBLIC_STREAM, events));
    }
  } finally {
    await pool.end();
  }
  await world.until('the writer knows of them', () => world.writer.head >= head + count);
}
