import { parseArgs } from 'node:util';
import { InvalidInput, UserError } from '../../backend/platform/errors.ts';

export type Arguments = {
  /** Numbers of cases; null for all. */
  readonly only: readonly string[] | null;
  readonly fast: boolean;
  readonly variants: number;
  readonly seed: number;
  readonly writeResults: boolean;
};

const OPTIONS = {
  only: { type: 'string' },
  fast: { type: 'boolean', default: false },
  variants: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'write-results': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const VARIANTS = { fast: 40, whole: 400 } as const;

/** Throws a UserError for what is no argument, and for a number of no case. */
export function parseArguments(args: readonly string[], known: readonly string[]): Arguments | 'help' {
  const { values } = parsed(args);
  if (values.help) return 'help';
  const only = values.only?.split(',').map((number) => number.trim()) ?? null;
  const unknown = only?.find((number) => !known.includes(number));
  if (unknown !== undefined) throw new InvalidInput('--only', unknown, 'numbers of cases, such as 16,54,S2.1');
  const usual = only === null ? VARIANTS[values.fast ? 'fast' : 'whole'] : 0;
  return {
    ...{ only, fast: values.fast, writeResults: values['write-results'] },
    variants: values.variants === undefined ? usual : integer('--variants', values.variants, 0, 100_000),
    seed: integer('--seed', values.seed, 0, 4_294_967_295),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true });
  } catch (error) {
    throw new UserError('INVALID_INPUT', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidInput(name, text, `an integer from ${least} to ${most}`);
}
