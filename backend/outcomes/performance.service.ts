import type { Provenance } from '../market-data/bar.ts';
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

/** What became of all published signals of one kind of data. */
export class PerformanceService {
  readonly #pool: Queryable;
  readonly #randomFrom: (seed: number) => () => number;

  constructor(pool: Queryable, randomFrom: (seed: number) => () => number) {
    this.#pool = pool;
    this.#randomFrom = randomFrom;
  }

  async summary(scope: PerformanceScope): Promise<Performance> {
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

function toRecord({ side, state, label, net_r, ambiguous, baseline }: Row, chance: RandomEntry | null): SignalRecord {
  return {
    side,
    state,
    outcome: label === null || net_r === null ? null : { label, netR: net_r, ambiguous: ambiguous === true },
    baselineProbability: Number(baseline),
    chance,
  };
}
