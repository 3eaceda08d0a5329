import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../backend/platform/errors.ts';
import { type BarsFile, inventBars, surveyBars } from '../common/bars.ts';
import { makeBase } from '../common/folder.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { clientKills } from './client-kills.ts';
import { strikeDelivery } from './delivery/run.ts';
import { feedFaults } from './feed/run.ts';
import { followerThroughKills } from './follower.ts';
import { namedPoints, POINTS } from './named-points.ts';
import { Failed, perform, undisturbed } from './perform.ts';
import { randomMoments } from './random-moments.ts';
import { counts, header, line, passed, type Row, resultsPage } from './report.ts';
import type { Scenario, Trial } from './trial.ts';

const MORE_POINTS = ['random', 'follow', 'client'] as const;
const KNOWN = [...POINTS, ...MORE_POINTS];

const HELP = `Three suites: kill, told here, feed (npm run faults -- feed --help): a market data feed that goes wrong, and delivery (npm run faults --
delivery --help): everything that can go wrong between the event log and whoever follows it. Delivery is struck where none is named.

Kills the service, its database and its clients with SIGKILL at the worst moments, starts them again, and holds what comes of it
against an undisturbed run: the same log to the last byte, the same rows in every table, nothing lost or doubled for whoever follows.
Needs Linux and some 2 GB for temporary files; changes nothing else.

Usage: npm run faults -- kill [options]

  --points A,B       only these (default all): ${KNOWN.slice(0, 5).join(', ')},
                     ${KNOWN.slice(5).join(', ')}
  --seeds N          how often each named point is struck, each time at another occurrence (default 3)
  --seed N           of the bars, occurrences and moments (default 1)
  --client-kills N   how often the example client is killed (default 1000)
  --bars FILE        CSV or CSV.gz of 1-minute bars (default: 7 invented sessions of 4 symbols)
  --jobs N           scenarios at once (default 2)
  --quick            --seeds 1 --client-kills 100 and a shorter follow: for each commit
  --keep             leave the folders of scenarios that passed, too
  --write-results    write proof/faults/RESULTS.md
  --help             this text

Exit code: 0 all passed, 1 one failed, 2 a wrong argument.`;

type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`));

async function main(args: readonly string[], write: Write): Promise<0 | 1 | 2> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
  const [first = '--', ...rest] = args;
  if (first === 'feed') return feedFaults(rest, write, stop.signal);
  if (first === 'delivery') return strikeDelivery(rest, write, stop.signal);
  if (first.startsWith('--') && first !== '--help') return strikeDelivery(args, write, stop.signal);
  try {
    const given = parseArguments(args, KNOWN);
    if (given === 'help') {
      write(HELP);
      return 0;
    }
    if (process.platform !== 'linux')
      throw new UserError(
        'PLATFORM',
        `This runs on Linux only, not on ${process.platform}: it finds processes by /proc.`,
      );
    return (await killAll(given, write, stop.signal)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof Failed) && error !== stop.signal.reason) throw error;
    write(error instanceof Error ? error.message : String(error));
    return error instanceof UserError ? 2 : 1;
  }
}

async function killAll(given: Arguments, write: Write, stop: AbortSignal): Promise<boolean> {
  const base = makeBase();
  const begun = performance.now();
  const rows: Row[] = [];
  try {
    const bars = await barsOf(given, base);
    write(`${bars.bars} bars, seed ${given.seed}, in ${base}`);
    const surroundings = { base, keep: given.keep, stop, write };
    const reference = await undisturbed(surroundings, bars);
    write(
      `undisturbed: ${reference.events.length} events, ${reference.published} signals, sha256 ${reference.sha256}\n`,
    );
    const trial: Trial = { bars, reference, seed: given.seed, write };

    write(header);
    const work = scenariosOf(given).entries();
    const worker = async (): Promise<void> => {
      for (const [index, scenario] of work) {
        const row = await perform({ ...surroundings, name: `${index + 1}` }, scenario, trial);
        rows[index] = row;
        write(line(row));
      }
    };
    // Each cleans up after itself before the folder goes.
    const workers = await Promise.allSettled(Array.from({ length: given.jobs }, worker));
    for (const { reason } of workers.filter((one) => one.status === 'rejected')) throw reason;
  } finally {
    if (!given.keep && rows.every(({ result }) => passed(result))) await rm(base, { recursive: true, force: true });
  }
  const minutes = `${((performance.now() - begun) / 60_000).toFixed(1)} min`;
  if (given.writeResults) await writeResults(given, rows, minutes);
  write(`\n${minutes}\n${counts(rows)}`);
  return rows.every(({ result }) => passed(result));
}

async function barsOf({ bars, seed }: Arguments, base: string): Promise<BarsFile> {
  return bars === null ? inventBars(join(base, 'bars.csv'), { seed, sessions: 7, symbols: 4 }) : surveyBars(bars);
}

/** The longest first, so that none is left alone at the end. */
function scenariosOf({ points, seed, seeds, clientKills: kills, quick }: Arguments): Scenario[] {
  const wanted = (name: (typeof MORE_POINTS)[number]): boolean => points.includes(name);
  return [
    ...(wanted('client') && kills > 0 ? [clientKills(seed, kills)] : []),
    ...(wanted('follow') ? [followerThroughKills(seed, quick ? 6 : 12)] : []),
    ...(wanted('random') ? randomMoments(seed, quick ? 1 : seeds) : []),
    ...namedPoints(points, seed, seeds),
  ];
}

async function writeResults(given: Arguments, rows: readonly Row[], minutes: string): Promise<void> {
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, embedded PostgreSQL as in package-lock.json`,
    Command: `npm run faults -- kill --seeds ${given.seeds} --seed ${given.seed} --client-kills ${given.clientKills} --jobs ${given.jobs}`,
    Took: `${minutes} on ${availableParallelism()} cores`,
  };
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), resultsPage(facts, rows));
}
