import { parseArgs } from 'node:util';

/** What was asked for on the command line. */
export type Chosen = {
  readonly names: readonly string[];
  readonly speed: number;
  readonly keep: boolean;
  readonly writeResults: boolean;
};

const SPEED = 60;
const HOUR_MINUTES = 60;

/** The choice, the help, or the sentence that says what is wrong with it. */
export function choose(
  args: readonly string[],
  known: readonly string[],
): Chosen | 'help' | { readonly wrong: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        scale: { type: 'string', default: String(SPEED) },
        keep: { type: 'boolean', default: false },
        'write-results': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const { only: names = known, scale, keep, 'write-results': writeResults } = values;
    const stranger = names.find((name) => !known.includes(name));
    if (stranger !== undefined) return { wrong: `--only is ${quoted(stranger)}, expected one of: ${known.join(', ')}` };
    const speed = Number(scale);
    // A window of a minute has to have whole seconds left, and the shortest is two minutes.
    if (!/^\d{1,2}$/.test(scale) || speed < 1 || HOUR_MINUTES % speed !== 0)
      return { wrong: `--scale is ${quoted(scale)}, expected a divisor of 60` };
    return { names, speed, keep, writeResults };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
