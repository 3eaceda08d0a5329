import { calendarById, type Session } from '../calendar/index.ts';
import { TIMEFRAMES, type Timeframe } from '../market-data/bar.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { type Side, signOf } from './plan.ts';

/** Names an outcome: of which signal, by which settler. */
export type SettledSignal = { readonly id: string; readonly settlerVersion: number };

/** What entering at random gave in place of one signal. */
export type RandomEntry = {
  /** Mean net R. */
  readonly meanR: number;
  /** How many random entries there were bars for. */
  readonly n: number;
};

/** How a signal was held. Instants in ms. */
type Held = {
  readonly id: string;
  readonly instrument: string;
  readonly timeframe: Timeframe;
  readonly source: string;
  readonly calendar: string;
  readonly side: Side;
  readonly publishedAt: number;
  readonly settledAt: number;
  /** Per unit, adjusted for splits as the prices are. */
  readonly risk: number;
  readonly costsR: number;
  readonly bars: number;
};

type Draw = { readonly held: Held; readonly firstBar: number; readonly lastBar: number };

// Bounds what one question costs, however many signals there are: an entry is two look-ups by key.
const MOST_SIGNALS = 200;
const DRAWS = 20;
const DAY = 86_400_000;

/**
 * What chance would have made of the same signals: the same side of the same instrument, held for as many bars at the same risk and costs,
 * but entered at the open of a random bar between the first publication and the last settlement; one of minutes stays within its session.
 * Twenty entries a signal; of more than 200 signals, 200 at most that are spread evenly over all. An entry whose bars are missing, or were
 * not known by the last settlement, does not count.
 */
export async function randomEntries(
  database: Queryable,
  settled: readonly SettledSignal[],
  random: () => number,
): Promise<Map<string, RandomEntry>> {
  const step = Math.ceil(settled.length / MOST_SIGNALS);
  const held = await readHeld(
    database,
    settled.filter((_, index) => index % step === 0),
  );
  const draws = drawn(held, random);
  const results = new Map<string, number[]>();
  for (const { index, entry, exit } of await readPrices(database, draws, lastSettlement(held))) {
    const draw = draws[index]?.held;
    if (draw === undefined) continue;
    const r = (signOf(draw.side) * (exit - entry)) / draw.risk - draw.costsR;
    results.set(draw.id, [...(results.get(draw.id) ?? []), r]);
  }
  return new Map(
    [...results].map(([id, rs]) => [id, { meanR: rs.reduce((sum, r) => sum + r, 0) / rs.length, n: rs.length }]),
  );
}

function drawn(held: readonly Held[], random: () => number): Draw[] {
  const sessions = new Map(
    [...new Set(held.map(({ calendar }) => calendar))].map((calendar) => [
      calendar,
      sessionsOf(
        calendar,
        held.filter((one) => one.calendar === calendar),
      ),
    ]),
  );
  return held.flatMap((one) =>
    Array.from({ length: DRAWS }, () => drawOne(one, sessions.get(one.calendar) ?? [], random)).filter(
      (draw) => draw !== null,
    ),
  );
}

/** The sessions from the first publication to the last settlement. */
function sessionsOf(id: string, held: readonly Held[]): Session[] {
  const calendar = calendarById(id);
  const from = Math.min(...held.map(({ publishedAt }) => publishedAt));
  return calendar
    .sessions(Math.max(calendar.validFrom, from - DAY), lastSettlement(held))
    .filter(({ close }) => close > from);
}

function lastSettlement(held: readonly Held[]): number {
  return Math.max(0, ...held.map(({ settledAt }) => settledAt));
}

function drawOne(held: Held, sessions: readonly Session[], random: () => number): Draw | null {
  const bars = Math.max(1, held.bars);
  const below = (count: number): number => Math.floor(random() * count);
  if (held.timeframe === '1d') {
    const first = below(sessions.length - bars + 1);
    const [entry, exit] = [sessions[first], sessions[first + bars - 1]];
    return entry === undefined || exit === undefined ? null : { held, firstBar: entry.open, lastBar: exit.open };
  }
  const length = TIMEFRAMES[held.timeframe];
  const session = sessions[below(sessions.length)];
  const places = session === undefined ? 0 : (session.close - session.open) / length - bars + 1;
  if (session === undefined || places < 1) return null;
  const firstBar = session.open + below(places) * length;
  return { held, firstBar, lastBar: firstBar + (bars - 1) * length };
}

async function readHeld(database: Queryable, settled: readonly SettledSignal[]): Promise<Held[]> {
  const { rows } = await database.query<Held>(
    `select s.id, s.instrument_id as instrument, s.timeframe, s.source_id as source, i.calendar, s.side,
            s.published_at as "publishedAt", o.settled_at as "settledAt", (s.body::json #>> '{plan,riskPerUnit}')::float8 * coalesce((s.body::json ->> 'priceScale')::float8, 1) as risk,
            (o.gross_r - o.net_r)::float8 as "costsR", (o.body::json ->> 'barsHeld')::integer as bars
       from unnest($1::uuid[], $2::integer[]) as wanted(id, version)
       join signal s using (id) join instrument i on i.id = s.instrument_id
       join outcome o on o.signal_id = s.id and o.settler_version = wanted.version
      order by s.decision_ingest_seq, s.id`,
    [settled.map(({ id }) => id), settled.map(({ settlerVersion }) => settlerVersion)],
  );
  return rows;
}

type Prices = { readonly index: number; readonly entry: number; readonly exit: number };

/** Open of the first bar and close of the last, adjusted for splits, as they first were known; draws without their bars are left out. */
async function readPrices(database: Queryable, draws: readonly Draw[], until: number): Promise<Prices[]> {
  const bar = (price: string, start: string): string => `
    cross join lateral (select (${price} * price_scale)::float8 as price from bar where instrument_id = d.instrument and timeframe = d.timeframe
      and bar_start = d.${start} and source_id = d.source and known_time <= $6 order by revision limit 1) as ${start}_bar`;
  const { rows } = await database.query<Prices>(
    `select (d.ordinal - 1)::integer as index, first_bar.price as entry, last_bar.price as exit
       from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) with ordinality
            as d(instrument, timeframe, source, first, last, ordinal) ${bar('open', 'first')} ${bar('close', 'last')}
      order by 1`,
    [
      draws.map(({ held }) => held.instrument),
      draws.map(({ held }) => held.timeframe),
      draws.map(({ held }) => held.source),
      draws.map(({ firstBar }) => new Date(firstBar).toISOString()),
      draws.map(({ lastBar }) => new Date(lastBar).toISOString()),
      new Date(until).toISOString(),
    ],
  );
  return rows;
}
