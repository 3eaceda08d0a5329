import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readActions } from '../../backend/market-data/corporate-actions/file.ts';
import { recordedInstruments } from '../../backend/market-data/instruments/bundled.ts';
import { instrumentsWith, readInstruments } from '../../backend/market-data/instruments/file.ts';
import { compare, type SplitReport } from './compare.ts';
import { objections } from './verdict.ts';

const HELP = `Reads a file of raw daily bars with and without its corporate actions: over each split returns, ATR and running signals have to be continuous
with them, the raw bars the same, and the jump to be seen without them.

Usage: npm run proof:splits -- --bars FILE [--actions FILE] [--instruments FILE]

  --bars FILE         CSV or CSV.gz of daily bars, not adjusted
  --actions FILE      its corporate actions (default: proof/splits/us-equities.csv)
  --instruments FILE  its instruments, where they are not bundled
  --help              this text

Exit code: 0 continuous; 1 not; 2 the comparison failed.`;

type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  try {
    const { help, bars, actions, instruments } = parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        bars: { type: 'string' },
        actions: { type: 'string' },
        instruments: { type: 'string' },
      },
    }).values;
    if (help || bars === undefined) {
      write(HELP);
      return help ? 0 : 2;
    }
    return await prove(bars, actions ?? join(import.meta.dirname, 'us-equities.csv'), instruments, write);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function prove(
  bars: string,
  actionsFile: string,
  instrumentsFile: string | undefined,
  write: Write,
): Promise<number> {
  const own = instrumentsFile === undefined ? [] : await readInstruments(instrumentsFile);
  const instruments = instrumentsWith(own, recordedInstruments);
  const comparison = await compare(bars, instruments, await readActions(actionsFile, instruments));
  write(`${comparison.bars} bars, ${comparison.rewritten} of them changed`);
  for (const split of comparison.splits) write(lineOf(split));
  const found = objections(comparison);
  for (const objection of found) write(objection);
  write(found.length === 0 ? 'continuous' : `not continuous: ${found.length}`);
  return found.length === 0 ? 0 : 1;
}

function lineOf({
  instrumentId,
  exDate,
  ratio,
  rawReturn,
  adjustedReturn,
  atr,
  rawAtr,
  signals,
  changed,
}: SplitReport): string {
  const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
  const times = (value: number | null): string => (value === null ? 'warming up' : `x ${value.toFixed(3)}`);
  return [
    `${exDate} ${instrumentId} ${ratio}`,
    `return ${percent(rawReturn)} raw, ${percent(adjustedReturn)} adjusted`,
    `ATR ${times(rawAtr)} raw, ${times(atr)} adjusted`,
    `${signals} signals open over it, ${changed} changed`,
  ].join('; ');
}
