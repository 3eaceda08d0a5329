import type { Position } from '../../log/event.ts';
import type { Clock } from '../../platform/clock.ts';
import { matches } from '../../signals/signal-filter.ts';
import { type Feed, idsOf } from './feed.ts';
import type { Found, Group } from './group.ts';
import { streamed } from './items.ts';

export type PageContext = { readonly feed: Feed; readonly dataClock: Clock };

/** The page after a place, and what of it a group wants. Null when it is of an incarnation that is not known here. Rejects while the log is away. */
export async function findPage({ feed, dataClock }: PageContext, group: Group, at: Position): Promise<Found | null> {
  const { events, signals } = await feed.after(at.seq);
  if (events.some(({ logged }) => !feed.knows(logged.epoch))) return null;
  const now = dataClock.now();
  const wanted = events.filter(({ body }) => matches(group.spec.filter, body, now));
  const { epoch, seq } = events.at(-1)?.logged ?? at;
  const shown = wanted.length === 0 ? [] : streamed(group, wanted, await signals(idsOf(wanted)));
  return { first: events[0]?.logged.seq, end: { epoch, seq }, events: shown };
}
