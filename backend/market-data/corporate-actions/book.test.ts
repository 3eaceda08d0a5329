import { describe, expect, it } from 'vitest';
import { recordedInstruments } from '../instruments/bundled.ts';
import { type CorporateAction, knownBy } from './action.ts';
import { ActionBook } from './book.ts';

const split = (exDate: string, ratio: string, knownTime = knownBy(exDate)): CorporateAction => {
  const nothing = { amount: null, currency: null, newSymbol: null };
  return { instrumentId: 'aapl-us', kind: 'SPLIT', exDate, knownTime, ratio, ...nothing };
};
const at = (time: string) => ({ instrumentId: 'aapl-us', barStart: Date.parse(time) });
const scale = (book: ActionBook, time: string, known = time) => book.scaleOf(at(time), Date.parse(known));

describe('the scale of a bar', () => {
  const book = new ActionBook(recordedInstruments, [split('2014-06-09', '7:1'), split('2013-02-28', '2:1')]);

  it('is the product of the splits from whose ex-dates on it was traded, in the time of its market', () => {
    expect(scale(book, '2013-02-27T21:00:00Z')).toBe('1');
    expect(scale(book, '2013-02-28T09:00:00Z')).toBe('2');
    // 19:30 of Friday in New York, 04:00 of Monday.
    expect(scale(book, '2014-06-06T23:30:00Z')).toBe('2');
    expect(scale(book, '2014-06-09T08:00:00Z')).toBe('14');
    expect(scale(book, '2020-01-02T15:00:00Z')).toBe('14');
  });

  it('is 1 for who was never split', () => {
    expect(book.scaleOf({ ...at('2020-01-02T15:00:00Z'), instrumentId: 'spy-us' }, 0)).toBe('1');
    expect(new ActionBook([]).scaleOf(at('2020-01-02T15:00:00Z'), 0)).toBe('1');
  });

  it('goes by what was known with the bar', () => {
    const late = new ActionBook(recordedInstruments, [split('2014-06-09', '7:1', Date.parse('2014-06-09T15:00:00Z'))]);
    expect(scale(late, '2014-06-09T14:59:00Z')).toBe('1');
    expect(scale(late, '2014-06-09T15:00:00Z')).toBe('7');
    expect(scale(late, '2014-06-09T14:00:00Z', '2014-06-10T14:00:00Z')).toBe('7');
    expect(scale(late, '2014-06-06T14:00:00Z', '2014-06-10T14:00:00Z')).toBe('1');
  });

  it('takes what was told later of the same date for a correction', () => {
    const corrected = new ActionBook(recordedInstruments, [
      split('2014-06-09', '7:1'),
      split('2014-06-09', '6:1', Date.parse('2014-06-10T00:00:00Z')),
    ]);
    expect(scale(corrected, '2014-06-09T14:00:00Z')).toBe('7');
    expect(scale(corrected, '2014-06-10T14:00:00Z')).toBe('6');
  });

  it('is exact where it can be, over splits and their reverse', () => {
    const ratios = new ActionBook(recordedInstruments, [split('2014-01-02', '3:1'), split('2015-01-02', '1:3')]);
    expect(scale(ratios, '2016-01-04T15:00:00Z')).toBe('1');
    expect(scale(new ActionBook(recordedInstruments, [split('2014-01-02', '1:3')]), '2016-01-04T15:00:00Z')).toBe(
      '0.333333333333333333',
    );
    expect(scale(new ActionBook(recordedInstruments, [split('2014-01-02', '1.5:0.5')]), '2016-01-04T15:00:00Z')).toBe(
      '3',
    );
  });
});

describe('a book', () => {
  it('learns a thing once, and nothing of strangers', () => {
    const book = new ActionBook(recordedInstruments);
    const [first, again] = [split('2014-06-09', '7:1'), split('2014-06-09', '7:1', 0)];
    expect(book.learn([first, { ...first, instrumentId: 'nobody' }])).toEqual([first]);
    expect(book.learn([again, split('2020-08-31', '4:1')])).toEqual([split('2020-08-31', '4:1')]);
    expect(scale(book, '2021-01-04T15:00:00Z')).toBe('28');
  });

  it('objects to bars from a delisting on', () => {
    const book = new ActionBook(recordedInstruments, [
      { ...split('2014-06-09', '7:1'), kind: 'DELISTING', ratio: null },
    ]);
    expect(book.objection(at('2014-06-06T19:59:00Z'))).toBeNull();
    expect(book.objection(at('2014-06-09T13:30:00Z'))).toBe(
      'aapl-us was delisted on 2014-06-09, expected no bar from then on',
    );
    expect(book.objection({ ...at('2014-06-09T13:30:00Z'), instrumentId: 'spy-us' })).toBeNull();
  });
});
