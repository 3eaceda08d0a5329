import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inventBars } from '../common/bars.ts';
import { makeBase } from '../common/folder.ts';
import { root } from '../common/repository.ts';
import { database } from './database.ts';
import { flows } from './flow.ts';
import { container, node } from './processes.ts';
import { Reader, readerFaults } from './reader.ts';
import { region } from './region.ts';
import type { Rehearsal } from './rehearsal.ts';
import { type Facts, line, resultsPage } from './report.ts';
import { Service } from './service.ts';
import { type Spoilt, spoiltBackups } from './spoilt.ts';
import { withSummary } from './summary.ts';

const HELP = `Rehearses what may be lost, for real, with signals being written: the service killed, the machine killed, rows deleted by mistake, everything
gone but the backups; each time what came back is compared and a reader must go on. Then backups are spoilt, and somebody must say so.

Usage: npm run drill -- [options]

  --spoilt         only the backups that are spoilt; nothing is written of it
  --write-results  write RESULTS.md beside this program, and its figures into the README
  --keep           leave the folder with the data, the backups and what every process said
  --help           this text

It takes some eight minutes, most of it waiting for the log to be archived as it is in use.

Exit code: 0 all held, 1 something did not.`;

type Write = (line: string) => void;

const LIMIT_MS = 20 * 60_000;
const RESULTS = join(import.meta.dirname, 'RESULTS.md');
const README = join(root, 'README.md');

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...{ help: { type: 'boolean' }, keep: { type: 'boolean' }, spoilt: { type: 'boolean' } },
      'write-results': { type: 'boolean' },
    },
  });
  if (values.help) {
    write(HELP);
    return 0;
  }
  const base = makeBase();
  try {
    const begin = performance.now();
    const done = await rehearse(base, write, values.spoilt === true ? [] : [container, node, database, region]);
    const { faults } = done;
    if (values['write-results'] && !values.spoilt) writeResults(done, begin);
    for (const fault of faults.slice(0, 20)) write(`  ${fault}`);
    write(faults.length === 0 ? 'all held' : `${faults.length} did not hold`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) write(`the folder: ${base}`);
    else rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  }
}

function writeResults(done: Rehearsed, begin: number): void {
  const page = resultsPage(factsOf(done, begin), done.rehearsals, done.spoilt);
  writeFileSync(RESULTS, page);
  if (done.faults.length === 0) writeFileSync(README, withSummary(readFileSync(README, 'utf8'), page));
}

type Rehearsed = {
  readonly faults: readonly string[];
  readonly rehearsals: readonly Rehearsal[];
  readonly spoilt: readonly Spoilt[];
  readonly heard: number;
  /** Of PostgreSQL. */
  readonly version: string;
};

type Rehearse = (service: Service, reader: Reader, commons: number[]) => Promise<Rehearsal>;

async function rehearse(base: string, write: Write, parts: readonly Rehearse[]): Promise<Rehearsed> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)]);
  const folder = join(base, 'drill');
  mkdirSync(folder, { mode: 0o755 });
  const bars = await inventBars(join(base, 'bars.csv'), { seed: 1, sessions: 14, symbols: 6 });
  await using service = await Service.in(folder, bars, signal);
  await service.start();
  await using reader = new Reader(service.url);
  await flows(service, reader);
  write(`signals are being written, ${bars.bars} bars; taking a base backup`);
  write(await service.must('backup', 'base', '--data-dir', service.data));

  const version = await service.asOwner(
    async (client) => (await client.query('show server_version')).rows[0].server_version,
  );
  const commons: number[] = [];
  const rehearsals: Rehearsal[] = [];
  for (const rehearsal of parts) {
    const done = await rehearsal(service, reader, commons);
    rehearsals.push(done);
    write(line(done));
  }
  const spoilt = await spoiltBackups(service);
  for (const { name, told, alert, faults } of spoilt)
    write(`${faults.length === 0 ? 'held  ' : 'FAILED'} ${name}: ${told}; alerts: ${alert}`);
  const faults = [...rehearsals, ...spoilt].flatMap((done) => done.faults);
  faults.push(...readerFaults(reader.heard, commons));
  write(
    `a reader heard ${reader.heard.length} events, and was told ${reader.problems.map(({ code }) => code).join(', ')}`,
  );
  return { faults, rehearsals, spoilt, heard: reader.heard.length, version };
}

function factsOf({ heard, version }: Rehearsed, begin: number): Facts {
  return {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, embedded PostgreSQL ${version}`,
    Command: 'npm run drill -- --write-results',
    Took: `${((performance.now() - begin) / 60_000).toFixed(1)} min on ${availableParallelism()} cores`,
    Reader: `${heard} events, none lost and none twice but those that a restore took back, of which it was told`,
  };
}
