import type { Instrument } from '../instrument.ts';

/**
 * What is known without an --instruments file. FIGIs are left open: we have looked none up, and none is invented.
 * ISO 10383: XNYS New York Stock Exchange, ARCX NYSE Arca, XNAS Nasdaq, XXXX no market.
 */
export const recordedInstruments: readonly Instrument[] = [
  equity('aapl-us', 'AAPL', 'XNAS'),
  equity('aig-us', 'AIG', 'XNYS'),
  equity('bac-us', 'BAC', 'XNYS'),
  equity('eem-us', 'EEM', 'ARCX'),
  equity('goog-us', 'GOOG', 'XNAS'),
  equity('ibm-us', 'IBM', 'XNYS'),
  equity('iwm-us', 'IWM', 'ARCX'),
  equity('qqq-us', 'QQQ', 'XNAS'),
  equity('spy-us', 'SPY', 'ARCX'),
  equity('uso-us', 'USO', 'ARCX'),
  equity('wm-us', 'WM', 'XNYS'),
  coin('btc-usd', 'BTCUSD'),
  coin('eth-usd', 'ETHUSD'),
  coin('ltc-usd', 'LTCUSD'),
];

/** The invented companies of the simulated feed: no market lists them, and their symbols say so. */
export const simulatedInstruments: readonly Instrument[] = [
  equity('sim-a', 'SIMA', 'XXXX'),
  equity('sim-b', 'SIMB', 'XXXX'),
  equity('sim-c', 'SIMC', 'XXXX'),
  equity('sim-d', 'SIMD', 'XXXX'),
  equity('sim-e', 'SIME', 'XXXX'),
  equity('sim-f', 'SIMF', 'XXXX'),
  equity('sim-g', 'SIMG', 'XXXX'),
  equity('sim-h', 'SIMH', 'XXXX'),
];

function equity(id: string, symbol: string, mic: string): Instrument {
  return { id, symbol, mic, calendar: 'XNYS', tick: '0.01', currency: 'USD', figi: null, assetClass: 'EQUITY' };
}

function coin(id: string, symbol: string): Instrument {
  return { id, symbol, mic: 'XXXX', calendar: '24x7', tick: '0.01', currency: 'USD', figi: null, assetClass: 'CRYPTO' };
}
