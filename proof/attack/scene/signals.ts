import { openOrm } from '../../../backend/commands/runtime/open-orm.ts';
import type { Pool } from '../../../backend/platform/database/pool.ts';
import { globalId } from '../../../backend/platform/graphql/global-id.ts';
import { publishing, writeTick } from '../../../backend/signals/publishing.fixture.ts';
import { eventfulTicks, inventMarket, storeMarket, trainOn } from '../../../backend/testing/market.ts';

const MANY = 20;

type Where = { readonly owner: Pool; readonly application: Pool; readonly applicationUrl: string };

/** Signals of an invented market, each with the event that publishes it, as the engine writes them. Answers their global ids. */
export async function writeSignals({ owner, application, applicationUrl }: Where): Promise<readonly string[]> {
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const published = eventfulTicks(market, model)
    .flatMap((tick) => tick.published)
    .slice(0, MANY);
  const orm = await openOrm(applicationUrl, 30_000);
  try {
    await storeMarket({ pool: application, owner, em: async () => orm.em }, market, model);
    await writeTick(orm.em, market.source, publishing(published));
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
