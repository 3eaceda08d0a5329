import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '../../backend/platform/database/migrate.ts';
import { startTestServer } from '../../backend/platform/postgres/testing-server.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { root } from '../common/repository.ts';
import { inventSession } from '../recorded/invented-session.ts';
import { LiveHeap } from './live-heap.ts';
import { resultsPage, type Sample, verdictOf } from './report.ts';

const HELP = `Runs the role pipeline on a server that speaks Alpaca's protocol, over a session of many symbols at 60 times the speed of time, and
watches what lives on its heap: in the last hour of the session as much as in the hour before.

Usage: npm run proof:memory -- [options]

  --symbols N      (default 500)
  --speed N        times real time (default 60: a session takes 6.5 minutes)
  --write-results  write proof/memory/RESULTS.md
  --help           this text

Exit code: 0 flat, 1 it grew or the service failed.`;

const MINUTE = 60_000;
const HISTORY_SESSIONS = 4;
const SAMPLE_MS = 15_000;
/** Written to the file at once. */
const ROWS = 10_000;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));

const { values } = parseArgs({
  options: {
    symbols: { type: 'string', default: '500' },
    speed: { type: 'string', default: '60' },
    'write-results': { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);
if (values.help === true) write(HELP);
else process.exitCode = await main(Number(values.symbols), Number(values.speed));

async function main(symbols: number, speed: number): Promise<0 | 1> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-memory-'));
  const server = await startTestServer();
  const children: ChildProcess[] = [];
  try {
    const { file, from, until, tickers } = await inventBars(folder, symbols);
    write(`${symbols} symbols, ${HISTORY_SESSIONS} sessions of history, one session at ${speed} times real time`);
    const [venue, environment] = await startVenue(file, from, speed);
    children.push(venue);
    await migrate({ ownerUrl: server.ownerUrl, applicationRole: 'heliograph_app', allowedProvenance: ['REPLAY'] });
    const port = await freePort();
    const pipeline = startPipeline({
      ...environment,
      INTERNAL_PORT: String(port),
      DATABASE_URL: server.applicationUrl,
      ALPACA_SYMBOLS: tickers.join(','),
    });
    children.push(pipeline);
    const heap = await LiveHeap.of(pipeline);
    const samples = await watch(pipeline, heap, `http://127.0.0.1:${port}/metrics`, until);
    heap.close();
    const verdict = verdictOf(samples, from);
    write(verdict.text);
    if (values['write-results'] === true) await writeResults(symbols, speed, samples, verdict.text);
    return verdict.isFlat ? 0 : 1;
  } finally {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function inventBars(folder: string, symbols: number) {
  const { recording, tickers, open: from, close: until } = await inventSession(symbols, HISTORY_SESSIONS);
  const file = join(folder, 'bars.csv');
  await using out = await open(file, 'w');
  await out.write('symbol,timestamp,open,high,low,close,volume\n');
  for (let at = 0; at < recording.bars.length; at += ROWS) {
    const rows = recording.bars
      .slice(at, at + ROWS)
      .map(({ symbol, start, volume, ...bar }) =>
        [symbol, new Date(start).toISOString(), bar.open, bar.high, bar.low, bar.close, volume].join(','),
      );
    await out.write(`${rows.join('\n')}\n`);
  }
  return { file, tickers, from, until };
}

async function startVenue(file: string, from: number, speed: number): Promise<[ChildProcess, Record<string, string>]> {
  const options = ['--bars', file, '--from', new Date(from).toISOString(), '--speed', String(speed), '--port', '0'];
  const venue = spawn(process.execPath, ['proof/alpaca/demo.ts', ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const part of venue.stdout) {
    text += String(part);
    if (text.includes('npm start')) break;
  }
  const pairs = [...text.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
  return [venue, Object.fromEntries(pairs) as Record<string, string>];
}

function startPipeline(environment: Record<string, string>): ChildProcess {
  const options = ['--inspect=127.0.0.1:0', '--import', 'tsx', 'backend/main.ts', 'start', '--role', 'pipeline'];
  return spawn(process.execPath, options, {
    cwd: root,
    env: {
      ...environment,
      LOG_LEVEL: 'warn',
      ALPACA_HISTORY_SESSIONS: String(HISTORY_SESSIONS),
    },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
}

/** Until the last bar of the session is in. */
async function watch(pipeline: ChildProcess, heap: LiveHeap, url: string, until: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let newest = 0; newest < until - MINUTE; ) {
    await sleep(SAMPLE_MS);
    stop.signal.throwIfAborted();
    if (pipeline.exitCode !== null) throw new Error(`the pipeline ended with exit code ${pipeline.exitCode}`);
    const page = await fetch(url).then(
      (answer) => answer.text(),
      () => null,
    );
    if (page === null) continue;
    const gauge = (name: string): number =>
      Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
    newest = 1_000 * (gauge('market_data_last_bar_timestamp_seconds') || 0);
    const sample = {
      newest,
      resident: gauge('process_resident_memory_bytes'),
      live: await heap.bytes(),
      bars: gauge('market_data_bars_total\\{feed="alpaca_iex",timeframe="1m",result="stored"\\}'),
      events: gauge('event_log_head_seq'),
    };
    samples.push(sample);
    if (samples.length % 2 === 0)
      write(`${new Date(newest).toISOString()}  ${(sample.resident / 2 ** 20).toFixed(0)} MiB, ${sample.bars} bars`);
  }
  return samples;
}

async function writeResults(
  symbols: number,
  speed: number,
  samples: readonly Sample[],
  verdict: string,
): Promise<void> {
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, ${availableParallelism()} cores`,
    Command: `npm run proof:memory -- --symbols ${symbols} --speed ${speed}`,
    Result: verdict,
  };
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), resultsPage(facts, samples));
}
