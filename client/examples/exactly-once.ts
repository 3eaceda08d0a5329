/**
 * Every signal takes effect exactly once, whenever this program is killed: the effect and the cursor are committed in one transaction, so
 * after a crash both are there or neither.
 *
 *   node client/examples/exactly-once.ts --url ws://127.0.0.1:4000/graphql --db file.sqlite [--from beginning] [--crash-after n]
 */
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { type Delivery, follow } from '../follow.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'ws://127.0.0.1:4000/graphql' },
    db: { type: 'string', default: 'signals.sqlite' },
    from: { type: 'string', default: 'live' },
    'crash-after': { type: 'string', default: 'Infinity' },
  },
});

const database = new DatabaseSync(values.db);
// FULL: a commit is on the disk before the next event is taken, so a power cut is survived as well as a kill.
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma busy_timeout = 5000;
  create table if not exists effects (seq integer, epoch text, event text not null, primary key (seq, epoch));
  create table if not exists place (id integer primary key check (id = 1), cursor text not null);
`);
// Not "or ignore": an effect that came twice would be an error here, not something swept under the carpet.
const insertEffect = database.prepare('insert into effects (seq, epoch, event) values (?, ?, ?)');
const savePlace = database.prepare(
  'insert into place values (1, ?) on conflict do update set cursor = excluded.cursor',
);
const place = database.prepare('select cursor from place').get() as { cursor: string } | undefined;

let untilCrash = Number(values['crash-after']);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

for await (const delivery of follow({
  url: values.url,
  after: place?.cursor,
  from: values.from === 'beginning' ? 'BEGINNING' : 'LIVE',
  signal: stop.signal,
})) {
  apply(delivery);
  process.stdout.write(`${delivery.events.map(({ seq }) => seq).join(' ')}\n`);
}
database.close();

function apply({ events, cursor }: Delivery): void {
  database.exec('begin immediate');
  for (const event of events) {
    insertEffect.run(event.seq, event.epoch, JSON.stringify(event));
    untilCrash -= 1;
    if (untilCrash === 0) process.kill(process.pid, 'SIGKILL');
  }
  savePlace.run(cursor);
  database.exec('commit');
}
