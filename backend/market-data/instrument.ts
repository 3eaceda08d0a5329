import type { Decimal } from './bar.ts';

/** How a ticker may be written: SPY, BRK.B, BTC/USD. */
export const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9./:_-]{0,31}$/;

/** What can be traded. `id` is ours and never changes; the symbol is an attribute, a ticker may be given to another company. */
export type Instrument = {
  readonly id: string;
  readonly symbol: string;
  /** ISO 10383 market identifier; XXXX means no market. */
  readonly mic: string;
  /** Name of its trading calendar: XNYS or 24x7. */
  readonly calendar: string;
  /** The smallest price step. */
  readonly tick: Decimal;
  /** ISO 4217. */
  readonly currency: string;
  /** OpenFIGI identifier, null where it is not known: never invented. */
  readonly figi: string | null;
  readonly assetClass: AssetClass;
};

export const ASSET_CLASSES = ['EQUITY', 'CRYPTO'] as const;
export type AssetClass = (typeof ASSET_CLASSES)[number];
