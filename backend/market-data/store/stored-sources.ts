import type { Queryable } from '../../platform/database/pool.ts';
import type { Instrument } from '../instrument.ts';
import type { SourceDescription } from '../source.ts';

type Row = Pick<SourceDescription, 'sourceId' | 'feed' | 'provenance' | 'licence' | 'timeframe'> & {
  readonly instruments: readonly Instrument[];
};

/**
 * The feeds of real data that something is expected of, with their instruments, as they are stored: for who works on bars that are here and
 * has no connection to the feed. `historyEnd` is the moment (ms) up to which all that is stored is the past.
 */
export async function readRealSources(database: Queryable, historyEnd: number): Promise<readonly SourceDescription[]> {
  const { rows } = await database.query<Row>(
    `select source_id as "sourceId", feed, provenance, licence, timeframe,
            json_agg(json_build_object('id', i.id, 'symbol', i.symbol, 'mic', i.mic, 'calendar', i.calendar, 'tick', i.tick::text,
              'currency', i.currency, 'figi', i.figi, 'assetClass', i.asset_class) order by i.id) as instruments
       from source s join source_instrument e using (source_id) join instrument i on i.id = e.instrument_id
      where s.provenance not in ('REPLAY', 'SYNTHETIC') and e.expected
      group by s.source_id order by s.source_id`,
  );
  return rows.map((row) => ({ ...row, totalRows: null, historyEnd }));
}
