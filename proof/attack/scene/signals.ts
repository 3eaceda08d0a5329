import { InstrumentEntity } from '../../../backend/market-data/instrument.entity.ts';
import { SourceEntity } from '../../../backend/market-data/source.entity.ts';
import { shardOf } from '../../../backend/market-data/store/ingest.ts';
import { ModelVersionEntity } from '../../../backend/models/model-version.entity.ts';
import { OutcomeEntity } from '../../../backend/outcomes/outcome.entity.ts';
import { createOrm } from '../../../backend/platform/database/orm.ts';
import type { Pool } from '../../../backend/platform/database/pool.ts';
import { globalId } from '../../../backend/platform/graphql/global-id.ts';
import { writeStep } from '../../../backend/signals/engine-store.ts';
import { SignalEntity } from '../../../backend/signals/signal.entity.ts';
import { publishedEvent } from '../../../backend/signals/signal-event.ts';
import { eventfulTicks, inventMarket, storeMarket, trainOn } from '../../../backend/testing/market.ts';

const ENTITIES = [InstrumentEntity, SourceEntity, ModelVersionEntity, SignalEntity, OutcomeEntity];
const MANY = 20;

type Where = { readonly owner: Pool; readonly application: Pool; readonly applicationUrl: string };

/** Signals of an invented market, each with the event that publishes it, as the engine writes them. Answers their global ids. */
export async function writeSignals({ owner, application, applicationUrl }: Where): Promise<readonly string[]> {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const published = eventfulTicks(market, model)
    .flatMap((tick) => tick.published)
    .slice(0, MANY);
  const orm = await createOrm({ url: applicationUrl, entities: ENTITIES, poolSize: 2, statementTimeoutMs: 30_000 });
  try {
    await storeMarket({ pool: application, owner, em: async () => orm.em }, market, model);
    const tick = {
      ingestSeq: 1,
      market: 'XNYS',
      changes: [],
      withheld: null,
      published,
      events: published.map(publishedEvent),
    };
    const step = { shard: shardOf(market.source), fromSeq: 0, upToSeq: 1, cancellations: 0, ticks: [tick] };
    await writeStep(orm.em, step, { beforeCommit: () => undefined });
    return published.map(({ id }) => globalId('Signal', id));
  } finally {
    await orm.close(true);
  }
}

/** So many more events, each a copy of the first; they are there to be asked for. */
export async function writePast({ application }: Pick<Where, 'application'>, count: number): Promise<void> {
  await application.query(
    `select append_events('public', (
       select array_agg(row(kind, schema_version, occurred_at, body)::new_event)
         from (select * from event_log where stream = 'public' order by seq limit 1) first, generate_series(1, $1)))`,
    [count],
  );
}
