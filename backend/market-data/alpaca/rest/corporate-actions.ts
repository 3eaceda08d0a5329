import { z } from 'zod';
import type { Decimal } from '../../bar.ts';
import { date, flag, object, optional, price, symbol, text } from '../../venue/fields.ts';

/**
 * What happens to a share without trading. Dates are YYYY-MM-DD in New York; rates are decimal texts.
 * https://docs.alpaca.markets/reference/corporateactions-1
 */
export type CorporateAction = { readonly id: string; readonly processDate: string } & (
  | {
      /** `oldRate` shares become `newRate`: 1 and 2 for a forward split of two for one, 50 and 1 for a reverse split. */
      readonly kind: 'SPLIT';
      readonly symbol: string;
      /** Null where the split does not change the ticker. */
      readonly newSymbol: string | null;
      readonly exDate: string;
      readonly oldRate: Decimal;
      readonly newRate: Decimal;
    }
  | { readonly kind: 'STOCK_DIVIDEND'; readonly symbol: string; readonly exDate: string; readonly rate: Decimal }
  | {
      readonly kind: 'CASH_DIVIDEND';
      readonly symbol: string;
      readonly exDate: string;
      readonly rate: Decimal;
      readonly special: boolean;
    }
  | {
      readonly kind: 'SPIN_OFF';
      readonly symbol: string;
      readonly exDate: string;
      readonly sourceRate: Decimal;
      readonly newSymbol: string;
      readonly newRate: Decimal;
    }
  | { readonly kind: 'SYMBOL_CHANGE'; readonly symbol: string; readonly newSymbol: string }
  /** The share is no more: merged, redeemed or worthless. */
  | { readonly kind: 'REMOVAL'; readonly symbol: string; readonly cause: 'MERGER' | 'REDEMPTION' | 'WORTHLESS' }
);

export type CorporateActionsPage = {
  readonly actions: readonly CorporateAction[];
  /** Entries of kinds that change no price and no ticker that we follow, by Alpaca's name of the kind. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly nextPageToken: string | null;
};

const common = { id: text, process_date: date };
const base = (a: { id: string; process_date: string }) => ({ id: a.id, processDate: a.process_date });

const split = object({
  ...common,
  symbol,
  new_symbol: optional(text, ''),
  ex_date: date,
  old_rate: price,
  new_rate: price,
}).transform(
  (a): CorporateAction => ({
    kind: 'SPLIT',
    ...base(a),
    symbol: a.symbol,
    newSymbol: a.new_symbol === '' ? null : a.new_symbol,
    exDate: a.ex_date,
    oldRate: a.old_rate,
    newRate: a.new_rate,
  }),
);
const merger = object({ ...common, acquiree_symbol: symbol }).transform(
  (a): CorporateAction => ({ kind: 'REMOVAL', ...base(a), symbol: a.acquiree_symbol, cause: 'MERGER' }),
);
const removal = (cause: 'REDEMPTION' | 'WORTHLESS') =>
  object({ ...common, symbol }).transform(
    (a): CorporateAction => ({ kind: 'REMOVAL', ...base(a), symbol: a.symbol, cause }),
  );

const KINDS: Readonly<Record<string, z.ZodType<CorporateAction>>> = {
  forward_splits: split,
  reverse_splits: split,
  stock_dividends: object({ ...common, symbol, ex_date: date, rate: price }).transform(
    (a): CorporateAction => ({
      kind: 'STOCK_DIVIDEND',
      ...base(a),
      symbol: a.symbol,
      exDate: a.ex_date,
      rate: a.rate,
    }),
  ),
  cash_dividends: object({ ...common, symbol, ex_date: date, rate: price, special: flag }).transform(
    (a): CorporateAction => ({
      kind: 'CASH_DIVIDEND',
      ...base(a),
      symbol: a.symbol,
      exDate: a.ex_date,
      rate: a.rate,
      special: a.special,
    }),
  ),
  spin_offs: object({
    ...common,
    source_symbol: symbol,
    ex_date: date,
    source_rate: price,
    new_symbol: symbol,
    new_rate: price,
  }).transform(
    (a): CorporateAction => ({
      kind: 'SPIN_OFF',
      ...base(a),
      symbol: a.source_symbol,
      exDate: a.ex_date,
      sourceRate: a.source_rate,
      newSymbol: a.new_symbol,
      newRate: a.new_rate,
    }),
  ),
  name_changes: object({ ...common, old_symbol: symbol, new_symbol: symbol }).transform(
    (a): CorporateAction => ({
      kind: 'SYMBOL_CHANGE',
      ...base(a),
      symbol: a.old_symbol,
      newSymbol: a.new_symbol,
    }),
  ),
  cash_mergers: merger,
  stock_mergers: merger,
  stock_and_cash_mergers: merger,
  redemptions: removal('REDEMPTION'),
  worthless_removals: removal('WORTHLESS'),
};

const groups = z.record(z.string(), z.array(z.unknown(), 'a list of corporate actions'), 'lists of corporate actions');

export const corporateActionsPage = z
  .object({ corporate_actions: groups, next_page_token: z.string('text or null').nullable() }, 'an object')
  .transform((page, context): CorporateActionsPage => {
    const actions: CorporateAction[] = [];
    const ignored: Record<string, number> = {};
    for (const [name, entries] of Object.entries(page.corporate_actions)) {
      const schema = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
      if (schema === undefined) {
        ignored[name] = entries.length;
        continue;
      }
      for (const [index, entry] of entries.entries()) {
        const { success, data, error } = schema.safeParse(entry, { reportInput: true });
        if (success) actions.push(data);
        for (const issue of error?.issues ?? []) {
          context.addIssue({ ...issue, path: ['corporate_actions', name, index, ...issue.path] });
        }
      }
    }
    return { actions, ignored, nextPageToken: page.next_page_token };
  });
