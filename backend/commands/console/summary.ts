import { PUBLIC_STREAM } from '../../log/event.ts';
import { verifyLedger } from '../../log/verify.ts';
import { shardOf } from '../../market-data/store/ingest.ts';
import type { RunningPipeline } from '../pipeline/role.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { fact, type Write } from './fact.ts';

/** What a replay came to: counts, what was refused, how fast it went, and the hash that names what was said. */
export async function printSummary(write: Write, runtime: Runtime, { watch }: RunningPipeline): Promise<void> {
  const { totals } = watch;
  const source = watch.source();
  const ledger = await verifyLedger(runtime.pools.work, PUBLIC_STREAM);
  const { rows } = await runtime.pools.work.query<{ state: string; n: number }>(
    'select state, count(*) as n from signal where $1::text is null or source_id = $1 group by state order by state',
    [source?.sourceId ?? null],
  );
  const published = rows.reduce((sum, row) => sum + row.n, 0);
  const refused = await quarantined(runtime, source?.sourceId ?? null);
  const seconds = watch.seconds();
  const offered = totals.bars + totals.duplicates;
  write('\n');
  fact(
    write,
    'bars',
    `${totals.bars} stored now, ${totals.duplicates} offered again, ${totals.corrected} corrections, ${await storedBars(runtime, watch)} stored in all`,
    ...(await knownElsewhere(runtime, watch)),
  );
  fact(write, 'refused', `${refused.rows} rows quarantined in all`, ...refused.reasons);
  fact(write, 'signals', `${published} published: ${rows.map((row) => `${row.n} ${row.state}`).join(', ') || 'none'}`);
  fact(write, 'withheld', [...totals.withheld].map(([reason, n]) => `${n} ${reason}`).join(', ') || 'none');
  if (offered > 0) {
    const rate = Math.round(offered / seconds);
    fact(write, 'speed', `${offered} bars in ${seconds.toFixed(1)} s, ${rate} bars/s, training included`);
  }
  fact(
    write,
    'log',
    `${ledger.events} events, hash chain ${ledger.fault === null ? 'holds' : `BROKEN: ${ledger.fault}`}`,
  );
  fact(write, 'sha256', ledger.bodiesSha256);
}

/** A file under a new name brings nothing new: its bars belong to the source that brought them first, and are decided on once. */
async function knownElsewhere(runtime: Runtime, watch: RunningPipeline['watch']): Promise<string[]> {
  const source = watch.source();
  if (source === null || watch.totals.duplicates === 0) return [];
  const { rows } = await runtime.pools.work.query('select from ingest_batch where shard = $1 limit 1', [
    shardOf(source),
  ]);
  return rows.length > 0
    ? []
    : ['all of them came from another source before, which decided on them: use another --data-dir to decide anew'];
}

async function storedBars(runtime: Runtime, watch: RunningPipeline['watch']): Promise<number> {
  const source = watch.source();
  const { rows } = await runtime.pools.work.query<{ n: number }>(
    'select last_ingest_seq as n from ingest_shard where shard = $1',
    [source === null ? '' : shardOf(source)],
  );
  return rows[0]?.n ?? 0;
}

async function quarantined(runtime: Runtime, sourceId: string | null): Promise<{ rows: number; reasons: string[] }> {
  const { rows } = await runtime.pools.work.query<{ origin: string; line: number; reason: string; n: number }>(
    // Rows refused for one reason differ in the values that the reason quotes; a quoted value may hold quotes itself.
    `select origin, min(line) as line, (array_agg(reason order by line))[1] as reason, count(*) as n
       from quarantined_row where source_id = $1
      group by origin, regexp_replace(reason, '"(\\\\.|[^"\\\\])*"', '"…"', 'g') order by n desc`,
    [sourceId],
  );
  const reasons = rows
    .slice(0, MOST_REASONS)
    .map((row) => `${row.n} in ${row.origin}, first on line ${row.line}: ${row.reason}`);
  return { rows: rows.reduce((sum, row) => sum + row.n, 0), reasons };
}

const MOST_REASONS = 10;
