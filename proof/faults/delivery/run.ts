import { InvalidInput } from '../../../backend/platform/errors.ts';
import { answer, readOptions } from '../../common/options.ts';
import { whole } from '../../common/whole.ts';
import { faults } from './list.ts';
import { type Arguments, strikeAll } from './strike-all.ts';

const KNOWN = faults.map(({ id }) => id);

const HELP = `Strikes delivery with the faults of production: a real PostgreSQL, a real Redis or Valkey, real processes of role api, real clients in processes
of their own, ways of TCP between them that can be cut, slowed, swallowed and reset, kill -9, SIGSTOP. A writer appends events; what it was
acknowledged is held against what the callback of each client saw: nothing lost, doubled or out of order, and every long silence told.

Usage: npm run faults -- delivery [options]

  --only A,B       only these: ${KNOWN.join(', ')}
  --seeds N        how often each is struck (default 1)
  --first N        the first seed (default 1)
  --scale F        times the stated idle waits (default 0.05); heartbeats are 1 s instead of 5 below 1
  --full           --scale 1: the stated waits, heartbeats and numbers of sockets
  --fast           for each commit: one seed, without those that take long
  --jobs N         lanes, each with a PostgreSQL and a Redis of its own, on which faults are struck at once (default 3)
  --journal FILE   a line of JSON for each that was struck; what is in it already is not struck again, but
                   for what was not judged; rows of another commit are refused
  --any-commit     go on all the same; the page says which commits
  --write-results  write proof/faults/delivery/RESULTS.md, or RESULTS-FULL.md, anew after each
  --keep           leave the folders
  --help           this text

Times are held against what is promised. A process that does nothing tells how late this machine is by itself: what is over its limit while
that was late by more than a tenth of the limit is told as "not judged", and counted apart; a replay also where the service waited so long for
a processor.

Exit code: 0 none failed, 1 one failed, 2 a wrong argument.`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  ...{ only: text, seeds: text, first: text, scale: text, jobs: text, journal: text },
  ...{ full: flag, fast: flag, 'write-results': flag, 'any-commit': flag, keep: flag, help: flag },
} as const;

/** Everything after `delivery`; answers the exit code. */
export function strikeDelivery(
  args: readonly string[],
  write: (line: string) => void,
  stop: AbortSignal,
): Promise<0 | 1 | 2> {
  const end = AbortSignal.any([stop, unheard()]);
  return answer(args, write, { help: HELP, parse, run: (given) => strikeAll(given, write, end) });
}

/** Aborted when nobody reads any more what is said here, or the terminal has gone: what was started must not outlive that. */
function unheard(): AbortSignal {
  const gone = new AbortController();
  process.stdout.on('error', (error) => gone.abort(error));
  process.on('SIGHUP', () => gone.abort(new Error('ended by SIGHUP')));
  return gone.signal;
}

function parse(args: readonly string[]): Arguments | 'help' {
  const values = readOptions('delivery', args, options);
  if (values.help === true) return 'help';
  const usual = values.fast === true ? faults.filter(({ isLong }) => isLong !== true).map(({ id }) => id) : KNOWN;
  const only = values.only?.split(',') ?? usual;
  const unknown = only.find((id) => !KNOWN.includes(id));
  if (unknown !== undefined) throw new InvalidInput('--only', unknown, `names out of ${KNOWN.join(', ')}`);
  const scale = values.full === true ? 1 : Number(values.scale ?? '0.05');
  if (!(scale > 0 && scale <= 1)) throw new InvalidInput('--scale', values.scale, 'a number above 0, at most 1');
  return {
    ...{ only, scale },
    seeds: whole('--seeds', values.seeds, { from: 1, to: 10_000, otherwise: 1 }),
    first: whole('--first', values.first, { from: 0, to: 2 ** 31, otherwise: 1 }),
    jobs: whole('--jobs', values.jobs, { from: 1, to: 16, otherwise: 3 }),
    journal: values.journal ?? null,
    anyCommit: values['any-commit'] === true,
    writeResults: values['write-results'] === true,
    keep: values.keep === true,
  };
}
