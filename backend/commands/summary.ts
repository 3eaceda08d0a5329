import { PUBLIC_STREAM } from '../log/event.ts';
import { verifyLedger } from '../log/verify.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import { fact, type Write } from './console.ts';
import type { Runtime } from './runtime.ts';
import type { RunningPipeline } from './service.ts';

/** What a replay came to: counts, what was refused, how fast it went, and the hash that names what was said. */
export async function printSummary(write: Write, runtime: Runtime, { watch }: RunningPipeline): Promise<void> {
  const { totals } = watch;
  const source = watch.source();
  const ledger = await verifyLedger(runtime.pool, PUBLIC_STREAM);
  const { rows } = await runtime.pool.query<{ state: string; n: number }>(
    'select state, count(*) as n from signal where $1::text is null or source_id = $1 group by state order by state',
    [source?.sourceId ?? null],
  );
  const published = rows.reduce((sum, row) => sum + row.n, 0);
  const reasons = await quarantineReasons(runtime, source?.sourceId ?? null);
  const seconds = watch.seconds();
  write('\n');
  fact(
    write,
    'bars',
    `${totals.bars} stored, ${totals.duplicates} already there, ${totals.corrected} corrections`,
    ...(await knownElsewhere(runtime, watch)),
  );
  fact(
    write,
    'refused',
    reasons.length === 0 ? '0 rows quarantined' : `${totals.quarantined} rows quarantined`,
    ...reasons,
  );
  fact(write, 'signals', `${published} published: ${rows.map((row) => `${row.n} ${row.state}`).join(', ') || 'none'}`);
  fact(write, 'withheld', [...totals.withheld].map(([reason, n]) => `${n} ${reason}`).join(', ') || 'none');
  fact(
    write,
    'speed',
    `${totals.bars + totals.duplicates} bars in ${seconds.toFixed(1)} s, ${Math.round((totals.bars + totals.duplicates) / seconds)} bars/s, training included`,
  );
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
  const { rows } = await runtime.pool.query('select from ingest_batch where shard = $1 limit 1', [shardOf(source)]);
  return rows.length > 0
    ? []
    : ['all of them came from another source before, which decided on them: use another --data-dir to decide anew'];
}

async function quarantineReasons(runtime: Runtime, sourceId: string | null): Promise<string[]> {
  const { rows } = await runtime.pool.query<{ origin: string; line: number; reason: string; n: number }>(
    // Rows refused for one reason differ in the values that the reason quotes.
    `select origin, min(line) as line, regexp_replace(reason, '"[^"]*"', '"…"', 'g') as reason, count(*) as n
       from quarantined_row where source_id = $1 group by origin, 3 order by n desc limit 10`,
    [sourceId],
  );
  return rows.map((row) => `${row.n} in ${row.origin}, first on line ${row.line}: ${row.reason}`);
}
