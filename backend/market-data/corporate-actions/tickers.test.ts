import { describe, expect, it } from 'vitest';
import { recordedInstruments } from '../instruments/bundled.ts';
import { parseActions } from './file.ts';
import { clashes, datedTickers, TickerBook, tickerOn } from './tickers.ts';

const actions = parseActions(
  [
    'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced',
    'QQQ,LISTING,1999-03-10,,,,,',
    'QQQ,SYMBOL_CHANGE,2011-03-23,,,,QQQ,',
    'QQQ,SYMBOL_CHANGE,2004-12-01,,,,QQQQ,',
    'wm-us,DELISTING,2008-09-29,,,,,',
    'IBM,SYMBOL_CHANGE,2009-08-05,,,,WM,',
  ].join('\n'),
  'actions.csv',
  recordedInstruments,
);
const named = (id: string) => {
  const instrument = recordedInstruments.find((one) => one.id === id);
  if (instrument === undefined) throw new Error(`no ${id}`);
  return datedTickers(instrument, actions).map(({ symbol, from, until }) => [symbol, from, until]);
};

describe('the tickers of an instrument', () => {
  it('follow each other from its listing to its delisting, by their dates', () => {
    expect(named('qqq-us')).toEqual([
      ['QQQ', '1999-03-10', '2004-12-01'],
      ['QQQQ', '2004-12-01', '2011-03-23'],
      ['QQQ', '2011-03-23', null],
    ]);
    expect(named('wm-us')).toEqual([['WM', null, '2008-09-29']]);
    expect(named('spy-us')).toEqual([['SPY', null, null]]);
  });

  it('have one for each date, the nearest where there was none', () => {
    const [qqq] = recordedInstruments.filter(({ id }) => id === 'qqq-us');
    const tickers = qqq === undefined ? [] : datedTickers(qqq, actions);
    const dates = ['1990-01-02', '1999-03-10', '2004-11-30', '2004-12-01', '2011-03-22', '2030-01-02'];
    expect(dates.map((date) => tickerOn(tickers, date))).toEqual(['QQQ', 'QQQ', 'QQQ', 'QQQQ', 'QQQQ', 'QQQ']);
    expect(tickerOn([], '2030-01-02')).toBeUndefined();
  });

  it('clash only where two instruments have one at the same time', () => {
    expect(clashes(recordedInstruments.flatMap((one) => datedTickers(one, actions)))).toEqual([]);
    const ticker = { symbol: 'WM', mic: 'XNYS' };
    const first = { ...ticker, instrumentId: 'a', from: null, until: '2008-09-29' };
    expect(clashes([first, { ...ticker, instrumentId: 'b', from: '2008-09-28', until: null }])).toHaveLength(1);
    expect(clashes([first, { ...ticker, instrumentId: 'b', from: '2008-09-29', until: null }])).toEqual([]);
    expect(clashes([first, { ...ticker, instrumentId: 'a', from: '2001-09-29', until: null }])).toEqual([]);
  });
});

describe('a symbol', () => {
  const book = new TickerBook(recordedInstruments, actions);

  it('is whose it was on the date', () => {
    const on = (symbol: string, date: string) => book.on(symbol, () => date)?.id;
    expect(on('WM', '2008-09-26')).toBe('wm-us');
    expect(on('WM', '2008-10-01')).toBeUndefined();
    expect(on('WM', '2009-08-05')).toBe('ibm-us');
    expect(on('QQQQ', '2010-01-04')).toBe('qqq-us');
    expect(on('NONE', '2010-01-04')).toBeUndefined();
  });

  it('needs no date when it was always the same', () => {
    expect(book.always('SPY')?.id).toBe('spy-us');
    expect(book.always('WM')).toBeUndefined();
    expect(book.always('QQQ')).toBeUndefined();
    expect(book.always('NONE')).toBeUndefined();
  });
});
