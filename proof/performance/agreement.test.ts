import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../backend/testing/ports.ts';
import { Program } from '../common/program.ts';
import { inventedBars } from './bars.ts';

// Nothing of backend/ is imported here, nor by what is: the service is run as anybody runs it, and its figures are computed again by
// one statement of SQL that shares no code with it.

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'heliograph-performance-'));
const bars = inventedBars();

type Row = {
  side: string;
  published: number;
  n: number;
  hits: number;
  hit_rate: number;
  expectancy_r: number;
  superseded: number;
  reasons: string[];
};
type Figure = { value: number; n: number };
type Side = {
  published: number;
  n: number;
  hits: number;
  hitRate: Figure;
  expectancyR: Figure;
  excluded: Record<string, number>;
};

let service: Program;
let database: Client;
let url: string;
let recomputed: Map<string, Row>;
beforeAll(async () => {
  // The database's own account has to enter it.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'bars.csv'), bars);
  const [port, internal] = [await freePort(), await freePort()];
  const command = ['start', '--bars', join(folder, 'bars.csv'), '--speed', 'max', '--data-dir', join(folder, 'data')];
  const settings = {
    PORT: String(port),
    INTERNAL_PORT: String(internal),
    SIGNAL_TOP_QUANTILE: '0.5',
    LOG_LEVEL: 'warn',
  };
  const child = spawn(join(ROOT, 'node_modules/.bin/tsx'), ['backend/main.ts', ...command], {
    cwd: ROOT,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  service = new Program(child, new AbortController().signal);
  url = `http://127.0.0.1:${port}/graphql`;
  await service.says(url, 90, 'npm start');
  database = new Client({ connectionString: databaseUrl(service.output) });
  await database.connect();
  await untilSettled();
  const { rows } = await database.query<Row>(readFileSync(join(import.meta.dirname, 'settle.sql'), 'utf8'));
  recomputed = new Map(rows.map((row) => [row.side, row]));
}, 120_000);

afterAll(async () => {
  await database?.end();
  service?.child.kill('SIGTERM');
  await service?.ended(30, 'npm start').finally(() => service.kill());
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Where the embedded database is, as the service says, with the password that lies in its folder. */
function databaseUrl(output: string): string {
  const port = /embedded, port (\d+)/.exec(output)?.[1];
  const { application } = JSON.parse(readFileSync(join(folder, 'data/credentials.json'), 'utf8')) as {
    application: string;
  };
  return `postgres://heliograph_app:${application}@127.0.0.1:${port}/heliograph`;
}

async function untilSettled(): Promise<void> {
  const total = bars.trimEnd().split('\n').length - 1;
  for (const end = performance.now() + 60_000; performance.now() < end; await sleep(100)) {
    const { rows } = await database.query('select ingest_seq::int from engine_position');
    if (rows[0]?.ingest_seq === total) return;
  }
  throw new Error(`the replay did not come to its end:\n${service.output}`);
}

async function askPerformance(): Promise<Side & { long: Side; short: Side }> {
  const side =
    'published n hits hitRate { value n } expectancyR { value n } excluded { open untriggered cancelled superseded void }';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `{ performance(provenance: REPLAY) { ${side} long { ${side} } short { ${side} } } }`,
    }),
  });
  const { data } = (await response.json()) as { data: { performance: Side & { long: Side; short: Side } } };
  return data.performance;
}

describe('performance over a replay', () => {
  it('is what one statement of SQL says of the raw bars and the published plans', async () => {
    const shown = await askPerformance();
    for (const [name, figures] of [
      ['ALL', shown],
      ['LONG', shown.long],
      ['SHORT', shown.short],
    ] as const) {
      const row = recomputed.get(name);
      if (row === undefined) throw new Error(`no ${name} signal was published`);
      const { published, n, hits, superseded } = row;
      expect(figures).toMatchObject({ published, n, hits, hitRate: { n }, expectancyR: { n } });
      expect(figures.excluded).toEqual({
        open: 0,
        cancelled: 0,
        void: 0,
        superseded,
        untriggered: published - n - superseded,
      });
      expect(figures.hitRate.value).toBeCloseTo(row.hit_rate, 12);
      // A cost that lies between two digits may be rounded to either.
      expect(figures.expectancyR.value).toBeCloseTo(row.expectancy_r, 5);
    }
  });

  it('rests on every way in which a position can end, and on signals that nobody could enter', async () => {
    const all = recomputed.get('ALL');
    expect(all?.reasons.sort()).toEqual(['CLOSE', 'STOP', 'STOP_OPEN', 'TARGET', 'TARGET_OPEN', 'TIME_OPEN']);
    expect(all?.n).toBeGreaterThan(100);
    expect(all?.superseded).toBeGreaterThan(0);
    expect((all?.published ?? 0) - (all?.n ?? 0) - (all?.superseded ?? 0)).toBeGreaterThan(0);
  });
});
