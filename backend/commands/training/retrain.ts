import { ModelRegistry } from '../../models/registry.ts';
import { trainFromStore } from '../../models/train-from-store.ts';
import { wallClock } from '../../platform/clock.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import { readSettings } from '../../settings.ts';
import { fact } from '../console/fact.ts';
import { openBeside } from '../recovery/beside.ts';
import { openOrm } from '../runtime/open-orm.ts';
import { readMarkets, STORED } from './markets.ts';
import type { TrainFlags, TrainIo } from './train.ts';

/** Of a training without a file. */
export type RetrainFlags = Omit<TrainFlags, 'bars'>;

/** What the pool of requests has, too: a statement here reads one instrument. ms */
const STATEMENT_MS = 60_000;

/**
 * Trains a model version for each calendar of each feed of real data, on all of its bars that are stored, while the service works on them or
 * not. The service takes a version up when it may decide. What has too little history is told, and is no failure.
 */
export async function retrain(flags: RetrainFlags, { write }: Pick<TrainIo, 'write'>): Promise<void> {
  for (const name of ['timeframe', 'instruments', 'actions'] as const)
    if (flags[name] !== undefined)
      throw new InvalidInput(`--${name}`, flags[name], '--bars beside it, which it is about');
  const settings = { ...readSettings('train'), DATABASE_OWNER_URL: null };
  const database = await openBeside(settings, flags.dataDir ?? null);
  const orm = await openOrm(database.url, STATEMENT_MS);
  try {
    const registry = new ModelRegistry(database.pool, settings.BUILD_COMMIT);
    const markets = await readMarkets(database.pool, wallClock.now());
    if (markets.length === 0) fact(write, 'feeds', 'none of real data has been stored here');
    for (const { source, calendar } of markets) {
      const { historyEnd: knownUntil } = source;
      const given = { database: database.pool, registry, em: orm.em, source, calendar, knownUntil };
      const trained = await trainFromStore({ ...given, topShare: settings.SIGNAL_TOP_QUANTILE }).catch(tooLittle);
      if (trained instanceof UserError) fact(write, 'too little', `${source.sourceId}: ${trained.message}`);
      else {
        write(`\n${trained.report}\n\n`);
        fact(write, STORED, trained.model.id);
      }
    }
  } finally {
    await orm.close();
    await database.stop();
  }
}

function tooLittle(error: unknown): UserError {
  if (error instanceof UserError && error.code === 'TOO_LITTLE_HISTORY') return error;
  throw error;
}
