import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { redisProgram, TestRedis } from '../../backend/testing/redis.ts';
import { inventBars, speedFor } from '../common/bars.ts';
import { type Measured, percentiles, type Span } from '../common/delays.ts';
import { makeBase } from '../common/folder.ts';
import { until } from '../common/running.ts';
import { Crowd, crowdFaults } from '../faults/delivery/crowd.ts';
import { Balancer } from './balancer.ts';
import { cases, type Stage } from './cases.ts';
import { Platform } from './platform.ts';

const HELP = `Two api processes, a pipeline that replays invented bars, one PostgreSQL, one Redis or Valkey, and subscribers on all of it; then what
Redis can do to them: killed, paused, emptied, full, a replica, subscribers cut off; and an api process killed. Every subscriber must be
handed every event once and in order, and soon.

Usage: npm run proof:redis -- [options]

  --subscribers N  the crowd under which an api process is killed (default 1000)
  --keep           leave the folder with the logs of the processes
  --help           this text

Exit code: 0 all held, or not run because neither valkey-server nor redis-server is on the PATH; 1 something did not hold.`;

type Write = (line: string) => void;

/** What comes twice comes late. ms */
const AFTERWARDS_MS = 1_500;
/** Those whose events are timed. */
const FEW = 6;
const WARM_UP_MS = 4_000;
const LIMIT_MS = 10 * 60_000;
/** So long the pipeline has something to say: longer than all cases take. */
const SECONDS = 480;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean' },
      keep: { type: 'boolean' },
      subscribers: { type: 'string', default: '1000' },
    },
  });
  if (values.help) {
    write(HELP);
    return 0;
  }
  if (redisProgram() === null) {
    write('not run: redis-server is missing');
    return 0;
  }
  const base = makeBase();
  try {
    const faults = await prove(base, Number(values.subscribers), write);
    for (const fault of faults.slice(0, 20)) write(`  ${fault}`);
    write(faults.length === 0 ? 'all held' : `${faults.length} did not hold`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) write(`the folder: ${base}`);
    else rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function prove(base: string, subscribers: number, write: Write): Promise<string[]> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)]);
  const folder = join(base, 'platform');
  mkdirSync(folder, { mode: 0o755 });
  const bars = await inventBars(join(base, 'bars.csv'), { seed: 1, sessions: 28, symbols: 6 });
  await using redis = await TestRedis.start();
  await using platform = await Platform.open(folder, redis, signal);
  const pods = [await platform.startApi('api-1'), await platform.startApi('api-2')];
  const balancer = await Balancer.over(pods.map(({ port }) => port));
  const followers = new Crowd();
  followers.add(FEW, balancer.url);
  const pipeline = await platform.startPipeline(bars, speedFor(bars, SECONDS));
  await until('the first event', () => followers.slowest > 0, { signal, seconds: 120 });
  // The first events meet programs that are not yet compiled.
  await sleep(WARM_UP_MS);
  write(`${FEW} subscribers on 2 api processes, ${bars.bars} bars`);

  const crowd = { count: subscribers, url: balancer.url };
  const { faults, spans } = await play({ platform, redis, followers, pods, crowd, signal }, write);
  pipeline.kill('SIGTERM');
  const ended = await pipeline.ended(signal);
  if (ended !== 'exit code 0') faults.push(`the pipeline: ${ended}`);
  const logged = await readLog(platform);
  const last = logged.at(-1)?.seq ?? 0;
  await until(`everybody at ${last}`, () => followers.slowest >= last, { signal, seconds: 90, everyMs: 100 }).catch(
    (error: Error) => faults.push(error.message),
  );
  await sleep(AFTERWARDS_MS);
  await followers.stop();
  balancer.close();
  const wrong = crowdFaults(
    followers,
    logged.map(({ seq }) => seq),
  );
  write(
    `${logged.length} events, ${followers.heard.length} subscribers, ${wrong.length} of them not once and in order`,
  );
  return [...faults, ...wrong, ...report({ followers, logged, spans }, write)];
}

async function play(stage: Stage, write: Write): Promise<{ faults: string[]; spans: Span[] }> {
  const faults: string[] = [];
  const spans: Span[] = [];
  for (const one of cases) {
    stage.signal.throwIfAborted();
    const from = Date.now();
    const found = await one.run(stage).catch((error: Error) => [error.message]);
    spans.push({ name: one.name, limit: one.limit, from, until: Date.now() });
    faults.push(...found.map((fault) => `${one.name}: ${fault}`));
    // A case that failed in its midst must not be the cause of what the next one finds.
    if (found.length > 0) {
      await stage.redis.kill();
      await stage.redis.start();
    }
    write(`  ${found.length === 0 ? 'done  ' : 'FAILED'} ${one.name}`);
  }
  return { faults, spans };
}

async function readLog(platform: Platform): Promise<Measured[]> {
  const client = new Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Measured>(
      `select seq::int, extract(epoch from recorded_at)::float8 * 1000 as "committedAt"
         from event_log where stream = 'public' order by seq`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

type Played = { readonly followers: Crowd; readonly logged: readonly Measured[]; readonly spans: readonly Span[] };

function report({ followers, logged, spans }: Played, write: Write): string[] {
  const faults: string[] = [];
  write(`${'from commit to subscriber, ms'.padEnd(54)}        n      p50      p99      max       limit`);
  for (const span of spans) {
    const { n, p50, p99, max } = percentiles(followers.heard, logged, span);
    const figures = [n, p50, p99, max].map((value) => String(Math.round(value)).padStart(9)).join('');
    const { limit } = span;
    const wanted = limit === null ? '-' : `p${limit.share * 100} ${limit.ms}`;
    write(`  ${span.name.padEnd(52)}${figures}${wanted.padStart(12)}`);
    if (n === 0) faults.push(`${span.name}: no event came, so nothing is shown`);
    const found = limit?.share === 0.5 ? p50 : p99;
    if (limit !== null && found > limit.ms)
      faults.push(`${span.name}: ${wanted} expected, found ${Math.round(found)} ms`);
  }
  return faults;
}
