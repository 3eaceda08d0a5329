import { type CorporateAction, ratioOf } from '../corporate-actions/action.ts';
import type { CorporateAction as AlpacaAction } from './rest/corporate-actions.ts';

type Told = Omit<CorporateAction, 'knownTime'>;

/**
 * What Alpaca tells of a share, in our words; nothing for a share that is not followed. A stock dividend is a split of a little, a spin-off no
 * split: its price falls by what another share is worth, which nobody knows before both have traded.
 */
export function toActions(action: AlpacaAction, instrumentId: string | undefined): Told[] {
  if (instrumentId === undefined) return [];
  const empty = { instrumentId, ratio: null, amount: null, currency: null, newSymbol: null };
  if (action.kind === 'SPLIT') {
    const { exDate, newRate, oldRate, newSymbol } = action;
    const split: Told = { ...empty, kind: 'SPLIT', exDate, ratio: ratioOf(`${newRate}:${oldRate}`) };
    return newSymbol === null ? [split] : [split, { ...empty, kind: 'SYMBOL_CHANGE', exDate, newSymbol }];
  }
  if (action.kind === 'STOCK_DIVIDEND') {
    const ratio = `${plusOne(action.rate)}:1`;
    return [{ ...empty, kind: 'SPLIT', exDate: action.exDate, ratio }];
  }
  if (action.kind === 'CASH_DIVIDEND')
    return [{ ...empty, kind: 'DIVIDEND', exDate: action.exDate, amount: action.rate, currency: 'USD' }];
  if (action.kind === 'SYMBOL_CHANGE')
    return [{ ...empty, kind: 'SYMBOL_CHANGE', exDate: action.processDate, newSymbol: action.newSymbol }];
  if (action.kind === 'REMOVAL') return [{ ...empty, kind: 'DELISTING', exDate: action.processDate }];
  return [];
}

/** Units a unit after a stock dividend. */
function plusOne(rate: string): string {
  const [whole = '0', fraction = ''] = rate.split('.');
  return `${BigInt(whole) + 1n}${fraction === '' ? '' : `.${fraction}`}`;
}
