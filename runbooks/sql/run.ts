import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { namespaces } from '../../infra/names.ts';
import { embeddedAddress } from './embedded.ts';
import { forward } from './forward.ts';

const HELP = `Asks the database one statement and prints the rows. It runs in a transaction that may only read, and is given up after 30 seconds.

Usage: npm run --silent sql -- [options] "SELECT ..."

  --through ROLE     api, pipeline or worker: through the proxy beside a pod of that role in namespace ${namespaces.service}, with kubectl; as its user
  --data-dir FOLDER  the embedded database of npm start that runs in this folder (by default .heliograph/database)
  --write            commit what it changes
  --csv              as comma-separated values, without the count
  --help             this text

Without --through and --data-dir it asks the database of DATABASE_URL. Exit code: 0 answered, 1 refused, 2 a wrong argument.`;

const options = {
  help: { type: 'boolean' },
  through: { type: 'string' },
  'data-dir': { type: 'string' },
  write: { type: 'boolean' },
  csv: { type: 'boolean' },
} as const;

// Whoever pipes it into `head` has read enough.
if (import.meta.main) process.stdout.once('error', () => process.exit(0));
if (import.meta.main)
  process.exitCode = await main(process.argv.slice(2), process.env['DATABASE_URL'], (line) =>
    process.stdout.write(`${line}\n`),
  );

/** Asks the statement and gives the exit code. */
export async function main(
  args: readonly string[],
  address: string | undefined,
  write: (line: string) => void,
): Promise<0 | 1 | 2> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help) {
      write(HELP);
      return 0;
    }
    const [statement, ...more] = positionals;
    if (statement === undefined || more.length > 0)
      throw new TypeError(`expected one statement, given ${positionals.length}`);
    const asked = { statement, changes: values.write === true, csv: values.csv === true };
    if (values.through !== undefined) {
      await using way = await forward(values.through);
      return await answer(way.address, asked, write);
    }
    const folder = values['data-dir'];
    const at = folder === undefined ? address : embeddedAddress(folder);
    if (at === undefined)
      throw new TypeError(
        'DATABASE_URL is missing, expected it, --through ROLE, or --data-dir FOLDER for the embedded database of npm start',
      );
    return await answer(at, asked, write);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return error instanceof TypeError ? 2 : 1;
  }
}

type Asked = { readonly statement: string; readonly changes: boolean; readonly csv: boolean };

async function answer(address: string, { statement, changes, csv }: Asked, write: (line: string) => void): Promise<0> {
  const client = new Client({
    connectionString: address,
    statement_timeout: 30_000,
    application_name: 'heliograph-on-call',
  });
  await client.connect();
  try {
    // As the user itself: only so it sees what its own sessions do, and may end them. The rights of its role it has all the same.
    await client.query('set role none');
    await client.query(changes ? 'begin' : 'begin read only');
    const { rows, rowCount } = await client.query<Record<string, unknown>>(statement);
    await client.query('commit');
    for (const line of csv ? separated(rows) : table(rows)) write(line);
    if (!csv) write(`${rowCount ?? 0} rows${changes ? ', committed' : ''}`);
    return 0;
  } finally {
    await client.end();
  }
}

/** Columns under their names, wide enough for what is in them. */
function table(rows: readonly Record<string, unknown>[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const cells = [names, ...rows.map((row) => names.map((name) => shown(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** RFC 4180: what holds a comma, a quote or an end of line is quoted. */
function separated(rows: readonly Record<string, unknown>[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [names, ...rows.map((row) => names.map((name) => (row[name] === null ? '' : shown(row[name]))))].map((line) =>
    line.map(cell).join(','),
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
