import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calendarById } from '../../backend/calendar/index.ts';
import { compare } from './compare.ts';
import { type Dump, parseDump } from './dump.ts';

const HELP = `Compares the trading calendars with those of PyPI's exchange_calendars, session by session: date, open, close.

Usage: npm run proof:calendar -- [--python PROGRAM]

  --python PROGRAM  a Python that has exchange_calendars (default: python3)
  --help            this text

Exit code: 0 equal, or not run because Python or the package is missing; 1 a difference; 2 the comparison failed.`;

/** Our calendar -> the oracle's name for it. */
const PAIRS = { XNYS: 'XNYS', '24x7': '24/7' } as const;
const SHOWN_DIFFERENCES = 20;
/** dump.py's exit code for it. */
const PACKAGE_MISSING = 3;

type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  try {
    const { help, python } = parseArgs({
      args,
      options: { help: { type: 'boolean' }, python: { type: 'string' } },
    }).values;
    if (help) {
      write(HELP);
      return 0;
    }
    return await prove(python ?? 'python3', write);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function prove(python: string, write: Write): Promise<number> {
  const calendar = calendarById('XNYS');
  const range = [calendar.localDate(calendar.validFrom), calendar.localDate(calendar.validUntil - 1)];
  const { code, stdout, stderr } = await run(python, [...range, ...Object.values(PAIRS)]);
  if (code === 'ENOENT' && python === 'python3') {
    write('not run: python3 is missing');
    return 0;
  }
  if (code === 'ENOENT') throw new Error(`--python is ${JSON.stringify(python)}, expected a program that exists`);
  if (code === PACKAGE_MISSING) {
    write('not run: exchange_calendars is missing');
    write(`to install it: ${python} -m pip install exchange_calendars`);
    return 0;
  }
  if (code !== 0) throw new Error(`${python} failed with ${code}: ${stderr.trim().split('\n').at(-1)}`);
  return report(parseDump(stdout), write);
}

function report(dump: Dump, write: Write): number {
  write(`oracle: exchange_calendars ${dump.version}`);
  let totalCompared = 0;
  let totalDifferences = 0;
  for (const [id, name] of Object.entries(PAIRS)) {
    const calendar = calendarById(id);
    const theirs = dump.sessions.get(name) ?? [];
    const ours = calendar.sessions(calendar.validFrom, calendar.validUntil);
    const { compared, differences } = compare(ours, theirs);
    totalCompared += compared;
    totalDifferences += differences.length;
    const reach = `${theirs.at(0)?.sessionDate} to ${theirs.at(-1)?.sessionDate}`;
    write(`${id}: ${ours.length} sessions, oracle ${theirs.length}, ${reach}`);
    for (const line of differences.slice(0, SHOWN_DIFFERENCES)) write(`  ${line}`);
    if (differences.length > SHOWN_DIFFERENCES) write(`  and ${differences.length - SHOWN_DIFFERENCES} more`);
  }
  write(`calendar: ${totalCompared} sessions compared, ${totalDifferences} differences`);
  return totalDifferences === 0 ? 0 : 1;
}

function run(python: string, args: string[]) {
  const script = fileURLToPath(new URL('dump.py', import.meta.url));
  return new Promise<{ code: number | string; stdout: string; stderr: string }>((resolve) => {
    execFile(python, [script, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal ?? 'unknown') : 0, stdout, stderr });
    });
  });
}
