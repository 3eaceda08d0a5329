import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { MarketIncident } from '../incident.ts';
import { sizeIn, USED } from '../stage/disk.ts';
import type { Stage } from '../stage/stage.ts';

/** Of the disk, written each turn, until so much is used. */
const PART = 0.006;
const MOST = 0.75;
const TURN_MS = 1_000;

export const diskIncidents: readonly MarketIncident[] = [
  {
    name: 'disk filling',
    what: 'somebody writes rows without end; the size of the database is measured and told as the cloud tells it',
    day: 'whole',
    when: 'in session',
    disk: true,
    fires: ['DatabaseDiskFullSoon', 'DatabaseDiskFillingUp'],
    minutes: 1,
    inject: (stage) => {
      writer = new AbortController();
      written = write(stage, writer.signal);
    },
    undo: {
      what: 'the writer is stopped and its rows are taken away',
      work: async (stage) => {
        writer.abort();
        await written;
        await asOwner(stage, (client) => client.query('drop table filler'));
      },
    },
  },
];

let writer = new AbortController();
let written: Promise<void> = Promise.resolve();

async function write(stage: Stage, stop: AbortSignal): Promise<void> {
  await asOwner(stage, async (client) => {
    const before = await sizeIn(client);
    const disk = before / USED;
    await client.query('create unlogged table filler (text text)');
    await client.query('alter table filler alter column text set storage external');
    while (!stop.aborted) {
      if ((await sizeIn(client)) < MOST * disk)
        await client.query("insert into filler select repeat('x', 8000) from generate_series(1, $1)", [
          Math.ceil((PART * disk) / 8_192),
        ]);
      await sleep(TURN_MS, null, { signal: stop }).catch(() => null);
    }
  });
}

async function asOwner(stage: Stage, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: stage.service.env['DATABASE_OWNER_URL'] });
  await client.connect();
  await work(client).finally(() => client.end());
}
