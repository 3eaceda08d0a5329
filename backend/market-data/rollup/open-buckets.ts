import type { TradingCalendar } from '../../calendar/index.ts';
import type { Bar } from '../bar.ts';
import { type Bucket, bucketsAt } from './bucket.ts';

/** A longer bar that has to be made, or made anew, from what was known at `knownTime`. */
export type Due = Bucket & { readonly knownTime: number };

/** Bars of one minute that became known together. Their prices do not matter here. */
export type Arrival = Pick<Bar, 'barStart' | 'barEnd' | 'knownTime'> & {
  readonly instrumentIds: readonly string[];
};

/** `made` when there is a bar of it already, because its own last minute has come before the watermark passed. */
type OpenBucket = { readonly bucket: Bucket; made: boolean };

/**
 * Decides by event time when a longer bar is made. It is made as soon as its own last minute is there, or else when the watermark, the newest
 * end of any bar of the shard, has passed its end (has reached it at the end of a session, after which there may be nothing for days). From
 * then on each further minute that belongs to it makes it anew.
 */
export class OpenBuckets {
  readonly #calendarOf: (instrumentId: string) => TradingCalendar;
  readonly #open = new Map<string, OpenBucket>();
  /** What the last bar of each instrument was part of, shortest first: the next bar is mostly part of the same. */
  readonly #latest = new Map<string, readonly OpenBucket[]>();
  #watermark: number;
  /** No open bucket ends before it. */
  #nextEnd = Infinity;

  constructor(calendarOf: (instrumentId: string) => TradingCalendar, watermark: number, open: readonly Bucket[] = []) {
    this.#calendarOf = calendarOf;
    this.#watermark = watermark;
    for (const bucket of open) this.#add(keyOf(bucket), { bucket, made: false });
  }

  get watermark(): number {
    return this.#watermark;
  }

  /** Takes the next bars of the input log, in its order; answers what is due now, each at most once for a moment. */
  take(arrivals: readonly Arrival[]): Due[] {
    const due = new Map<string, Due>();
    for (const together of byMoment(arrivals)) {
      for (const { bucket } of this.#takeMoment(together)) {
        // A bar that says it was known before the end of what it is part of did not end it then.
        const knownTime = Math.max(together[0]?.knownTime ?? 0, bucket.barEnd);
        due.set(`${keyOf(bucket)} ${knownTime}`, { ...bucket, knownTime });
      }
    }
    return [...due.values()];
  }

  /** The buckets that have begun and for which no bar was due yet. */
  unmade(): Bucket[] {
    return [...this.#open.values()].filter(({ made }) => !made).map(({ bucket }) => bucket);
  }

  #takeMoment(arrivals: readonly Arrival[]): Set<OpenBucket> {
    const due = new Set<OpenBucket>();
    this.#watermark = arrivals.reduce((newest, { barEnd }) => Math.max(newest, barEnd), this.#watermark);
    for (const { instrumentIds, barStart, barEnd } of arrivals) {
      for (const instrumentId of instrumentIds) {
        for (const entry of this.#holding(instrumentId, barStart)) {
          entry.made ||= barEnd === entry.bucket.barEnd || this.#hasPassed(entry.bucket);
          if (entry.made) due.add(entry);
        }
      }
    }
    if (this.#watermark >= this.#nextEnd) this.#close(due);
    return due;
  }

  #holding(instrumentId: string, instant: number): readonly OpenBucket[] {
    const latest = this.#latest.get(instrumentId);
    const shortest = latest?.[0]?.bucket;
    if (latest !== undefined && shortest !== undefined && instant >= shortest.barStart && instant < shortest.barEnd)
      return latest;

    const session = this.#calendarOf(instrumentId).sessionAt(instant);
    const entries = session === null ? [] : bucketsAt(instrumentId, session, instant).map((it) => this.#entryOf(it));
    this.#latest.set(instrumentId, entries);
    return entries;
  }

  #entryOf(bucket: Bucket): OpenBucket {
    const key = keyOf(bucket);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const entry = { bucket, made: false };
    this.#add(key, entry);
    return entry;
  }

  #add(key: string, entry: OpenBucket): void {
    this.#open.set(key, entry);
    this.#nextEnd = Math.min(this.#nextEnd, entry.bucket.barEnd);
  }

  #close(due: Set<OpenBucket>): void {
    this.#nextEnd = Infinity;
    for (const [key, entry] of this.#open) {
      if (this.#hasPassed(entry.bucket)) {
        if (!entry.made) due.add(entry);
        entry.made = true;
        this.#open.delete(key);
      } else this.#nextEnd = Math.min(this.#nextEnd, entry.bucket.barEnd);
    }
  }

  #hasPassed({ barEnd, endsSession }: Bucket): boolean {
    return this.#watermark > barEnd || (endsSession && this.#watermark === barEnd);
  }
}

/** What became known together stands together in the log. */
function byMoment(arrivals: readonly Arrival[]): Arrival[][] {
  const moments: Arrival[][] = [];
  for (const arrival of arrivals) {
    const last = moments.at(-1);
    if (last?.[0]?.knownTime === arrival.knownTime) last.push(arrival);
    else moments.push([arrival]);
  }
  return moments;
}

function keyOf({ instrumentId, timeframe, barStart }: Bucket): string {
  return `${instrumentId} ${timeframe} ${barStart}`;
}
