import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { InvalidInput, UserError } from '../../backend/platform/errors.ts';

/** What a person typed behind a command: options, and nothing else. Throws a UserError. */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  options: Options,
) {
  const { values, positionals } = parseOptions(args, options);
  if (positionals[0] !== undefined)
    throw new InvalidInput('An argument', positionals[0], `nothing after ${command} but options`);
  return values;
}

/** The same with what is not an option, too. */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UserError('BAD_ARGUMENT', error instanceof Error ? error.message : String(error));
  }
}

type Command<Given> = {
  readonly help: string;
  /** Throws a UserError. */
  readonly parse: (args: readonly string[]) => Given | 'help';
  /** Whether all held. */
  readonly run: (given: Given) => Promise<boolean>;
};

/** The exit code of a command: 0 all held, 1 something did not, 2 a mistake of who typed it, which is told. */
export async function answer<Given>(
  args: readonly string[],
  write: (line: string) => void,
  { help, parse, run }: Command<Given>,
): Promise<0 | 1 | 2> {
  try {
    const given = parse(args);
    if (given === 'help') {
      write(help);
      return 0;
    }
    return (await run(given)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    write(error.message);
    return 2;
  }
}
