import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inventBars } from '../faults/bars.ts';
import { makeBase } from '../faults/scene.ts';
import { database } from './database.ts';
import { flows } from './flow.ts';
import { container, node } from './processes.ts';
import { Reader, readerFaults } from './reader.ts';
import type { Rehearsal } from './rehearsal.ts';
import { Service } from './service.ts';

const HELP = `Rehearses what may be lost, for real, with signals being written: the service killed, the machine killed, rows deleted by mistake and
brought back from base backup and write-ahead log.

Usage: npm run drill -- [options]

  --keep   leave the folder with the data, the backups and what every process said
  --help   this text

Exit code: 0 all held, 1 something did not.`;

type Write = (line: string) => void;

const LIMIT_MS = 20 * 60_000;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  const { values } = parseArgs({ args, options: { help: { type: 'boolean' }, keep: { type: 'boolean' } } });
  if (values.help) {
    write(HELP);
    return 0;
  }
  const base = makeBase();
  try {
    const { faults } = await rehearse(base, write);
    for (const fault of faults.slice(0, 20)) write(`  ${fault}`);
    write(faults.length === 0 ? 'all held' : `${faults.length} did not hold`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) write(`the folder: ${base}`);
    else rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function rehearse(base: string, write: Write): Promise<{ faults: string[]; rehearsals: Rehearsal[] }> {
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

  const commons: number[] = [];
  const rehearsals: Rehearsal[] = [];
  for (const rehearsal of [container, node, database]) {
    const done = await rehearsal(service, reader, commons);
    rehearsals.push(done);
    write(line(done));
  }
  const faults = rehearsals.flatMap((done) => done.faults);
  faults.push(...readerFaults(reader.heard, commons));
  write(
    `a reader heard ${reader.heard.length} events, and was told ${reader.problems.map(({ code }) => code).join(', ')}`,
  );
  return { faults, rehearsals };
}

function line({ name, achieved, objective, faults }: Rehearsal): string {
  const figure = (what: 'rto' | 'rpo') =>
    `${what.toUpperCase()} ${achieved[what].toFixed(1)} s of ${objective[what]} s`;
  return `${faults.length === 0 ? 'held  ' : 'FAILED'} ${name.padEnd(10)} ${figure('rto')}, ${figure('rpo')}`;
}
