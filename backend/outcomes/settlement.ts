import { createHash, type Hash } from 'node:crypto';
import type { TradingCalendar } from '../calendar/index.ts';
import { type Bar, type Decimal, type ScaledBar, type Timeframe, toNumeric, UNSCALED } from '../market-data/bar.ts';
import { canonicalDecimal, productOf } from '../market-data/decimal.ts';
import { advance, type Barriers, type ExitReason, expireByOthers, inPlanBasis, openBarriers } from './barriers.ts';
import { decimalText, quotientOf } from './exact.ts';
import { type LabelSpec, labelSpecFor } from './label-spec.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Plan } from './plan.ts';

/** A published signal as settlement needs it. Instants in ms. */
export type OpenSignal = {
  readonly id: string;
  readonly instrumentId: string;
  readonly calendar: TradingCalendar;
  readonly tick: Decimal;
  readonly timeframe: Timeframe;
  readonly plan: Plan;
  /** Of the prices of the plan, which are those of the decision bar. */
  readonly priceScale: Decimal;
  readonly publishedAt: number;
  readonly expiresAt: number;
  readonly decisionBarStart: number;
  /** Start of the oldest bar that the features were computed from. */
  readonly dataFrom: number;
};

/** What happened to a signal. All but TRIGGERED end it. */
export type StateChange = {
  readonly signalId: string;
  readonly type: 'TRIGGERED' | ExitReason | 'EXPIRED_UNTRIGGERED' | 'CANCELLED' | 'SUPERSEDED' | 'VOID_DATA';
  /** knownTime of the bar that showed it; never a clock. */
  readonly occurredAt: number;
  readonly reason?: string;
  /** Price of the entry or the exit in the basis of the plan, and the bar that it lies in. */
  readonly fill?: Fill;
  readonly outcome?: Outcome;
};

export type Fill = {
  readonly price: Decimal;
  readonly barStart: number;
  /** Units into which splits have made each unit since the decision: price / factor is what was paid. Absent: none have. */
  readonly splitFactor?: Decimal;
};

type Followed = {
  readonly signal: OpenSignal;
  readonly spec: LabelSpec;
  readonly barriers: Barriers;
  /** Over the bars used since the entry. */
  readonly hash: Hash;
  /** Start of the instrument's newest bar so far: what comes at or before it is a correction or late. */
  lastStart: number;
  /** Scale of the newest bar used since the entry: one that only shows that a session is over may come after a split. */
  scale: Decimal;
};

/**
 * Follows published signals to their end, by bars in the order of ingest and by nothing else: the same signals and bars always
 * give the same changes, in the same order.
 */
export class Settlement {
  readonly #specFor: (timeframe: Timeframe, calendarId: string) => LabelSpec;
  // Each in the order of opening, by signal id: all, those not filled yet, and all by instrument.
  readonly #open = new Map<string, Followed>();
  readonly #waiting = new Map<string, Followed>();
  readonly #byInstrument = new Map<string, Map<string, Followed>>();

  constructor(specFor: (timeframe: Timeframe, calendarId: string) => LabelSpec = labelSpecFor) {
    this.#specFor = specFor;
  }

  /** Follows a signal from the bar after its decision bar on. Throws an Error when it is open already. */
  open(signal: OpenSignal): void {
    this.#follow(signal);
  }

  /**
   * Opens a stored signal again and brings it up to date. `bars` are those after its decision bar up to where the engine stands, by
   * ingest order, every revision; those of other instruments are passed over. Returns the changes that they make: the ones that
   * the log holds already, unless the settler has changed since. Restore signals in the order of their publication.
   */
  restore(signal: OpenSignal, bars: Iterable<Bar>): StateChange[] {
    const followed = this.#follow(signal);
    const changes: StateChange[] = [];
    for (const bar of bars) {
      if (!this.#open.has(signal.id)) break;
      if (bar.instrumentId === signal.instrumentId) changes.push(...this.#take(followed, bar, toNumeric(bar)));
    }
    return changes;
  }

  /** Takes the next bar. Changes of its instrument's signals come first, then the expiries of others, each in the order of opening. */
  onBar(bar: Bar): StateChange[] {
    const changes: StateChange[] = [];
    const own = this.#byInstrument.get(bar.instrumentId);
    if (own) {
      const numbers = toNumeric(bar);
      for (const followed of own.values()) changes.push(...this.#take(followed, bar, numbers));
    }
    for (const followed of this.#waiting.values()) {
      if (expireByOthers(followed.barriers, bar.barEnd)) changes.push(this.#close(followed, expired(followed, bar)));
    }
    return changes;
  }

  /** Ends a signal in favour of a newer one; null when it is not open or has been filled: a position is never taken back. */
  supersede(signalId: string, bySignalId: string, at: number): StateChange | null {
    const followed = this.#waiting.get(signalId);
    if (!followed) return null;
    return this.#close(followed, {
      signalId,
      type: 'SUPERSEDED',
      occurredAt: at,
      reason: `superseded by ${bySignalId}`,
    });
  }

  /** Follows a signal no further that somebody has taken back before it was filled; one that is not waiting is left as it is. */
  cancel(signalId: string, at: number, reason: string): StateChange | null {
    const followed = this.#waiting.get(signalId);
    return followed === undefined ? null : this.#close(followed, cancelled(signalId, at, reason));
  }

  /** Signals that have not ended. */
  get size(): number {
    return this.#open.size;
  }

  #follow(signal: OpenSignal): Followed {
    const { id, instrumentId, timeframe, calendar } = signal;
    if (this.#open.has(id)) throw new Error(`signal ${id} is open already`);
    const followed = follow(signal, this.#specFor(timeframe, calendar.id));
    this.#open.set(id, followed);
    this.#waiting.set(id, followed);
    const siblings = this.#byInstrument.get(instrumentId) ?? new Map<string, Followed>();
    this.#byInstrument.set(instrumentId, siblings.set(id, followed));
    return followed;
  }

  #take(followed: Followed, bar: Bar, numbers: ScaledBar): StateChange[] {
    const changes = take(followed, bar, numbers);
    if (followed.barriers.phase !== 'WAITING') this.#waiting.delete(followed.signal.id);
    const last = changes.at(-1);
    if (last && last.type !== 'TRIGGERED') this.#close(followed, last);
    return changes;
  }

  #close(followed: Followed, change: StateChange): StateChange {
    const { id, instrumentId } = followed.signal;
    this.#open.delete(id);
    this.#waiting.delete(id);
    this.#byInstrument.get(instrumentId)?.delete(id);
    return change;
  }
}

/** `at` is the known time of the bar after which it was cancelled. */
export function cancelled(signalId: string, at: number, reason: string): StateChange {
  return { signalId, type: 'CANCELLED', occurredAt: at, reason };
}

function follow(signal: OpenSignal, spec: LabelSpec): Followed {
  const { plan, priceScale, publishedAt, expiresAt, decisionBarStart, calendar } = signal;
  const barriers = openBarriers({
    side: plan.side,
    stop: productOf(plan.stop, priceScale),
    target: productOf(plan.targets[0].price, priceScale),
    timeLimitMinutes: plan.timeLimitMinutes,
    flatAtClose: plan.flatAtClose,
    publishedAt,
    expiresAt,
    decisionBarStart,
    clientLatencyMs: spec.clientLatencyMs,
    calendar,
  });
  return { signal, spec, barriers, hash: createHash('sha256'), lastStart: decisionBarStart, scale: priceScale };
}

/** What the next bar of its instrument does to a signal. */
function take(followed: Followed, bar: Bar, numbers: ScaledBar): StateChange[] {
  const { signal, barriers, hash } = followed;
  if (bar.timeframe !== signal.timeframe) return [];
  if (bar.barStart <= followed.lastStart) return rewritten(followed, bar);
  followed.lastStart = bar.barStart;

  const waited = barriers.phase === 'WAITING';
  const changed = advance(barriers, numbers);
  if (barriers.phase !== 'WAITING' && barriers.lastStart === bar.barStart) {
    hash.update(hashLine(bar));
    followed.scale = bar.priceScale;
  }
  if (!changed) return [];
  if (barriers.phase === 'EXPIRED') return [expired(followed, bar)];
  const changes = waited ? [triggered(followed, bar)] : [];
  return barriers.phase === 'EXITED' ? [...changes, exited(followed, bar)] : changes;
}

/** A bar whose time had passed: the signal is void when its features or its fills rest on what was known of that time before. */
function rewritten({ signal, barriers }: Followed, bar: Bar): StateChange[] {
  const { barStart, segment, revision, knownTime } = bar;
  const inWindow = barStart >= signal.dataFrom && barStart <= signal.decisionBarStart;
  const inPosition = barriers.phase === 'IN_POSITION' && barStart >= barriers.entryTime;
  if (segment !== 'REGULAR' || !(inWindow || inPosition)) return [];

  const what = revision > 0 ? `was corrected (revision ${revision})` : 'came late';
  const where = inWindow ? 'the features were computed from its time' : 'the position was open in its time';
  const reason = `the bar of ${new Date(barStart).toISOString()} ${what}: ${where}`;
  return [{ signalId: signal.id, type: 'VOID_DATA', occurredAt: knownTime, reason }];
}

function triggered(followed: Followed, bar: Bar): StateChange {
  const { signal, barriers } = followed;
  const price = decimalText(priceScaled(barriers.entry, signal.priceScale));
  const fill = { price, barStart: bar.barStart, ...splitSince(followed) };
  return { signalId: signal.id, type: 'TRIGGERED', occurredAt: bar.knownTime, fill };
}

function expired({ signal, barriers }: Followed, bar: Bar): StateChange {
  const reason = `no bar filled it before ${new Date(barriers.deadline).toISOString()}`;
  return { signalId: signal.id, type: 'EXPIRED_UNTRIGGERED', occurredAt: bar.knownTime, reason };
}

function exited(followed: Followed, bar: Bar): StateChange {
  const { signal, spec, barriers, hash } = followed;
  const outcome = outcomeOf({
    state: inPlanBasis(barriers, signal.priceScale),
    ...splitSince(followed),
    riskPerUnit: signal.plan.riskPerUnit,
    tick: signal.tick,
    costs: spec.costs,
    resolution: signal.timeframe,
    settledAt: bar.knownTime,
    dataHash: hash.digest('hex'),
  });
  const fill = { price: outcome.exitFill, barStart: barriers.lastStart, ...splitSince(followed) };
  return { signalId: signal.id, type: outcome.exitReason, occurredAt: bar.knownTime, fill, outcome };
}

function priceScaled(price: number, scale: Decimal): number {
  return scale === UNSCALED ? price : quotientOf(price, scale);
}

function splitSince({ signal, scale }: Followed): { readonly splitFactor?: Decimal } {
  if (scale === signal.priceScale) return {};
  return { splitFactor: decimalText(quotientOf(Number(scale), signal.priceScale)) };
}

/** A bar of an instrument that was split or halted says so, too. */
function hashLine({ barStart, open, high, low, close, volume, revision, priceScale, haltedMs }: Bar): string {
  const numbers = [open, high, low, close, volume].map((text) => canonicalDecimal(text) ?? text);
  const facts = priceScale === UNSCALED && haltedMs === 0 ? [] : [priceScale, haltedMs];
  return `${[barStart, ...numbers, revision, ...facts].join(',')}\n`;
}
