import { parseArgs } from 'node:util';
import { IncidentError } from './incident.ts';
import { messages } from './messages.ts';
import { severities } from './policy.ts';

export const HELP = `Keeps the record of an incident, and makes of it what users and the house read.

Usage: npm run --silent incident -- COMMAND [options]

  open [--alert NAME]...     begins one; what users lose is known of the alert, or comes from --impact
  note ID TEXT               a line of the timeline; --public also for users
  severity ID SEV1..4 WHY    it is worse than thought, or better; --title, --impact and --component say what users read from now on
  resolve ID HOW             it is over; users read HOW
  list                       all of them, the newest first
  show ID                    one of them, and who has to know by now
  message ID KIND            the text to send: ${Object.keys(messages).join(', ')}; for users, or with --internal for the house
  status-page [--to FOLDER]  writes status.json and index.html, to be served as they are; each change of a record does so too,
                             in STATUS_PAGE_DIR, else in status-page beside the records
  postmortem ID [--to FILE]  what is known already, with a question where somebody has to write
  policy                     who is told, and when

  --title TEXT      in the words of users (open, severity)
  --severity SEV1   ${Object.keys(severities).join(', ')} (open; SEV2 with an alert that wakes somebody, else SEV3; SEV4 where users notice nothing)
  --impact TEXT     what users lose, in their words (open, severity)
  --component NAME  what they see of it: answers, subscriptions, signals, 'market data'; may be given again (open, severity)
  --at TIME         when it happened, such as 2026-11-20T14:30:00Z (default: now); of open, when it began
  --by NAME         who says so (default: whoever is logged in)
  --folder FOLDER   where the records are (default: INCIDENT_DIR, else .heliograph/incidents)
  --help            this text

ID may be the beginning of one. Exit code: 0 done, 1 it could not be, 2 a wrong argument.`;

const options = {
  alert: { type: 'string', multiple: true },
  title: { type: 'string' },
  severity: { type: 'string' },
  impact: { type: 'string' },
  component: { type: 'string', multiple: true },
  at: { type: 'string' },
  by: { type: 'string' },
  folder: { type: 'string' },
  public: { type: 'boolean' },
  internal: { type: 'boolean' },
  to: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** What was asked for; throws a TypeError for what is no option. */
export function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  return { values, positionals };
}

export type Given = ReturnType<typeof readArguments>['values'];

/** One of a list, or an IncidentError that names them. */
export function oneOf<Name extends string>(what: string, given: string | undefined, names: readonly Name[]): Name {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new IncidentError(`${what} is ${JSON.stringify((given ?? '').slice(0, 64))}, expected ${names.join(', ')}`);
}

export function instantOf(given: string | undefined, now: number): number {
  if (given === undefined) return now;
  const instant = Date.parse(given);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(given) || Number.isNaN(instant))
    throw new IncidentError(
      `--at is ${JSON.stringify(given.slice(0, 64))}, expected a time in UTC such as 2026-11-20T14:30:00Z`,
    );
  if (instant > now + 60_000) throw new IncidentError(`--at is ${given}, expected a time that has passed`);
  return instant;
}

export function needed(what: string, given: string | undefined): string {
  if (given !== undefined && given.trim() !== '') return given.trim();
  throw new IncidentError(`${what} is missing: --help tells how it is called`);
}
