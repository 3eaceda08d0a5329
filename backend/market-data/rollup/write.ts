import type { Queryable } from '../../platform/database/pool.ts';
import { PROVENANCES } from '../bar.ts';
import type { Due } from './open-buckets.ts';

const DUE = `unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::timestamptz[]) with ordinality
      as due(instrument_id, timeframe, bar_start, bar_end, minutes, known_time, place)`;

// The bounds $7 and $8 let the planner leave out all partitions but those of the buckets.
const INSIDE = `p.instrument_id = due.instrument_id and p.bar_start >= due.bar_start and p.bar_start < due.bar_end
      and p.bar_start between $7 and $8`;
const ROLLED = `r.instrument_id = due.instrument_id and r.timeframe = due.timeframe and r.bar_start = due.bar_start
      and r.bar_start between $7 and $8`;
const MINUTES = `bar p where p.timeframe = '1m' and ${INSIDE}`;
const FIVE_MINUTES = `rollup_bar p where p.timeframe = '5m' and ${INSIDE}`;

/**
 * A bar is made of the newest revision of each of its parts at its moment, and bears the source of the least real one among them. What is
 * answered for that moment already is not written again. Several moments of one bucket follow each other: once one of them is
 * written, it is the answer for those after it, until they differ. Splits lie between sessions: the scale of the newest part is that of all.
 */
function writeFrom(parts: string, count: string): string {
  return `
  with sources as materialized (
    select array_agg(source_id order by array_position($9::text[], provenance)) as ids from source
  ), made as (
    select due.*, sums.*, row(open, high, low, close, volume, bars, price_scale) as numbers, known.*
      from ${DUE}
     cross join lateral (
       select (array_agg(open order by bar_start desc))[count(*)] as open, max(high) as high, min(low) as low,
              (array_agg(close order by bar_start desc))[1] as close, (array_agg(price_scale order by bar_start desc))[1] as price_scale, sum(volume) as volume, sum(bars)::integer as bars,
              (select ids from sources)[max(unreal)] as source_id
         from (select distinct on (p.bar_start) p.bar_start, p.open, p.high, p.low, p.close, p.volume, p.price_scale, ${count} as bars,
                      array_position((select ids from sources), p.source_id) as unreal
                 from ${parts} and p.known_time <= due.known_time
                order by p.bar_start desc, p.revision desc) part
       having count(*) > 0) sums
     cross join lateral (
       select max(r.revision) as newest,
              (array_agg(row(r.open, r.high, r.low, r.close, r.volume, r.bars, r.price_scale) order by r.revision desc)
                 filter (where r.known_time <= due.known_time))[1] as held
         from rollup_bar r where ${ROLLED}) known
  ), compared as (
    select *, coalesce(bool_or(held is distinct from numbers) over earlier, false) as begun,
           lag(numbers) over moments is distinct from numbers as changed
      from made
    window moments as (partition by instrument_id, timeframe, bar_start order by known_time),
           earlier as (moments rows between unbounded preceding and 1 preceding)
  )
  insert into rollup_bar (instrument_id, timeframe, bar_start, revision, bar_end, known_time, source_id, open, high, low, close, volume, bars, complete, price_scale, rollup_seq)
  select instrument_id, timeframe, bar_start,
         coalesce(newest, -1) + row_number() over (partition by instrument_id, timeframe, bar_start order by known_time),
         bar_end, known_time, source_id, open, high, low, close, volume, bars, bars = minutes, price_scale,
         $10::bigint + row_number() over (order by known_time, instrument_id, bar_end, bar_start desc)
    from compared where case when begun then changed else held is distinct from numbers end
  returning bar_start`;
}

const FROM_MINUTES = { name: 'roll-up-minutes', text: writeFrom(MINUTES, '1') };
const FROM_FIVE_MINUTES = { name: 'roll-up-five-minutes', text: writeFrom(FIVE_MINUTES, 'p.bars') };

/** Makes the bars that are due, those of five minutes first and the longer ones of them, and adds those that say something new, numbered. */
export async function writeRollups(database: Queryable, due: readonly Due[]): Promise<void> {
  const short = due.filter(({ timeframe }) => timeframe === '5m');
  const long = due.filter(({ timeframe }) => timeframe !== '5m');
  const { rows: head } = await database.query<{ last_seq: number }>('select last_seq from rollup_head for update');
  const base = head[0]?.last_seq ?? 0;
  const made: number[] = [];
  for (const [statement, buckets] of [[FROM_MINUTES, short] as const, [FROM_FIVE_MINUTES, long] as const]) {
    if (buckets.length === 0) continue;
    const { rows } = await database.query<{ bar_start: number }>({
      ...statement,
      values: [...columnsOf(buckets), PROVENANCES, base + made.length],
    });
    for (const { bar_start } of rows) made.push(bar_start);
  }
  if (made.length > 0) await advance(database, base, made);
}

async function advance(database: Queryable, base: number, barStarts: readonly number[]): Promise<void> {
  const last = base + barStarts.length;
  const earliest = barStarts.reduce((found, start) => Math.min(found, start), Infinity);
  const latest = barStarts.reduce((found, start) => Math.max(found, start), -Infinity);
  await database.query('update rollup_head set last_seq = $1', [last]);
  await database.query(
    'insert into rollup_batch (first_seq, last_seq, min_bar_start, max_bar_start) values ($1, $2, $3, $4)',
    [base + 1, last, iso(earliest), iso(latest)],
  );
}

const MOMENTS = `
  select min(due.place) as place, moment.known_time as "knownTime"
    from ${DUE}
   cross join lateral (
     select case when count(*) = 0 then due.known_time else greatest($9::timestamptz, min(r.known_time)) end as known_time
       from rollup_bar r where ${ROLLED}) earliest
   cross join lateral (
     select earliest.known_time
      union
     select p.known_time from ${MINUTES} and p.known_time > earliest.known_time) moment
   group by due.instrument_id, due.timeframe, due.bar_start, moment.known_time`;

/**
 * For minutes that were known since `since` and are read after others that were known later, as happens with two feeds: every moment at which
 * the bar of a bucket has to be looked at. Those are all since then; for a bucket without a bar, all from when it is due.
 */
export async function momentsSince(database: Queryable, due: readonly Due[], since: number): Promise<Due[]> {
  const { rows } = await database.query<{ place: number; knownTime: number }>(MOMENTS, [...columnsOf(due), iso(since)]);
  return rows.flatMap(({ place, knownTime }) => {
    const found = due[place - 1];
    return found === undefined ? [] : [{ ...found, knownTime }];
  });
}

function columnsOf(due: readonly Due[]): unknown[] {
  const starts = due.map(({ barStart }) => barStart);
  const ends = due.map(({ barEnd }) => barEnd);
  return [
    due.map(({ instrumentId }) => instrumentId),
    due.map(({ timeframe }) => timeframe),
    starts.map(iso),
    ends.map(iso),
    due.map(({ minutes }) => minutes),
    due.map(({ knownTime }) => iso(knownTime)),
    iso(starts.reduce((earliest, start) => Math.min(earliest, start), Infinity)),
    iso(ends.reduce((latest, end) => Math.max(latest, end), -Infinity)),
  ];
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
