import { Ascending } from './ascending.ts';
import type { Span, Timetable } from './timetable.ts';
import type { Segment, Session, TradingCalendar } from './types.ts';

const MINUTE = 60_000;

/** Answers from a timetable. segmentAt, sessionAt and sessionDateOf are asked for every bar: they allocate nothing. */
export class SessionCalendar implements TradingCalendar {
  readonly id: string;
  readonly timeZone: string;
  readonly validFrom: number;
  readonly validUntil: number;
  readonly #timetable: Timetable;
  readonly #byDate: ReadonlyMap<string, Session | null>;
  readonly #dayStarts: Ascending;
  readonly #spanStarts: Ascending;
  readonly #opens: Ascending;
  readonly #closes: Ascending;
  /** Each session with the REGULAR ms of all sessions before it. */
  readonly #counted: readonly { readonly session: Session; readonly before: number }[];
  readonly #befores: Ascending;

  constructor(timetable: Timetable) {
    this.id = timetable.id;
    this.timeZone = timetable.timeZone;
    this.validFrom = timetable.validFrom;
    this.validUntil = timetable.validUntil;
    this.#timetable = timetable;

    const { days, sessions, spans } = timetable;
    const sessionsByDate = new Map(sessions.map((session) => [session.sessionDate, session]));
    this.#byDate = new Map(days.map(({ date }) => [date, sessionsByDate.get(date) ?? null]));
    this.#dayStarts = new Ascending(days.map((day) => day.start));
    this.#spanStarts = new Ascending(spans.map((span) => span.from));
    this.#opens = new Ascending(sessions.map((session) => session.open));
    this.#closes = new Ascending(sessions.map((session) => session.close));

    let elapsed = 0;
    this.#counted = sessions.map((session) => {
      const before = elapsed;
      elapsed += session.close - session.open;
      return { session, before };
    });
    this.#befores = new Ascending(this.#counted.map(({ before }) => before));
  }

  segmentAt(instant: number): Segment {
    return this.#spanAt(instant)?.segment ?? 'CLOSED';
  }

  sessionDateOf(instant: number): string | null {
    return this.#spanAt(instant)?.sessionDate ?? null;
  }

  sessionAt(instant: number): Session | null {
    this.#mustKnow(instant);
    const session = this.#timetable.sessions[this.#opens.floor(instant)];
    return session && instant < session.close ? session : null;
  }

  sessionOn(sessionDate: string): Session | null {
    const session = this.#byDate.get(sessionDate);
    if (session !== undefined) return session;
    const { days } = this.#timetable;
    throw new RangeError(
      `session date is ${quote(sessionDate)}, expected a date of calendar ${this.id}: YYYY-MM-DD from ${days.at(0)?.date} to ${days.at(-1)?.date}`,
    );
  }

  nextSession(instant: number): Session {
    this.#mustKnow(instant);
    const session = this.#timetable.sessions[this.#opens.floor(instant) + 1];
    return session ?? this.#refuse(instant, 'one with a session after it');
  }

  previousSession(instant: number): Session {
    this.#mustKnow(instant);
    const session = this.#timetable.sessions[this.#closes.floor(instant)];
    return session ?? this.#refuse(instant, 'one with a session before it');
  }

  lastEnd(instant: number): number {
    const { close } = this.previousSession(instant);
    const after = this.#spanAt(close);
    return after?.segment === 'POST' && after.until <= instant ? after.until : close;
  }

  nextOpen(instant: number): number {
    return this.nextSession(instant).open;
  }

  localDate(instant: number): string {
    this.#mustKnow(instant);
    const day = this.#timetable.days[this.#dayStarts.floor(instant)];
    return day?.date ?? this.#refuse(instant, 'one');
  }

  sessions(from: number, until: number): Session[] {
    this.#mustReach(from);
    this.#mustReach(until);
    return this.#timetable.sessions.slice(this.#firstOpenFrom(from), this.#firstOpenFrom(until));
  }

  tradingMinutesBetween(a: number, b: number): number {
    this.#mustReach(a);
    this.#mustReach(b);
    return (this.#elapsedAt(b) - this.#elapsedAt(a)) / MINUTE;
  }

  addTradingMinutes(instant: number, minutes: number): number {
    this.#mustKnow(instant);
    if (!(minutes >= 0)) throw new RangeError(`trading minutes are ${quote(minutes)}, expected a number >= 0`);
    const wanted = Math.round(minutes * MINUTE);
    if (wanted === 0) return instant;

    const target = this.#elapsedAt(instant) + wanted;
    const at = this.#befores.floor(target);
    // A count that ends with a session is also the one at which the next begins: the answer is the close.
    const counted = this.#counted[this.#counted[at]?.before === target ? at - 1 : at];
    const result = counted ? counted.session.open + target - counted.before : Number.POSITIVE_INFINITY;
    if (counted && result <= counted.session.close) return result;
    return this.#refuse(instant, `one with ${minutes} trading minutes after it`);
  }

  #spanAt(instant: number): Span | null {
    this.#mustKnow(instant);
    const span = this.#timetable.spans[this.#spanStarts.floor(instant)];
    return span && instant < span.until ? span : null;
  }

  /** REGULAR ms from the first session to the instant. */
  #elapsedAt(instant: number): number {
    const counted = this.#counted[this.#opens.floor(instant)];
    if (!counted) return 0;
    const { session, before } = counted;
    return before + Math.min(instant, session.close) - session.open;
  }

  #firstOpenFrom(instant: number): number {
    const index = this.#opens.floor(instant);
    return this.#timetable.sessions[index]?.open === instant ? index : index + 1;
  }

  #mustKnow(instant: number): void {
    if (!(instant >= this.validFrom && instant < this.validUntil)) this.#refuse(instant, 'one');
  }

  #mustReach(instant: number): void {
    if (instant !== this.validUntil) this.#mustKnow(instant);
  }

  #refuse(instant: number, wanted: string): never {
    const range = `${isoText(this.validFrom)} <= instant < ${isoText(this.validUntil)}`;
    throw new RangeError(
      `instant is ${quote(isoText(instant))}, expected ${wanted} inside calendar ${this.id}: ${range}`,
    );
  }
}

function isoText(instant: number): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : date.toISOString();
}

function quote(value: unknown): string {
  const text = String(value);
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text);
}
