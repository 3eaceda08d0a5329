import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { calendarById } from '../../backend/calendar/index.ts';
import { canonicalDecimal } from '../../backend/market-data/decimal.ts';
import type { FeedBar, LiveEvent, LiveFeed } from '../../backend/market-data/live/feed.ts';
import { Listener, until } from './listener.ts';

/** A feed, and the other side of it: a server of recorded minutes whose time stands still unless it is moved. */
export type Venue = {
  readonly feed: LiveFeed;
  /** Every minute that was traded, as the feed has to tell it. The time stands at the beginning of one of them, in session. */
  readonly truth: readonly FeedBar[];
  readonly play: (instant: number) => Promise<void>;
  /** Connections that have subscribed. */
  readonly followers: () => number;
  readonly dropConnections: () => void;
  /** From now on every request is answered with this status; null: rightly again. */
  readonly answerWith: (status: number | null) => void;
};

const MINUTE = 60_000;
/** A minute is told so long after its end at the latest. ms */
const TOLD = 5_000;

/** What every LiveFeed keeps, whatever venue it speaks with. `start` gives a venue of its own each time. */
export function describeLiveFeedContract(name: string, start: () => Promise<Venue>): void {
  const started = async () => {
    const venue = await start();
    onTestFinished(() => venue.feed.close());
    await venue.feed.open(new AbortController().signal);
    return venue;
  };
  const connected = async () => {
    const venue = await started();
    const listener = new Listener<LiveEvent>(venue.feed);
    await listener.next('CONNECTED');
    return { venue, listener };
  };

  describe(`${name} keeps the contract of a live feed: it`, () => {
    it('describes itself as what it is: a recording that another host serves is REPLAY', async () => {
      const { facts } = (await started()).feed;
      expect(facts.provenance).toBe('REPLAY');
      expect(facts.sourceId).toMatch(/^[a-z0-9-]+$/);
      expect(facts.licence.length).toBeGreaterThan(0);
      expect(facts.instruments.length).toBeGreaterThan(1);
      expect(new Set(facts.instruments.map(({ id }) => id)).size).toBe(facts.instruments.length);
    });

    it('tells that it is connected before anything else, and that nothing was missed before', async () => {
      const { venue, listener } = await connected();
      expect(listener.events[0]).toMatchObject({ kind: 'CONNECTED', missedSince: null, at: venue.feed.clock.now() });
    });

    it('tells every minute that was traded, as it was, and none before its end', async () => {
      const { venue, listener } = await connected();
      const from = venue.feed.clock.now();
      await venue.play(from + 10 * MINUTE + TOLD);
      const truth = venue.truth.filter(({ barStart }) => barStart >= from && barStart < from + 10 * MINUTE);
      await until(() => newest(listener, from).size >= truth.length);
      expect(inOrder(newest(listener, from).values())).toEqual(inOrder(truth));
      expect(listener.all('BAR').filter(({ at, bar }) => at < bar.barEnd)).toEqual([]);
    });

    it('gives bars on the minute with canonical decimals, of its instruments, in the segment of their calendar', async () => {
      const { venue, listener } = await connected();
      const calendarOf = new Map(venue.feed.facts.instruments.map(({ id, calendar }) => [id, calendarById(calendar)]));
      await venue.play(venue.feed.clock.now() + 5 * MINUTE + TOLD);
      await until(() => listener.all('BAR').length >= 5);
      for (const { bar } of listener.all('BAR')) {
        const { open, high, low, close, volume, ...place } = bar;
        const segment = calendarOf.get(bar.instrumentId)?.segmentAt(bar.barStart);
        expect(place).toMatchObject({ timeframe: '1m', barEnd: bar.barStart + MINUTE, segment });
        expect(bar.barStart % MINUTE).toBe(0);
        for (const text of [open, high, low, close, volume]) expect(canonicalDecimal(text)).toBe(text);
      }
    });

    it('connects again, and tells from when on something may be missing: history has that', async () => {
      const { venue, listener } = await connected();
      const from = venue.feed.clock.now();
      await venue.play(from + 5 * MINUTE + TOLD);
      await until(() => newest(listener, from).size >= truthBetween(venue, from, from + 5 * MINUTE).length);
      venue.dropConnections();
      await venue.play(from + 8 * MINUTE);
      expect(await listener.next('DISCONNECTED')).toMatchObject({ retryInMs: expect.any(Number) });
      const { missedSince } = await listener.next('CONNECTED');
      expect(missedSince).toBeLessThanOrEqual(from + 5 * MINUTE);
      expect(missedSince).toBeGreaterThanOrEqual(from - 2 * MINUTE);
      await until(() => venue.followers() === 1);
      await venue.play(from + 12 * MINUTE + TOLD);

      const held = new Map<string, FeedBar>();
      const whole = { instruments: venue.feed.facts.instruments, from: missedSince ?? 0, until: from + 12 * MINUTE };
      for await (const page of venue.feed.history(whole, new AbortController().signal))
        for (const bar of page) if (bar.barStart >= from) held.set(keyOf(bar), bar);
      const all = () => inOrder(new Map([...held, ...newest(listener, from)]).values());
      await until(() => all().length >= truthBetween(venue, from, from + 12 * MINUTE).length);
      expect(all()).toEqual(inOrder(truthBetween(venue, from, from + 12 * MINUTE)));
      expect(venue.feed.status()).toMatchObject({ phase: 'STREAMING', reconnects: 1 });
    });

    it('gives history in pages, each instrument in the order of time, all of a span and nothing else', async () => {
      const venue = await started();
      await venue.play(venue.feed.clock.now() + 20 * MINUTE);
      const now = venue.feed.clock.now();
      const spans = [
        [now - 25 * MINUTE, now - 12 * MINUTE],
        [now - 25 * MINUTE, now - MINUTE],
        [now - 2 * MINUTE, now - MINUTE],
      ] as const;
      for (const [from, end] of spans) {
        const bars = await history(venue, from, end);
        for (const own of Map.groupBy(bars, ({ instrumentId }) => instrumentId).values())
          expect(own.map(({ barStart }) => barStart)).toEqual(
            own.map(({ barStart }) => barStart).sort((a, b) => a - b),
          );
        expect(inOrder(bars)).toEqual(inOrder(truthBetween(venue, from, end)));
      }
      expect(await history(venue, now - MINUTE, now - MINUTE)).toEqual([]);
    });

    it('gives the history of those instruments that are asked for', async () => {
      const venue = await started();
      await venue.play(venue.feed.clock.now() + 20 * MINUTE);
      const now = venue.feed.clock.now();
      const [, second] = venue.feed.facts.instruments;
      const bars = await history(venue, now - 10 * MINUTE, now - MINUTE, second === undefined ? [] : [second]);
      expect(new Set(bars.map(({ instrumentId }) => instrumentId))).toEqual(new Set([second?.id]));
    });

    it('tells what may pass from what does not', async () => {
      const venue = await started();
      venue.answerWith(500);
      const now = venue.feed.clock.now();
      const error: unknown = await history(venue, now - 5 * MINUTE, now - MINUTE).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Error);
      expect(venue.feed.isPassing(error)).toBe(true);
      expect(venue.feed.isPassing(new TypeError('a mistake of ours'))).toBe(false);
      venue.answerWith(null);
      expect((await patientHistory(venue, now - 5 * MINUTE, now - MINUTE)).length).toBeGreaterThan(0);
    });

    it('stops at once with the reason of the signal, and leaves no connection', async () => {
      const { venue, listener } = await connected();
      const begun = performance.now();
      await listener.close();
      expect(await listener.over).toMatchObject({ message: 'the test is over' });
      expect(performance.now() - begun).toBeLessThan(1_000);
      await until(() => venue.followers() === 0);
      expect(venue.feed.status().phase).toBe('DISCONNECTED');

      const stopped = AbortSignal.abort(new Error('not today'));
      await expect(venue.feed.events(stopped)[Symbol.asyncIterator]().next()).rejects.toThrow('not today');
      const request = { instruments: venue.feed.facts.instruments, from: 0, until: venue.feed.clock.now() };
      await expect(venue.feed.history(request, stopped)[Symbol.asyncIterator]().next()).rejects.toThrow('not today');
    });

    it('leaves no connection when its reader leaves, and can be read again', async () => {
      const venue = await started();
      for (let time = 0; time < 2; time += 1) {
        for await (const event of venue.feed.events(new AbortController().signal))
          if (event.kind === 'CONNECTED') break;
        await until(() => venue.followers() === 0);
      }
    });

    it('says how it is doing', async () => {
      const venue = await started();
      const calm = { stalledSince: null, circuit: 'CLOSED', reconnects: 0 };
      expect(venue.feed.status()).toMatchObject({ phase: 'DISCONNECTED', ...calm });
      await new Listener<LiveEvent>(venue.feed).next('CONNECTED');
      expect(venue.feed.status()).toMatchObject({ phase: 'STREAMING', ...calm });
    });
  });
}

async function history(
  { feed }: Venue,
  from: number,
  end: number,
  instruments = feed.facts.instruments,
): Promise<FeedBar[]> {
  const bars: FeedBar[] = [];
  for await (const page of feed.history({ instruments, from, until: end }, new AbortController().signal))
    bars.push(...page);
  return bars;
}

/** As whoever waits for a venue asks: again while it may pass. */
async function patientHistory(venue: Venue, from: number, end: number): Promise<FeedBar[]> {
  for (let time = 0; time < 100; time += 1) {
    try {
      return await history(venue, from, end);
    } catch (error) {
      if (!venue.feed.isPassing(error)) throw error;
      await setTimeout(20);
    }
  }
  throw new Error('it did not pass in 2 s');
}

/** What a reader has in the end of the minutes from an instant on: each as it was told last. */
function newest(listener: Listener<LiveEvent>, from: number): Map<string, FeedBar> {
  const bars = listener.all('BAR').map(({ bar }) => bar);
  return new Map(bars.filter(({ barStart }) => barStart >= from).map((bar) => [keyOf(bar), bar]));
}

function truthBetween({ truth }: Venue, from: number, end: number): FeedBar[] {
  return truth.filter(({ barStart }) => barStart >= from && barStart < end);
}

function inOrder(bars: Iterable<FeedBar>): FeedBar[] {
  return [...bars].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ instrumentId, barStart }: FeedBar): string {
  return `${instrumentId} ${barStart}`;
}
