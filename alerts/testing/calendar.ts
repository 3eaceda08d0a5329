import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calendarById } from '../../backend/calendar/index.ts';
import { marketRules } from '../market/rules.ts';
import { type Node, print } from '../promql/index.ts';
import type { Recording } from '../recording.ts';
import type { Counts } from './rules.ts';
import { freePort, withServer } from './servers.ts';

export const DAY = 86_400;
/** Midnight in New York. */
const FROM = Date.parse('2024-01-01T05:00:00Z') / 1_000;
const UNTIL = Date.parse('2028-12-31') / 1_000;
const market = 'XNYS';
export const calendar = calendarById(market);

export const OFFSET = 'market:utc_offset_seconds';
export const OPEN_FOR = 'market:open_for_seconds';
export const CLOSED_AT = 'market:close_timestamp_seconds';
/** Local seconds of the day at which something may begin or end: midnight, the open, the two closes. */
export const BOUNDARIES = [34_200, 57_600, 46_800, 0];

/**
 * The rules of the market against the calendar, second by second around every boundary from 2024 to 2028, in a Prometheus without data.
 * In stages: the offset by itself, against the time zones of Node.js; the rest with that offset put in for it.
 */
export async function testCalendar(folder: string): Promise<Counts> {
  return withPrometheus(folder, async (address) => {
    const rules = rulesOfMarket();
    const offset = await difference(address, offsetQuestions(exprOf(rules, OFFSET)), 'count');
    const open = await difference(address, questions(rules, OPEN_FOR, openForAt), 'count');
    const closed = await difference(address, questions(rules, CLOSED_AT, closedAt), 'count');
    const differ = [...offset.differ, ...open.differ, ...closed.differ];
    return {
      lines: [
        ...differ.slice(0, 20),
        `the calendar from 2024 to 2028: ${offset.asked} instants for the clocks, ${open.asked} for the session, ${closed.asked} for its close; ${differ.length} differ`,
      ],
      failed: differ.length,
    };
  });
}

export function rulesOfMarket(): Rules {
  return new Map(marketRules.filter(({ added }) => added['market'] === market).map((rule) => [rule.record, rule]));
}

/** One query at evenly spaced instants, and what it must give at each; text, or nothing. */
export type Question = {
  readonly query: string;
  readonly from: number;
  readonly until: number;
  readonly step: number;
  readonly expected: (at: number) => string;
};

/** Every six hours, and second by second around each change. */
export function* offsetQuestions(rule: Node): Generator<Question> {
  const question = (from: number, until: number, step: number): Question => ({
    ...{ query: print(rule), from, until, step },
    expected: (at) => String(offsetAt(at)),
  });
  for (const { from } of segments().slice(1)) yield question(from - 1, from + 1, 1);
  yield question(FROM, UNTIL, DAY / 4);
}

/** At every boundary of every day, the second before it and the one after it; a query for all days between two changes of the clocks. */
export function* questions(
  rules: Rules,
  record: string,
  expected: Question['expected'],
  boundaries: readonly number[] = BOUNDARIES,
): Generator<Question> {
  for (const boundary of boundaries)
    for (const second of [boundary, boundary - 1, boundary + 1])
      for (const { from, until, offset } of segments()) {
        const days = Math.ceil((from + offset - second) / DAY);
        yield {
          query: inline(rules, record, offset),
          from: days * DAY + second - offset,
          until: until - 1,
          step: DAY,
          expected,
        };
      }
}

type Segment = { readonly from: number; readonly until: number; readonly offset: number };

/** Spans without a change of the clocks, by the time zones that Node.js carries and not by the calendar's own list. */
function segments(): readonly Segment[] {
  if (found.length > 0) return found;
  let from = FROM;
  for (let at = FROM; at <= UNTIL; at += 3_600) {
    if (at < UNTIL && offsetAt(at) === offsetAt(from)) continue;
    found.push({ from, until: at, offset: offsetAt(from) });
    from = at;
  }
  return found;
}
const found: Segment[] = [];

const clock = new Intl.DateTimeFormat('en-US', { timeZone: calendar.timeZone, timeZoneName: 'longOffset' });

/** Asked again for every mutant, and slow to ask. */
const offsets = new Map<number, number>();

export function offsetAt(at: number): number {
  const known = offsets.get(at);
  if (known !== undefined) return known;
  const text = clock.formatToParts(at * 1_000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60);
  offsets.set(at, offset);
  return offset;
}

export function openForAt(at: number): string {
  const session = calendar.sessionAt(at * 1_000);
  return session === null ? 'nothing' : String(at - session.open / 1_000);
}

export function closedAt(at: number): string {
  const session = calendar.sessionOn(calendar.localDate(at * 1_000));
  return session === null || at * 1_000 < session.close ? 'nothing' : String(session.close / 1_000);
}

type Found = { readonly asked: number; readonly differ: readonly string[] };

export async function difference(address: string, asked: Iterable<Question>, until: 'count' | 'first'): Promise<Found> {
  const differ: string[] = [];
  let instants = 0;
  for (const { query, from, until: last, step, expected } of asked) {
    const values = await ask(address, query, from, last, step);
    for (let at = from; at <= last; at += step) {
      instants += 1;
      const value = values.get(at) ?? 'nothing';
      if (value !== expected(at))
        differ.push(`${new Date(at * 1_000).toISOString()}: ${value}, the calendar says ${expected(at)}`);
    }
    if (until === 'first' && differ.length > 0) break;
  }
  return { asked: instants, differ };
}

async function ask(
  address: string,
  query: string,
  start: number,
  end: number,
  step: number,
): Promise<ReadonlyMap<number, string>> {
  const body = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  const answer = await fetch(`${address}/api/v1/query_range`, { method: 'POST', body });
  const { data, error } = (await answer.json()) as {
    data?: { result: { values: [number, string][] }[] };
    error?: string;
  };
  if (!data) throw new Error(`Prometheus refuses ${query.slice(0, 200)}: ${error}`);
  return new Map(data.result[0]?.values);
}

export type Rules = ReadonlyMap<string, Pick<Recording, 'record' | 'expr'>>;

export function exprOf(rules: Rules, record: string): Node {
  const rule = rules.get(record);
  if (!rule) throw new Error(`there is no rule for ${record}`);
  return rule.expr.node;
}

/** The rule with those that it asks put in their places, and the offset of that season for the first of them. */
function inline(rules: Rules, record: string, offset: number): string {
  return print(replaced(exprOf(rules, record), rules, offset));
}

function replaced(node: Node, rules: Rules, offset: number): Node {
  switch (node.kind) {
    case 'number':
      return node;
    case 'select':
      return node.metric === OFFSET
        ? { kind: 'call', name: 'vector', of: [{ kind: 'number', value: offset }] }
        : replaced(exprOf(rules, node.metric), rules, offset);
    case 'call':
      return { ...node, of: node.of.map((one) => replaced(one, rules, offset)) };
    case 'aggregate':
      return { ...node, of: replaced(node.of, rules, offset) };
    case 'binary':
      return { ...node, left: replaced(node.left, rules, offset), right: replaced(node.right, rules, offset) };
  }
}

export async function withPrometheus<Result>(
  folder: string,
  work: (address: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'prometheus.yml'), 'global: {}\n');
  const port = await freePort();
  const args = [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=data',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
    '--web.read-timeout=1h',
  ];
  const child = spawn('nice', ['-n', '15', 'prometheus', ...args], { cwd: folder, stdio: 'ignore' });
  return withServer(child, `http://127.0.0.1:${port}`, work);
}
