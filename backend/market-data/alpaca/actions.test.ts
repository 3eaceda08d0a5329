import { expect, it } from 'vitest';
import { toActions } from './actions.ts';
import { corporateActionsPage } from './rest/corporate-actions.ts';

const dates = { id: 'x', process_date: '2020-08-31', ex_date: '2020-08-31' };
const told = (groups: Record<string, readonly object[]>) => {
  const { actions } = corporateActionsPage.parse({ corporate_actions: groups, next_page_token: null });
  return actions.flatMap((action) => toActions(action, action.symbol === 'AAPL' ? 'aapl-us' : undefined));
};
const nothing = { instrumentId: 'aapl-us', ratio: null, amount: null, currency: null, newSymbol: null };

it('takes forward and reverse splits and stock dividends for ratios of new units to old ones', () => {
  const ratios = told({
    forward_splits: [{ ...dates, symbol: 'AAPL', old_rate: 1, new_rate: 4 }],
    reverse_splits: [{ ...dates, symbol: 'AAPL', old_rate: 50, new_rate: 1, new_symbol: 'AAPX' }],
    stock_dividends: [{ ...dates, symbol: 'AAPL', rate: 0.05 }],
  });
  const exDate = '2020-08-31';
  expect(ratios).toEqual([
    { ...nothing, kind: 'SPLIT', exDate, ratio: '4:1' },
    { ...nothing, kind: 'SPLIT', exDate, ratio: '1:50' },
    { ...nothing, kind: 'SYMBOL_CHANGE', exDate, newSymbol: 'AAPX' },
    { ...nothing, kind: 'SPLIT', exDate, ratio: '1.05:1' },
  ]);
});

it('takes dividends, changes of name and removals by their dates', () => {
  const actions = told({
    cash_dividends: [{ ...dates, symbol: 'AAPL', rate: 0.82, special: false, process_date: '2020-09-02' }],
    name_changes: [{ ...dates, old_symbol: 'AAPL', new_symbol: 'APLE' }],
    cash_mergers: [{ ...dates, acquiree_symbol: 'AAPL' }],
    worthless_removals: [{ ...dates, symbol: 'AAPL' }],
  });
  const exDate = '2020-08-31';
  expect(actions).toEqual([
    { ...nothing, kind: 'DIVIDEND', exDate, amount: '0.82', currency: 'USD' },
    { ...nothing, kind: 'SYMBOL_CHANGE', exDate, newSymbol: 'APLE' },
    { ...nothing, kind: 'DELISTING', exDate },
    { ...nothing, kind: 'DELISTING', exDate },
  ]);
});

it('makes nothing of a spin-off, nor of a share that is not followed', () => {
  const spinOff = { ...dates, source_symbol: 'AAPL', source_rate: 1, new_symbol: 'NEW', new_rate: 1 };
  expect(told({ spin_offs: [spinOff] })).toEqual([]);
  expect(told({ forward_splits: [{ ...dates, symbol: 'SPY', old_rate: 1, new_rate: 4 }] })).toEqual([]);
});
