/**
 * Every signal takes effect exactly once, whenever this program is killed: the effect and the cursor are committed in one transaction, so
 * after a crash both are there or neither.
 *
 *   node client/examples/exactly-once.ts --url ws://127.0.0.1:4000/graphql --db file.sqlite [--from beginning] [--crash-after n]
 */
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { type Delivery, follow } from '../follow.ts';

type Given = {
  readonly url: string;
  readonly db: string;
  readonly from: 'LIVE' | 'BEGINNING';
  readonly crashAfter: number;
};

/** Opens the database and returns where it stands, and the one transaction that moves it. */
function openEffects(path: string, afterEffect: () => void) {
  // Whoever reads the file meanwhile is waited for, also by the first statement. ms
  const database = new DatabaseSync(path, { timeout: 5_000 });
  // FULL: a commit is on the disk before the next event is taken, so a power cut is survived as well as a kill.
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table if not exists effects (seq integer, epoch text, event text not null, primary key (seq, epoch));
    create table if not exists place (id integer primary key check (id = 1), cursor text not null);
  `);
  // Not "or ignore": an effect that came twice would be an error here, not something swept under the carpet.
  const insertEffect = database.prepare('insert into effects (seq, epoch, event) values (?, ?, ?)');
  const savePlace = database.prepare(
    'insert into place values (1, ?) on conflict do update set cursor = excluded.cursor',
  );
  const place = database.prepare('select cursor from place').get() as { cursor: string } | undefined;

  return {
    cursor: place?.cursor,
    apply({ events, cursor }: Delivery): void {
      database.exec('begin immediate');
      for (const event of events) {
        insertEffect.run(event.seq, event.epoch, JSON.stringify(event));
        afterEffect();
      }
      savePlace.run(cursor);
      database.exec('commit');
    },
    close: () => database.close(),
  };
}

async function main({ url, db, from, crashAfter }: Given): Promise<void> {
  let left = crashAfter;
  const effects = openEffects(db, () => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());

  for await (const delivery of follow({ url, after: effects.cursor, from, signal: stop.signal })) {
    effects.apply(delivery);
    process.stdout.write(`${delivery.events.map(({ seq }) => seq).join(' ')}\n`);
  }
  effects.close();
}

function readArguments(): Given {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'ws://127.0.0.1:4000/graphql' },
      db: { type: 'string', default: 'signals.sqlite' },
      from: { type: 'string', default: 'live' },
      'crash-after': { type: 'string' },
    },
  });
  const { url, db, from, 'crash-after': crash } = values;
  if (from !== 'live' && from !== 'beginning') throw new TypeError(`--from is "${from}", expected live or beginning`);
  if (crash !== undefined && !/^[1-9]\d*$/.test(crash))
    throw new TypeError(`--crash-after is "${crash}", expected a whole number from 1`);
  return { url, db, from: from === 'live' ? 'LIVE' : 'BEGINNING', crashAfter: Number(crash ?? Infinity) };
}

try {
  await main(readArguments());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(error instanceof TypeError ? 2 : 1);
}
