import { describe, expect, it } from 'vitest';
import { recordedInstruments } from '../instruments/bundled.ts';
import { parseActions, readActions } from './file.ts';

const HEADER = 'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced';
const read = (...lines: string[]) => parseActions([HEADER, ...lines].join('\n'), 'actions.csv', recordedInstruments);

describe('a corporate-action file', () => {
  it('gives an action a line, of an instrument by its symbol or its id', () => {
    const nothing = { ratio: null, amount: null, currency: null, newSymbol: null };
    expect(
      read(
        'AAPL,SPLIT,2014-06-09,7:1,,,,2014-04-23T20:30:00Z',
        'aapl-us,DIVIDEND,2014-05-08,,3.290,USD,,',
        'QQQ,SYMBOL_CHANGE,2004-12-01,,,,QQQQ,',
        'wm-us,DELISTING,2008-09-29,,,,,',
        'EEM,LISTING,2003-04-11,,,,,',
      ),
    ).toEqual([
      {
        ...nothing,
        instrumentId: 'aapl-us',
        kind: 'SPLIT',
        exDate: '2014-06-09',
        ratio: '7:1',
        knownTime: Date.parse('2014-04-23T20:30:00Z'),
      },
      {
        ...nothing,
        instrumentId: 'aapl-us',
        kind: 'DIVIDEND',
        exDate: '2014-05-08',
        amount: '3.29',
        currency: 'USD',
        knownTime: Date.parse('2014-05-08T00:00:00Z'),
      },
      {
        ...nothing,
        instrumentId: 'qqq-us',
        kind: 'SYMBOL_CHANGE',
        exDate: '2004-12-01',
        newSymbol: 'QQQQ',
        knownTime: Date.parse('2004-12-01T00:00:00Z'),
      },
      {
        ...nothing,
        instrumentId: 'wm-us',
        kind: 'DELISTING',
        exDate: '2008-09-29',
        knownTime: Date.parse('2008-09-29'),
      },
      {
        ...nothing,
        instrumentId: 'eem-us',
        kind: 'LISTING',
        exDate: '2003-04-11',
        knownTime: Date.parse('2003-04-11'),
      },
    ]);
  });

  it('takes a ratio as new units for old ones, or as a number', () => {
    const ratios = ['7:1', '3:2', '1:8', '0.125', '1.0027455', '07.50:1.0'].map(
      (ratio, day) => read(`AAPL,SPLIT,2014-06-0${day + 1},${ratio},,,,`)[0]?.ratio,
    );
    expect(ratios).toEqual(['7:1', '3:2', '1:8', '0.125:1', '1.0027455:1', '7.5:1']);
  });

  it('tells every mistake with its line and field', () => {
    expect(() =>
      read(
        'NONE,SPLIT,2014-06-09,7:1,,,,',
        'AAPL,MERGER,2014-06-09,,,,,',
        'AAPL,SPLIT,2014-06-31,7:0,,,,yesterday',
        'AAPL,SPLIT,2014-06-09,,,,,',
        'AAPL,DIVIDEND,2014-06-09,7:1,0.5,,,',
        'AAPL,SYMBOL_CHANGE,2014-06-09,,-1,XXL,A B,',
        'AAPL,SPLIT',
      ),
    ).toThrow(
      [
        'actions.csv line 2: instrument is "NONE", expected the id or the symbol of a known instrument',
        'actions.csv line 3: kind is "MERGER", expected one of SPLIT, DIVIDEND, SYMBOL_CHANGE, LISTING, DELISTING',
        'actions.csv line 4: ex_date is "2014-06-31", expected a date such as 2014-06-09',
        'actions.csv line 4: ratio is "7:0", expected nothing, or new units for old ones, such as 7:1 or 0.1',
        'actions.csv line 4: announced is "yesterday", expected nothing, or a UTC time such as 2014-04-23T20:30:00Z',
        'actions.csv line 5: ratio is "", expected a value because kind is SPLIT',
        'actions.csv line 6: ratio is "7:1", expected nothing because kind is DIVIDEND',
        'actions.csv line 6: currency is "", expected a value because kind is DIVIDEND',
        'actions.csv line 7: amount is "-1", expected nothing, or an amount a unit, such as 0.47',
        'actions.csv line 7: currency is "XXL", expected nothing, or an ISO 4217 code such as USD',
        'actions.csv line 7: new_symbol is "A B", expected nothing, or a ticker: at most 32 letters, digits and "./:_-"',
        `actions.csv line 8: it has 2 fields, expected the 8 of ${HEADER}`,
      ].join('\n'),
    );
  });

  it('may tell a thing once, and give a ticker to one instrument at a time', () => {
    expect(() => read('AAPL,SPLIT,2014-06-09,7:1,,,,', 'aapl-us,SPLIT,2014-06-09,4:1,,,,')).toThrow(
      'actions.csv line 3: it is a second SPLIT of aapl-us beside that of line 2, expected one',
    );
    expect(() => read('AAPL,SYMBOL_CHANGE,2014-06-09,,,,SPY,')).toThrow(
      'actions.csv: ticker SPY would be of aapl-us and of spy-us from 2014-06-09 on, expected one instrument at a time',
    );
    expect(read('AAPL,SYMBOL_CHANGE,2014-06-09,,,,SPY,', 'SPY,DELISTING,2014-06-09,,,,,')).toHaveLength(2);
  });

  it('has its header and a line, and can be read', async () => {
    expect(() => parseActions('symbol,kind', 'a.csv', [])).toThrow(
      `a.csv line 1: header is "symbol,kind", expected ${HEADER}`,
    );
    expect(() => parseActions(HEADER, 'a.csv', [])).toThrow(
      'a.csv has no line after its header, expected one for each corporate action',
    );
    await expect(readActions('/nowhere/a.csv', [])).rejects.toThrow(
      '--actions is "/nowhere/a.csv", expected a file that exists',
    );
  });
});
