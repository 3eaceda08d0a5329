import { calendarById } from '../../calendar/index.ts';
import { chunksOf } from '../../market-data/chunks.ts';
import { BarIngest } from '../../market-data/store/ingest.ts';
import { ModelRegistry } from '../../models/registry.ts';
import { trainFromStore } from '../../models/train-from-store.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { PipelineConsole } from '../console/pipeline.ts';
import { chooseReplay, type SourceFlags } from '../feed/choose-source.ts';
import { openRuntime } from '../runtime/runtime.ts';

export type TrainFlags = Pick<SourceFlags, 'bars' | 'timeframe' | 'instruments' | 'actions'> & {
  readonly dataDir?: string;
};
export type TrainIo = { readonly write: Write; readonly terminal: boolean; readonly stopRequested: AbortSignal };

const BARS_PER_CHUNK = 2_000;
const FOREVER = Date.parse('2100-01-01T00:00:00Z');

/** Takes in a file of bars, trains one model version a calendar on all of it, stores it and prints its report. */
export async function train(flags: TrainFlags, io: TrainIo): Promise<void> {
  const settings = { ...readSettings('train'), DATABASE_OWNER_URL: null };
  const replay = await chooseReplay(flags.bars, { ...flags, speed: 'max' });
  // A file that cannot be read is told before anything is made.
  const source = await replay.describe();
  const runtime = await openRuntime({
    settings,
    dataDir: flags.dataDir ?? null,
    forPerson: true,
    onFatal: () => undefined,
  });
  const console = new PipelineConsole(io.write, io.terminal);
  try {
    fact(io.write, 'database', ...runtime.database.description);
    console.described(source);
    const ingest = new BarIngest(runtime.pool);
    await ingest.register(source);
    for await (const chunk of chunksOf(replay.batches({ signal: io.stopRequested }), BARS_PER_CHUNK)) {
      await ingest.store(source, chunk);
      console.stored(chunk.reduce((sum, batch) => sum + batch.bars.length + batch.quarantined.length, 0));
    }
    for (const id of [...new Set(source.instruments.map(({ calendar }) => calendar))].sort()) {
      const { model, report } = await trainFromStore({
        database: runtime.pool,
        registry: new ModelRegistry(runtime.pool, settings.BUILD_COMMIT),
        em: await runtime.em(),
        source,
        calendar: calendarById(id),
        knownUntil: FOREVER,
        topShare: settings.SIGNAL_TOP_QUANTILE,
        onProgress: (progress) => console.trainingProgress(progress),
      });
      io.write(`\n${report}\n\n`);
      fact(io.write, 'stored', model.id);
    }
  } finally {
    console.end();
    await runtime.lifecycle.stop();
  }
}
