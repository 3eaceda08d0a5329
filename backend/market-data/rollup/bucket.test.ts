import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALENDAR_IDS, calendarById, type Session } from '../../calendar/index.ts';
import { type Bucket, bucketsAt } from './bucket.ts';

const MINUTE = 60_000;

function sessionOn(calendar: string, date: string): Session {
  const session = calendarById(calendar).sessionOn(date);
  if (session === null) throw new Error(`${calendar} has no session on ${date}`);
  return session;
}

/** The buckets of a session, each as "from until minutes" in UTC. */
function shown(session: Session, timeframe: Bucket['timeframe']): string[] {
  const found = new Set<string>();
  for (let instant = session.open; instant < session.close; instant += MINUTE) {
    for (const bucket of bucketsAt('any', session, instant)) {
      const time = (at: number) => new Date(at).toISOString().slice(11, 16);
      if (bucket.timeframe !== timeframe) continue;
      found.add(
        `${time(bucket.barStart)} ${time(bucket.barEnd)} ${bucket.minutes}${bucket.endsSession ? ' ends' : ''}`,
      );
    }
  }
  return [...found];
}

describe('bucketsAt', () => {
  it('counts hours from the open of the session, whatever the clocks say, and ends the last one with it', () => {
    const summer = [
      '13:30 14:30 60',
      '14:30 15:30 60',
      '15:30 16:30 60',
      '16:30 17:30 60',
      '17:30 18:30 60',
      '18:30 19:30 60',
    ];
    // The clocks of New York went back on the third of November 2013 and forward on the ninth of March 2014.
    expect(shown(sessionOn('XNYS', '2013-11-01'), '1h')).toEqual([...summer, '19:30 20:00 30 ends']);
    const winter = [
      '14:30 15:30 60',
      '15:30 16:30 60',
      '16:30 17:30 60',
      '17:30 18:30 60',
      '18:30 19:30 60',
      '19:30 20:30 60',
    ];
    expect(shown(sessionOn('XNYS', '2013-11-04'), '1h')).toEqual([...winter, '20:30 21:00 30 ends']);
    expect(shown(sessionOn('XNYS', '2014-03-07'), '1h')).toEqual([...winter, '20:30 21:00 30 ends']);
    expect(shown(sessionOn('XNYS', '2014-03-10'), '1h')).toEqual([...summer, '19:30 20:00 30 ends']);
  });

  it('has a short last hour and a short day on a half day', () => {
    const halfDay = sessionOn('XNYS', '2013-11-29');
    expect(shown(halfDay, '1h').slice(-2)).toEqual(['16:30 17:30 60', '17:30 18:00 30 ends']);
    expect(shown(halfDay, '30m').slice(-1)).toEqual(['17:30 18:00 30 ends']);
    expect(shown(halfDay, '1d')).toEqual(['14:30 18:00 210 ends']);
    expect(shown(sessionOn('XNYS', '2013-12-02'), '1d')).toEqual(['14:30 21:00 390 ends']);
  });

  it('goes by the day of UTC where trading never stops', () => {
    const day = sessionOn('24x7', '2013-11-03');
    expect(shown(day, '1d')).toEqual(['00:00 00:00 1440 ends']);
    expect(shown(day, '1h')).toHaveLength(24);
    expect(shown(day, '15m').slice(0, 2)).toEqual(['00:00 00:15 15', '00:15 00:30 15']);
  });
});

describe.each(CALENDAR_IDS)('any session of %s', (id) => {
  const calendar = calendarById(id);
  const sessions = calendar.sessions(calendar.validFrom, calendar.validUntil);
  const places = fc
    .constantFrom(...sessions)
    .chain((session) => fc.tuple(fc.constant(session), fc.integer({ min: session.open, max: session.close - 1 })));

  it('has one bucket of each length around each instant, whose edges are whole buckets of five minutes', () => {
    fc.assert(
      fc.property(places, ([session, instant]) => {
        const buckets = bucketsAt('any', session, instant);
        expect(buckets.map(({ timeframe }) => timeframe)).toEqual(['5m', '15m', '30m', '1h', '1d']);
        for (const { barStart, barEnd, minutes, endsSession } of buckets) {
          expect(barStart <= instant && instant < barEnd).toBe(true);
          expect(minutes).toBe((barEnd - barStart) / MINUTE);
          expect(endsSession).toBe(barEnd === session.close);
          expect(bucketsAt('any', session, barStart)[0]?.barStart).toBe(barStart);
          expect(bucketsAt('any', session, barEnd - 1)[0]?.barEnd).toBe(barEnd);
        }
      }),
    );
  });

  it('lies within one month of UTC, as the partitions of longer bars suppose', () => {
    const month = (instant: number) => new Date(instant).toISOString().slice(0, 7);
    expect(sessions.filter(({ open, close }) => month(open) !== month(close - 1))).toEqual([]);
  });
});
