/**
 * What a status code says about trading, over both families of tapes, whose codes do not overlap.
 * A quotation resumption (Q) is not yet a trading resumption; codes that are not here change nothing.
 * https://docs.alpaca.markets/docs/real-time-stock-pricing-data#status-codes
 */
const TRADING: Readonly<Record<string, 'HALTED' | 'TRADING'>> = {
  // Tapes A and B (CTA).
  '2': 'HALTED',
  '3': 'TRADING',
  // Tapes C and O (UTP).
  H: 'HALTED',
  P: 'HALTED',
  T: 'TRADING',
};

/** Null when the code leaves trading as it was. */
export function tradingAfter(statusCode: string): 'HALTED' | 'TRADING' | null {
  return TRADING[statusCode] ?? null;
}
