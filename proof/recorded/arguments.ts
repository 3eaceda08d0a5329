import { InvalidInput, UserError } from '../../backend/platform/errors.ts';
import type { Recording } from './recording.ts';

/** What a demo may be told, besides --help. */
export const DEMO_OPTIONS = {
  bars: { type: 'string' },
  speed: { type: 'string' },
  port: { type: 'string' },
  from: { type: 'string' },
  faults: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** A whole number within [from, until]. Throws an InvalidInput that names the option. */
export function numberOf(name: string, text: string, from: number, until: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= until) return value;
  throw new InvalidInput(name, text, `a whole number from ${from} to ${until}`);
}

/** Where a recording begins and ends, ms. Throws a UserError when it has no bar. */
export function spanOf({ bars }: Recording): { readonly first: number; readonly last: number } {
  const first = bars[0]?.start;
  const last = bars.at(-1)?.start;
  if (first === undefined || last === undefined) throw new UserError('BAD_BARS_FILE', '--bars has no bar');
  return { first, last };
}

/** An instant within the recording, as --from has it. Throws an InvalidInput. */
export function instantIn(recording: Recording, from: string): number {
  const { first, last } = spanOf(recording);
  const instant = Date.parse(from);
  if (instant >= first && instant <= last) return instant;
  throw new InvalidInput('--from', from, `an instant from ${iso(first)} to ${iso(last)}`);
}

export function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** What a failed start says, and the exit code: 1 where a person can mend it by what was typed. */
export function failureOf(error: unknown): { readonly sentence: string; readonly exitCode: number } {
  return {
    sentence: error instanceof Error ? error.message : String(error),
    exitCode: error instanceof UserError ? 1 : 2,
  };
}
