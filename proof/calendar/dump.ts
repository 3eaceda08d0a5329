import type { PlainSession } from './compare.ts';

/** What dump.py printed: the package's version and, by the oracle's calendar name, its sessions. */
export type Dump = { readonly version: string; readonly sessions: ReadonlyMap<string, readonly PlainSession[]> };

/** Throws an Error that shows the line which is not what dump.py prints. */
export function parseDump(text: string): Dump {
  const [head = '', ...lines] = text.trim().split('\n');
  const sessions = Map.groupBy(lines.map(parseSession), (session) => session.calendar);
  return { version: field(head, 'version'), sessions };
}

function parseSession(line: string): PlainSession & { calendar: string } {
  return {
    calendar: field(line, 'calendar'),
    sessionDate: field(line, 'sessionDate'),
    open: Date.parse(field(line, 'open')),
    close: Date.parse(field(line, 'close')),
  };
}

function field(line: string, name: string): string {
  const value: unknown = JSON.parse(line);
  const found =
    typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name) : null;
  if (typeof found?.[1] === 'string') return found[1];
  throw new Error(`line of dump.py is ${JSON.stringify(line.slice(0, 64))}, expected an object with text "${name}"`);
}
