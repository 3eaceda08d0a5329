import type { Session } from '../../calendar/index.ts';
import type { Queryable } from '../../platform/database/pool.ts';

// Nothing here is shared with what is tested: sessions as a table, date_bin, windows over minutes, and which buckets had been closed at the
// moment by the words of the definition.
const RECOMPUTED = `
  with session as (
    select * from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) as t(calendar, opens, closes)
  ), length (timeframe, span) as (
    values ('5m', interval '5 minutes'), ('15m', interval '15 minutes'), ('30m', interval '30 minutes'), ('1h', interval '1 hour'), ('1d', interval '24 hours')
  ), minute as (
    select *, row_number() over (partition by instrument_id, bar_start order by revision desc) as age
      from bar where timeframe = '1m' and known_time <= $1
  ), held as (
    select minute.*, length.timeframe as length, closes, starts, least(starts + span, closes) as ends
      from minute join instrument on instrument.id = instrument_id join session using (calendar), length, date_bin(span, bar_start, opens) as starts
     where age = 1 and bar_start >= opens and bar_start < closes
  ), summed as (
    select distinct instrument_id, length as timeframe, starts as bar_start, ends as bar_end, closes, max(bar_end) over bucket as newest,
           first_value(open) over bucket as open, max(high) over bucket as high, min(low) over bucket as low,
           last_value(close) over bucket as close, last_value(price_scale) over bucket as price_scale, sum(volume) over bucket as volume, count(*) over bucket as bars
      from held window bucket as (partition by instrument_id, length, starts order by bar_start
                                  rows between unbounded preceding and unbounded following)
  )
  select instrument_id, timeframe, bar_start, bar_end, open::text, high::text, low::text, close::text, volume::text, bars::integer, price_scale::text,
         bars = extract(epoch from bar_end - bar_start) / 60 as complete
    from summed, (select max(bar_end) as watermark from minute) seen
   where newest = bar_end or watermark > bar_end or (bar_end = closes and watermark = bar_end)
   order by 1, 2, 3`;

const STORED = `
  select distinct on (instrument_id, timeframe, bar_start) instrument_id, timeframe, bar_start, bar_end, open::text, high::text, low::text,
         close::text, volume::text, bars, price_scale::text, complete
    from rollup_bar where known_time <= $1 order by instrument_id, timeframe, bar_start, revision desc`;

export type SessionOf = Session & { readonly calendar: string };

/** The longer bars of some sessions that follow from the minutes known at a moment, by plain SQL over all minutes. */
export async function recompute(database: Queryable, sessions: readonly SessionOf[], asOf: number): Promise<unknown[]> {
  const parameters = [
    iso(asOf),
    sessions.map(({ calendar }) => calendar),
    sessions.map(({ open }) => iso(open)),
    sessions.map(({ close }) => iso(close)),
  ];
  return (await database.query(RECOMPUTED, parameters)).rows;
}

/** The longer bars that are answered for a moment. */
export async function storedAsOf(database: Queryable, asOf: number): Promise<unknown[]> {
  return (await database.query(STORED, [iso(asOf)])).rows;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
