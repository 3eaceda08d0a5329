import { InvalidInput } from '../../backend/platform/errors.ts';
import { parseOptions } from '../common/options.ts';
import { whole } from '../common/whole.ts';

export type Arguments = {
  readonly points: readonly string[];
  readonly seeds: number;
  readonly seed: number;
  readonly clientKills: number;
  readonly bars: string | null;
  readonly jobs: number;
  readonly quick: boolean;
  readonly keep: boolean;
  readonly writeResults: boolean;
};

const options = {
  points: { type: 'string' },
  seeds: { type: 'string' },
  seed: { type: 'string' },
  'client-kills': { type: 'string' },
  bars: { type: 'string' },
  jobs: { type: 'string' },
  quick: { type: 'boolean' },
  keep: { type: 'boolean' },
  'write-results': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Throws a UserError for whatever does not fit. `known` are the names that --points may list. */
export function parseArguments(args: readonly string[], known: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parseOptions(args, options);
  if (values.help === true) return 'help';
  const [command, ...rest] = positionals;
  if (command !== 'kill') throw new InvalidInput('The command', command ?? '', 'kill, feed or delivery');
  if (rest[0] !== undefined) throw new InvalidInput('An argument', rest[0], 'nothing after kill but options');

  const quick = values.quick === true;
  return {
    points: pointList(values.points, known),
    seeds: whole('--seeds', values.seeds, { from: 1, to: 100, otherwise: quick ? 1 : 3 }),
    seed: whole('--seed', values.seed, { from: 0, to: 2 ** 32 - 1, otherwise: 1 }),
    clientKills: whole('--client-kills', values['client-kills'], {
      from: 0,
      to: 100_000,
      otherwise: quick ? 100 : 1_000,
    }),
    bars: values.bars ?? null,
    jobs: whole('--jobs', values.jobs, { from: 1, to: 16, otherwise: 2 }),
    quick,
    keep: values.keep === true,
    writeResults: values['write-results'] === true,
  };
}

function pointList(text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const points = text.split(',');
  const unknown = points.find((point) => !known.includes(point));
  if (unknown !== undefined) throw new InvalidInput('--points', unknown, `names out of ${known.join(', ')}`);
  return points;
}
