import { createHash } from 'node:crypto';
import { PUBLIC_STREAM } from '../log/event.ts';
import { readStreamState } from '../log/read.ts';
import type { Provenance } from '../market-data/bar.ts';
import type { Cache } from '../platform/cache/cache.ts';
import type { Queryable } from '../platform/database/pool.ts';
import type { Outcome } from './outcome.ts';
import { type Performance, type SignalRecord, summarise } from './performance.ts';
import type { Side } from './plan.ts';
import { type RandomEntry, randomEntries } from './random-entries.ts';

export type PerformanceScope = {
  readonly provenance: Provenance;
  readonly instruments: readonly string[] | null;
  readonly models: readonly string[] | null;
  /** Answers with what was known at that moment; null for now. */
  readonly asOf: number | null;
};

type Row = {
  id: string;
  settler_version: number | null;
  side: Side;
  state: SignalRecord['state'];
  label: Outcome['label'] | null;
  net_r: string | null;
  ambiguous: boolean | null;
  baseline: string;
};

// Figures are looked at, not traded on; the seeds are fixed so that the same signals give the same figures.
const SEED = 1;
const CHANCE_SEED = 2;
/** So long nobody asks for the figures of a log that has not grown. ms */
const KEPT_MS = 10 * 60_000;

/**
 * What became of all published signals of one kind of data. Signals and outcomes are written with their events, and random entries know no bar
 * that came after the last settlement: as long as the log does not grow the figures stay, and they are made once.
 */
export class PerformanceService {
  readonly #pool: Queryable;
  readonly #randomFrom: (seed: number) => () => number;
  readonly #cache: Cache;

  constructor(pool: Queryable, randomFrom: (seed: number) => () => number, cache: Cache) {
    this.#pool = pool;
    this.#randomFrom = randomFrom;
    this.#cache = cache;
  }

  async summary(scope: PerformanceScope): Promise<Performance> {
    // Read before the rows are: what is written in between is in the figures, and the next one to ask makes them anew.
    const { head } = await readStreamState(this.#pool, PUBLIC_STREAM);
    const key = `performance:${createHash('sha256')
      .update(JSON.stringify([head, scope]))
      .digest('hex')}`;
    const kept = parsed(await this.#cache.get(key));
    if (kept !== null) return kept;
    const made = await this.#make(scope);
    await this.#cache.set(key, JSON.stringify(made), KEPT_MS);
    return made;
  }

  async #make(scope: PerformanceScope): Promise<Performance> {
    const rows = await this.#rows(scope);
    const settled = rows.flatMap(({ id, settler_version: settlerVersion }) =>
      settlerVersion === null ? [] : [{ id, settlerVersion }],
    );
    const chances = await randomEntries(this.#pool, settled, this.#randomFrom(CHANCE_SEED));
    return summarise({
      signals: rows.map((row) => toRecord(row, chances.get(row.id) ?? null)),
      random: this.#randomFrom(SEED),
    });
  }

  async #rows({ provenance, instruments, models, asOf }: PerformanceScope): Promise<Row[]> {
    const { rows } = await this.#pool.query<Row>(
      `select s.id, o.settler_version, s.side, o.label, o.net_r, o.ambiguous, s.baseline_probability as baseline,
              case when s.state_since > $4 then 'PUBLISHED' else s.state end as state
         from signal s join source using (source_id)
         left join lateral (select * from outcome o where o.signal_id = s.id and ($4::timestamptz is null or o.settled_at <= $4)
                            order by settler_version desc limit 1) o on true
        where provenance = $1 and ($2::text[] is null or s.instrument_id = any ($2)) and ($3::text[] is null or s.model_version_id = any ($3))
          and ($4::timestamptz is null or s.published_at <= $4)
        order by o.settled_at, s.decision_ingest_seq`,
      [provenance, instruments, models, asOf === null ? null : new Date(asOf).toISOString()],
    );
    return rows;
  }
}

/** Only the same build writes under its keys, so the text is what it wrote, or damaged. */
function parsed(text: string | null): Performance | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Performance;
  } catch {
    return null;
  }
}

function toRecord({ side, state, label, net_r, ambiguous, baseline }: Row, chance: RandomEntry | null): SignalRecord {
  return {
    side,
    state,
    outcome: label === null || net_r === null ? null : { label, netR: net_r, ambiguous: ambiguous === true },
    baselineProbability: Number(baseline),
    chance,
  };
}
