import type { Decimal } from '../bar.ts';
import { canonicalDecimal } from '../decimal.ts';

export const ACTION_KINDS = ['SPLIT', 'DIVIDEND', 'SYMBOL_CHANGE', 'LISTING', 'DELISTING'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** What happens to an instrument without trading. What its kind does not have is null. */
export type CorporateAction = {
  readonly instrumentId: string;
  readonly kind: ActionKind;
  /** YYYY-MM-DD in its market: the first date on which it trades so; of a delisting the first on which it does not trade. */
  readonly exDate: string;
  /** When the platform could first know it, ms. */
  readonly knownTime: number;
  /** Of a split, new units for old ones: "7:1". */
  readonly ratio: Ratio | null;
  /** Of a dividend, in cash a unit. */
  readonly amount: Decimal | null;
  /** ISO 4217, of the amount. */
  readonly currency: string | null;
  readonly newSymbol: string | null;
};

/** Two canonical decimals above 0 with a colon between them. */
export type Ratio = string;

/** "7:1", or "7" for the same; null when it is neither, or has a zero. */
export function ratioOf(text: string): Ratio | null {
  const [first = '', second = '1', ...more] = text.split(':');
  const [units, old] = [canonicalDecimal(first), canonicalDecimal(second)];
  if (more.length > 0 || units === null || old === null || units === '0' || old === '0') return null;
  return `${units}:${old}`;
}

/**
 * When an action is known of which nobody says when it was announced: at 00:00 UTC of its ex-date, which is before the first trade of that date
 * in every market that we have a calendar of.
 */
export function knownBy(exDate: string): number {
  return Date.parse(exDate);
}
