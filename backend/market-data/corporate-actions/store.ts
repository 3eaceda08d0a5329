import type { Queryable } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import type { Instrument } from '../instrument.ts';
import type { CorporateAction } from './action.ts';
import { type DatedTicker, datedTickers } from './tickers.ts';

const COLUMNS = `action_id as id, source_id as "sourceId", instrument_id as "instrumentId", kind, ex_date::text as "exDate",
  known_time as "knownTime", ratio, amount::text, currency, new_symbol as "newSymbol"`;

export type StoredAction = CorporateAction & { readonly id: number; readonly sourceId: string };

/** All that a source has told, in the order in which it did. */
export async function readStoredActions(database: Queryable, sourceId: string): Promise<StoredAction[]> {
  const { rows } = await database.query<StoredAction>(
    `select ${COLUMNS} from corporate_action where source_id = $1 order by action_id`,
    [sourceId],
  );
  return rows;
}

export type ActionQuery = {
  readonly instrumentId: string;
  /** Only what was known at this moment, ms. */
  readonly asOf: number;
  readonly limit: number;
  readonly backward: boolean;
  /** Place to go on from, exclusive: ex-date and id with a space between them. */
  readonly cursor: string | null;
};

export function actionKey({ exDate, id }: StoredAction): string {
  return `${exDate} ${id}`;
}

/** What is known of an instrument, by ex-date. */
export async function readActionsPage(database: Queryable, query: ActionQuery): Promise<StoredAction[]> {
  const [exDate = null, id = null] = query.cursor?.split(' ') ?? [];
  const [direction, beyond] = query.backward ? ['desc', '<'] : ['asc', '>'];
  const { rows } = await database.query<StoredAction>(
    `select ${COLUMNS} from corporate_action
      where instrument_id = $1 and known_time <= $2 and ($3::date is null or (ex_date, action_id) ${beyond} ($3::date, $4::bigint))
      order by ex_date ${direction}, action_id ${direction} limit $5`,
    [query.instrumentId, new Date(query.asOf).toISOString(), exDate, id, query.limit + 1],
  );
  return rows;
}

/** Adds what is not known yet, and dates the tickers of its instruments anew: those follow from the actions. Safe to repeat. In a transaction of the caller's. */
export async function storeActions(
  database: Queryable,
  sourceId: string,
  actions: readonly CorporateAction[],
): Promise<void> {
  if (actions.length === 0) return;
  await database.query(
    `insert into corporate_action (source_id, instrument_id, kind, ex_date, known_time, ratio, amount, currency, new_symbol)
     select $1, "instrumentId", kind, "exDate", to_timestamp("knownTime" / 1000.0), ratio, amount, currency, "newSymbol"
       from json_to_recordset($2) as t("instrumentId" text, kind text, "exDate" date, "knownTime" float8, ratio text, amount numeric,
                                       currency text, "newSymbol" text)
     on conflict do nothing`,
    [sourceId, JSON.stringify(actions)],
  );
  const renamed = actions.filter(({ kind }) => kind !== 'SPLIT' && kind !== 'DIVIDEND');
  await dateTickers(database, [...new Set(renamed.map(({ instrumentId }) => instrumentId))]);
}

/** The instruments that have some tickers of a market today, described under them: one may be stored under an older ticker. */
export async function readBearers(database: Queryable, symbols: readonly string[]): Promise<Instrument[]> {
  const { rows } = await database.query<Instrument>(
    `select id, s.symbol, i.mic, calendar, tick::text, currency, figi, asset_class as "assetClass"
       from instrument_symbol s join instrument i on i.id = s.instrument_id
      where s.symbol = any ($1) and i.mic <> 'XXXX' and daterange(valid_from, valid_until) @> current_date order by id`,
    [symbols],
  );
  return rows;
}

/** Gives instruments that have no ticker yet the one by which they are described. Throws a UserError where another one has it. */
export async function nameInstruments(database: Queryable, ids: readonly string[]): Promise<void> {
  await database.query(
    `insert into instrument_symbol (instrument_id, symbol, mic) select id, symbol, mic from instrument i
      where id = any ($1) and not exists (select from instrument_symbol s where s.instrument_id = i.id) order by id
     on conflict do nothing`,
    [ids],
  );
  const { rows } = await database.query<{ id: string; symbol: string; mic: string; holder: string | null }>(
    `select i.id, i.symbol, i.mic, (select s.instrument_id from instrument_symbol s where s.symbol = i.symbol and s.mic = i.mic limit 1) as holder
       from instrument i where id = any ($1) and not exists (select from instrument_symbol s where s.instrument_id = i.id)`,
    [ids],
  );
  const [taken] = rows;
  if (taken !== undefined) throw symbolTaken(taken.id, taken.symbol, taken.mic, taken.holder);
}

async function dateTickers(database: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { rows: instruments } = await database.query<Instrument>(
    'select id, symbol, mic, calendar, tick::text, currency, figi, asset_class as "assetClass" from instrument where id = any ($1) order by id',
    [ids],
  );
  const { rows: actions } = await database.query<StoredAction>(
    `select ${COLUMNS} from corporate_action where instrument_id = any ($1) order by known_time, action_id`,
    [ids],
  );
  await database.query('delete from instrument_symbol where instrument_id = any ($1)', [ids]);
  const tickers = instruments.flatMap((instrument) => datedTickers(instrument, actions));
  for (const ticker of tickers) await insertTicker(database, ticker);
}

async function insertTicker(database: Queryable, ticker: DatedTicker): Promise<void> {
  const { instrumentId, symbol, mic, from, until } = ticker;
  try {
    await database.query(
      `insert into instrument_symbol (instrument_id, symbol, mic, valid_from, valid_until) values ($1, $2, $3, coalesce($4::date, '-infinity'), $5)`,
      [instrumentId, symbol, mic, from, until],
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === EXCLUSION_VIOLATION)
      throw symbolTaken(instrumentId, symbol, mic, null);
    throw error;
  }
}

const EXCLUSION_VIOLATION = '23P01';

function symbolTaken(id: string, symbol: string, mic: string, holder: string | null): UserError {
  const whose = holder === null ? 'another instrument or name' : holder;
  return new UserError(
    'SYMBOL_TAKEN',
    `symbol of ${id} is "${symbol}" at ${mic}, which is that of ${whose} in this database, expected one instrument a ticker at a time: give it the same id, or dates that do not overlap by --actions`,
  );
}
