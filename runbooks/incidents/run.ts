import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve as absolute, dirname, join } from 'node:path';
import { beginning, toldNow } from './begin.ts';
import { changeSeverity, type Incident, IncidentError, note, open, resolve, type Written } from './incident.ts';
import { type MessageKind, messages, minutesBetween, utc } from './messages.ts';
import { type Given, HELP, instantOf, needed, oneOf, readArguments } from './options.ts';
import { type IncidentSeverity, policyTables, severities, toldBy } from './policy.ts';
import { postmortem } from './postmortem.ts';
import { isTold, type Status, statusOf, statusPage } from './status.ts';
import { alone, IncidentStore, writeWhole } from './store.ts';

type Write = (line: string) => void;
/** What a command works with. */
type Desk = {
  readonly store: IncidentStore;
  /** Folder of the status page. */
  readonly page: string;
  readonly given: Given;
  readonly words: readonly string[];
  readonly written: Written;
  readonly write: Write;
};

const FOLDER = join(import.meta.dirname, '../../.heliograph/incidents');

const commands: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  open: async (desk) => {
    const { store, given, written, write } = desk;
    const begun = open(await beginning(given), written);
    await store.add(begun);
    write(`${begun.id} is open. Who has to know: ${toldBy(begun.severity, 0).now.join(', ')}.`);
    write(messages.first(begun, isTold(begun) ? 'public' : 'internal', written.now));
    if (!isTold(begun)) write('Users notice nothing, so they are told nothing.');
    await keepPage(desk);
  },
  note: (desk) => changed(desk, (of, [text]) => note(of, needed('TEXT', text), desk.written)),
  severity: (desk) =>
    changed(desk, (of, [given, why]) => {
      const to = oneOf('the severity', given, Object.keys(severities) as IncidentSeverity[]);
      return changeSeverity(of, { to, why: needed('WHY', why), told: toldNow(of, desk.given) }, desk.written);
    }),
  resolve: (desk) => changed(desk, (of, [how]) => resolve(of, needed('HOW', how), desk.written)),
  list: async ({ store, write }) => {
    const all = await store.all();
    for (const of of all)
      write(`${of.id.padEnd(56)} ${of.severity}  ${of.resolvedAt === null ? 'open' : 'over'}  ${of.title}`);
    if (all.length === 0) write('there are none');
  },
  show: async ({ store, words, written, write }) => {
    const of = await store.find(needed('ID', words[0]));
    write(messages[of.resolvedAt === null ? 'update' : 'resolved'](of, 'internal', written.now));
    for (const { at, by, text, public: isPublic } of of.timeline)
      write(`  ${utc(at)}  ${by}${isPublic ? ' (public)' : ''}: ${text}`);
  },
  message: async ({ store, given, words, written, write }) => {
    const of = await store.find(needed('ID', words[0]));
    const kind = oneOf('the kind of message', words[1], Object.keys(messages) as MessageKind[]);
    if ((kind === 'resolved') !== (of.resolvedAt !== null))
      throw new IncidentError(
        `${of.id} is ${of.resolvedAt === null ? 'not over' : 'over'}, so there is no message ${kind}`,
      );
    write(messages[kind](of, given.internal ? 'internal' : 'public', written.now));
  },
  'status-page': async (desk) => {
    const folder = absolute(desk.given.to ?? desk.page);
    const status = await writePage(folder, desk);
    desk.write(`${folder}: ${status.state}, ${status.open.length} open, ${status.past.length} in the past ninety days`);
  },
  postmortem: async ({ store, given, words, written, write }) => {
    const text = postmortem(await store.find(needed('ID', words[0])), written.now);
    if (given.to === undefined) return write(text.trimEnd());
    await mkdir(dirname(absolute(given.to)), { recursive: true });
    // What somebody has begun to write is not written over.
    await writeFile(given.to, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST'
        ? new IncidentError(`--to is ${given.to}, expected a file that is not there yet`)
        : error;
    });
    write(`${given.to} written`);
  },
  policy: async ({ write }) => write(policyTables()),
};

if (import.meta.main) process.stdout.once('error', () => process.exit(0));
if (import.meta.main)
  process.exitCode = await main(process.argv.slice(2), process.env, Date.now(), (line) =>
    process.stdout.write(`${line}\n`),
  );

/** Carries out a command and gives the exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  now: number,
  write: Write,
): Promise<0 | 1 | 2> {
  try {
    const { values: given, positionals } = readArguments(args);
    const [name = '', ...words] = positionals;
    if (given.help || (name === '' && args.length === 0)) {
      write(HELP);
      return given.help ? 0 : 2;
    }
    const command = commands[oneOf('the command', name, Object.keys(commands))];
    const written = {
      now,
      at: instantOf(given.at, now),
      by: given.by ?? userInfo().username,
      public: given.public === true,
    };
    const records = given.folder ?? env['INCIDENT_DIR'] ?? FOLDER;
    const page = env['STATUS_PAGE_DIR'] ?? join(records, 'status-page');
    await command?.({ store: new IncidentStore(records), page, given, words, written, write });
    return 0;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return error instanceof IncidentError || error instanceof TypeError ? 2 : 1;
  }
}

async function changed(desk: Desk, change: (of: Incident, rest: readonly string[]) => Incident): Promise<void> {
  const { store, words, written, write } = desk;
  const [id, ...rest] = words;
  const of = await store.change(needed('ID', id), (record) => change(record, rest));
  const minutes = minutesBetween(of.startedAt, written.now);
  const { now: told, next } = toldBy(of.severity, minutes);
  if (of.resolvedAt !== null) write(`${of.id}: over`);
  else
    write(
      `${of.id}: ${of.severity}, ${minutes} minutes. Must know by now: ${told.join(', ')}.${next === null ? '' : ` Next: ${next}.`}`,
    );
  await keepPage(desk);
}

/** After each change of a record, so that users never read of a morning that is over. The record is kept whatever becomes of the page. */
async function keepPage(desk: Desk): Promise<void> {
  await writePage(desk.page, desk).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the record is kept, the status page is not: ${why}; npm run incident -- status-page writes it`);
  });
}

async function writePage(folder: string, { store, written }: Desk): Promise<Status> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'status.json');
  // Read and written by one at a time, so that an older page never takes the place of a newer one.
  return alone(path, async () => {
    const status = statusOf(await store.all(), written.now);
    await writeWhole(path, `${JSON.stringify(status, null, 2)}\n`);
    await writeWhole(join(folder, 'index.html'), statusPage(status));
    return status;
  });
}
