import { createHash } from 'node:crypto';
import { calendarById } from '../../../backend/calendar/index.ts';
import { joined, type RecordedBar } from '../../recorded/recording.ts';
import type { Account } from './account.ts';
import { barFields } from './frames.ts';
import { midnight, type Timeline } from './timeline.ts';

/** What an answer is made from. */
export type AnswerContext = {
  /** The recorded time, ms. */
  readonly now: number;
  /** How far /v2/clock is off, ms. */
  readonly clockError: number;
  readonly timeline: Timeline;
  readonly symbols: readonly string[];
  /** In the documented form: lists of entries by kind. */
  readonly corporateActions: Readonly<Record<string, readonly CorporateActionEntry[]>>;
};

/** At least these; the other fields of https://docs.alpaca.markets/reference/corporateactions-1 as they are. */
export type CorporateActionEntry = { readonly process_date: string } & Readonly<Record<string, unknown>>;

type PlainAnswer = { readonly status: number; readonly body: unknown };

type Query = Readonly<Record<string, string>>;
type Route = (context: AnswerContext, query: Query, account: Account) => PlainAnswer;

const DAY = 86_400_000;
const calendar = calendarById('XNYS');
const zone = new Intl.DateTimeFormat('en-US', { timeZone: calendar.timeZone, timeZoneName: 'longOffset' });

const ROUTES: Readonly<Record<string, Route>> = {
  '/v2/stocks/bars': bars,
  '/v1/corporate-actions': corporateActions,
  '/v2/clock': clock,
  '/v2/calendar': marketDays,
  '/v2/assets': assets,
};

export function isTradingPath(path: string): boolean {
  return ['/v2/clock', '/v2/calendar', '/v2/assets'].includes(path);
}

/** The documented answer to a request of an account, or of nobody that is known. */
export function answer(
  context: AnswerContext,
  { path, query, account }: { readonly path: string; readonly query: Query; readonly account: Account | undefined },
): PlainAnswer {
  // https://docs.alpaca.markets/docs/market-data-faq#why-am-i-getting-http-403-forbidden; the trading pages tell 401.
  if (account === undefined) {
    return isTradingPath(path) ? failed(401, 'unauthorized.') : failed(403, 'forbidden.');
  }
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  return route === undefined ? failed(404, 'endpoint not found.') : route(context, query, account);
}

/** https://docs.alpaca.markets/reference/stockbars */
function bars({ timeline, now }: AnswerContext, query: Query, account: Account): PlainAnswer {
  const feed = query['feed'] ?? 'sip';
  if (feed !== 'iex' && feed !== 'sip') return failed(400, `invalid feed: ${feed}`);
  if (!account.feeds.includes(feed)) return failed(403, 'subscription does not permit querying recent SIP data');
  if ((query['adjustment'] ?? 'raw') !== 'raw') return failed(400, 'only raw bars were recorded');

  const [start, end] = [moment(query['start'], now - DAY), moment(query['end'], now)];
  const limit = Number(query['limit'] ?? 1_000);
  const symbols = (query['symbols'] ?? '').split(',');
  if (!(start <= end && limit >= 1 && limit <= 10_000 && symbols[0] !== '')) return failed(400, 'invalid parameters');

  const after = cursorOf(query['page_token']);
  // The symbols before the cursor's were told by the pages before.
  const left = [...new Set(symbols)].filter((symbol) => after === null || symbol >= after.symbol);
  const isDaily = query['timeframe'] === '1Day';
  const known = timeline.barsAt(now, { symbols: left, ...(isDaily ? {} : { start, end }) });
  const rest = (isDaily ? days(known) : known).filter(
    (own) =>
      own.start >= start &&
      own.start <= end &&
      (after === null || own.symbol > after.symbol || own.start > after.start),
  );
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return ok({
    bars: Object.fromEntries(
      [...Map.groupBy(page, ({ symbol }) => symbol)].map(([symbol, own]) => [symbol, own.map(plainBar)]),
    ),
    next_page_token: last === undefined || rest.length === page.length ? null : tokenOf(last),
  });
}

function plainBar(own: RecordedBar): object {
  return { t: rfc3339(own.start), ...barFields(own) };
}

/** As in the page's example: the base64 of "AAPL|M|2022-01-03T09:00:00.000000000Z". */
function tokenOf({ symbol, start }: RecordedBar): string {
  return btoa(`${symbol}|M|${new Date(start).toISOString().slice(0, 19)}.000000000Z`);
}

function cursorOf(token: string | undefined): { readonly symbol: string; readonly start: number } | null {
  if (token === undefined) return null;
  const [symbol = '', , time = ''] = atob(token).split('|');
  return { symbol, start: Date.parse(`${time.slice(0, 19)}Z`) };
}

function days(known: readonly RecordedBar[]): RecordedBar[] {
  const found = new Map<string, RecordedBar>();
  for (const own of known) {
    const session = own.start < calendar.validFrom ? null : calendar.sessionAt(own.start);
    if (session === null) continue;
    const key = `${own.symbol} ${session.sessionDate}`;
    const day = found.get(key);
    const start = midnight(session.sessionDate);
    found.set(key, day === undefined ? { ...own, start } : joined(day, own));
  }
  return [...found.values()];
}

/** https://docs.alpaca.markets/reference/corporateactions-1 */
function corporateActions({ corporateActions: all, now }: AnswerContext, query: Query): PlainAnswer {
  const today = new Date(now).toISOString().slice(0, 10);
  const { start = today, end = today, limit = '100', page_token: token = '0' } = query;
  const symbols = new Set(query['symbols']?.split(','));
  const wanted = Object.entries(all).flatMap(([group, entries]) =>
    entries
      .filter((entry) => entry.process_date >= start && entry.process_date <= end)
      .filter((entry) => symbols.size === 0 || Object.values(entry).some((value) => symbols.has(String(value))))
      .map((entry) => ({ group, entry })),
  );
  const from = Number(token);
  const page = wanted.slice(from, from + Number(limit));
  const groups = [...Map.groupBy(page, ({ group }) => group)];
  return ok({
    corporate_actions: Object.fromEntries(groups.map(([group, own]) => [group, own.map(({ entry }) => entry)])),
    next_page_token: from + page.length < wanted.length ? String(from + page.length) : null,
  });
}

/** https://docs.alpaca.markets/reference/legacyclock */
function clock({ now, clockError }: AnswerContext): PlainAnswer {
  const at = now + clockError;
  const session = calendar.sessionAt(at);
  const next = calendar.nextSession(at);
  return ok({
    timestamp: inNewYork(at),
    is_open: session !== null,
    next_open: inNewYork(next.open),
    next_close: inNewYork((session ?? next).close),
  });
}

/** https://docs.alpaca.markets/reference/legacycalendar */
function marketDays(_context: AnswerContext, query: Query): PlainAnswer {
  const start = moment(query['start'], calendar.validFrom);
  const end = moment(query['end'], calendar.validUntil - DAY);
  const sessions = calendar.sessions(start, Math.min(end + 2 * DAY, calendar.validUntil));
  const until = new Date(end).toISOString().slice(0, 10);
  const told = sessions.filter(({ sessionDate }) => sessionDate <= until);
  return ok(
    told.map(({ sessionDate, open, close }) => ({
      date: sessionDate,
      open: inNewYork(open).slice(11, 16),
      close: inNewYork(close).slice(11, 16),
      session_open: '0400',
      session_close: '2000',
      settlement_date: calendar.nextSession(open).sessionDate,
    })),
  );
}

/** https://docs.alpaca.markets/reference/get-v2-assets-1; a recording tells the symbols only. */
function assets({ symbols }: AnswerContext): PlainAnswer {
  return ok(
    symbols.map((symbol) => ({
      id: uuidOf(symbol),
      class: 'us_equity',
      exchange: 'NYSE',
      symbol,
      name: `${symbol} as recorded`,
      status: 'active',
      tradable: true,
      marginable: true,
      shortable: true,
      easy_to_borrow: true,
      fractionable: true,
    })),
  );
}

function uuidOf(symbol: string): string {
  const hex = createHash('sha256').update(symbol).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** RFC 3339 with the offset of New York, as in the page's example: 2025-06-24T14:15:22-04:00. */
function inNewYork(instant: number): string {
  const offset = /-0(\d):00$/.exec(zone.format(instant))?.[1] ?? '5';
  const local = new Date(instant - Number(offset) * 3_600_000).toISOString().slice(0, 19);
  return `${local}-0${offset}:00`;
}

function rfc3339(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

function moment(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Date.parse(text);
}

function ok(body: unknown): PlainAnswer {
  return { status: 200, body };
}

function failed(status: number, message: string): PlainAnswer {
  return { status, body: { message } };
}
