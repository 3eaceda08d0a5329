import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type RecordedBar, recordingOf } from '../../recorded/recording.ts';
import { FREE_PLAN } from '../server/account.ts';
import { AlpacaServer } from '../server/server.ts';
import { compare, type Line } from './compare.ts';

/** What the suite was written against; a newer one must follow the server as well. */
const PACKAGE = 'alpaca-py==0.44.0';
const HELP = `Lets PyPI's alpaca-py, unmodified, stream from the local server over msgpack and ask its REST side, and compares what it got.

Usage: npm run proof:alpaca-py -- [--python PROGRAM]

  --python PROGRAM  a Python that has alpaca-py (default: a new environment made by python3, with ${PACKAGE})
  --help            this text

Exit code: 0 equal, or not run because Python or the package is missing; 1 a difference; 2 the comparison failed.`;

const MINUTE = 60_000;
const OPEN = Date.parse('2013-10-04T13:30:00Z');
const BARS = 12;
const MISSING = 'not run: alpaca-py is missing';
/** follow.py's exit code for it. */
const PACKAGE_MISSING = 3;
const INSTALL_LIMIT_MS = 5 * 60_000;
const FOLLOW_LIMIT_MS = 60_000;

type Write = (line: string) => void;
type Result = { readonly code: number | string; readonly stdout: string; readonly stderr: string };

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
    if (python !== undefined) return await prove(python, write);
    const folder = await mkdtemp(join(tmpdir(), 'alpaca-py-'));
    try {
      return await proveIn(folder, write);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function proveIn(folder: string, write: Write): Promise<number> {
  const made = await run('python3', ['-m', 'venv', folder]);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const installed = made.code === 0 ? await run(python, ['-m', 'pip', 'install', ...quiet, PACKAGE]) : made;
  if (installed.code === 0) return prove(python, write);
  write(MISSING);
  write(`why: ${installed.stderr.trim().split('\n').at(-1) || installed.code}`);
  return 0;
}

async function prove(python: string, write: Write): Promise<number> {
  const recording = recordingOf(['AIG', 'SPY'].flatMap(minutes));
  const account = { ...FREE_PLAN, key: 'demo-key', secret: 'demo-secret' };
  const second = { from: OPEN + MINUTE, until: OPEN + 2 * MINUTE };
  const server = await AlpacaServer.start({
    recording,
    accounts: [account],
    speed: 0,
    faults: [
      { kind: 'halt', symbol: 'SPY', from: OPEN + 3 * MINUTE, until: OPEN + 5 * MINUTE },
      { kind: 'correct', symbol: 'AIG', ...second },
    ],
  });
  try {
    const symbols = recording.symbols.join(',');
    // Two minutes of SPY are halted.
    const count = String(2 * BARS - 2);
    const { key, secret } = account;
    const start = new Date(OPEN).toISOString().replace('Z', '+00:00');
    const script = fileURLToPath(new URL('follow.py', import.meta.url));
    const args = [script, server.streamUrl(), server.httpUrl, key, secret, symbols, count, start];
    const following = run(python, args, FOLLOW_LIMIT_MS);
    const over = following.then(() => true);
    // Nothing is told before somebody listens.
    while (server.followers === 0 && !(await Promise.race([over, setTimeout(50, false)])));
    await server.play(OPEN + (BARS + 2) * MINUTE);
    const { code, stdout, stderr } = await following;
    if (code === PACKAGE_MISSING) {
      write(MISSING);
      return 0;
    }
    if (code !== 0) throw new Error(`${python} failed with ${code}: ${stderr.trim().split('\n').at(-1)}`);
    return report(stdout, recording.bars, write);
  } finally {
    await server.close();
  }
}

function report(stdout: string, recorded: readonly RecordedBar[], write: Write): number {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const { counts, differences } = compare(lines, recorded);
  write(`alpaca-py ${lines.find(({ kind }) => kind === 'version')?.['version'] ?? 'of no version'}`);
  for (const [kind, count] of Object.entries(counts)) write(`${kind}: ${count}`);
  for (const line of differences) write(`  ${line}`);
  write(`alpaca-py: ${lines.length} lines compared, ${differences.length} differences`);
  return differences.length === 0 ? 0 : 1;
}

function minutes(symbol: string): RecordedBar[] {
  return Array.from({ length: BARS }, (_, index) => ({
    symbol,
    start: OPEN + index * MINUTE,
    open: `${100 + index}.05`,
    high: `${101 + index}.1`,
    low: `${99 + index}.9`,
    close: `${100 + index}.55`,
    volume: String(1_000 + index),
  }));
}

function run(program: string, args: readonly string[], timeout = INSTALL_LIMIT_MS): Promise<Result> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal ?? 'unknown') : 0, stdout, stderr });
    });
  });
}
