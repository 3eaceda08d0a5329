import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { mistakeOf } from '../../venue/fields.ts';
import { decodeJson } from '../../venue/values.ts';
import { assetsAnswer, barsPage, calendarAnswer, clockAnswer } from './answers.ts';
import { corporateActionsPage } from './corporate-actions.ts';

// The examples of the reference, https://docs.alpaca.markets/reference/<page>.
const read = <Value>(schema: z.ZodType<Value>, content: unknown) => {
  const { success, data, error } = schema.safeParse(decodeJson(JSON.stringify(content)), { reportInput: true });
  return success ? data : mistakeOf(error);
};
const documentedBar = {
  t: '2022-01-03T09:00:00Z',
  o: 178.26,
  h: 178.26,
  l: 178.21,
  c: 178.21,
  v: 1118,
  n: 65,
  vw: 178.235733,
};

describe('a page of bars (stockbars)', () => {
  const bars = (content: unknown, next: unknown = null) => read(barsPage, { bars: content, next_page_token: next });

  it('is read as documented', () => {
    expect(bars({ AAPL: [documentedBar] }, 'more')).toEqual({
      bars: [
        {
          symbol: 'AAPL',
          barStart: Date.parse('2022-01-03T09:00:00Z'),
          open: '178.26',
          high: '178.26',
          low: '178.21',
          close: '178.21',
          volume: '1118',
          vwap: '178.235733',
          tradeCount: 65,
        },
      ],
      nextPageToken: 'more',
    });
  });

  it('may be empty', () => {
    expect(bars({})).toEqual({ bars: [], nextPageToken: null });
    expect(bars(null)).toEqual({ bars: [], nextPageToken: null });
  });

  it.each([
    [
      { AAPL: [documentedBar, { ...documentedBar, o: 'high' }] },
      'bars.AAPL.1.o is "high", expected a positive decimal number',
    ],
    [{ AAPL: [{ ...documentedBar, t: 5 }] }, 'bars.AAPL.0.t is "5", expected an instant of whole milliseconds'],
    [{ AAPL: 'none' }, 'bars.AAPL is "none", expected a list of bars'],
    [[], 'bars is "[]", expected lists of bars by symbol'],
  ])('names the field that is wrong: %j', (content, sentence) => {
    expect(bars(content)).toMatchObject({ sentence: expect.stringContaining(sentence) });
  });

  it('must say whether it is the last', () => {
    expect(read(barsPage, { bars: {} })).toMatchObject({ field: 'next_page_token' });
    expect(read(barsPage, 'no')).toMatchObject({ sentence: 'it is "no", expected an object' });
  });
});

describe('the clock (legacyclock)', () => {
  it('is read as documented', () => {
    const documented = {
      is_open: true,
      next_close: '2025-06-24T16:00:00-04:00',
      next_open: '2025-06-25T09:30:00-04:00',
      timestamp: '2025-06-24T14:15:22-04:00',
    };
    expect(read(clockAnswer, documented)).toEqual({
      time: Date.parse('2025-06-24T18:15:22Z'),
      isOpen: true,
      nextOpen: Date.parse('2025-06-25T13:30:00Z'),
      nextClose: Date.parse('2025-06-24T20:00:00Z'),
    });
  });
});

describe('the calendar (legacycalendar)', () => {
  it('is read as documented', () => {
    const day = {
      date: '2025-01-02',
      open: '09:30',
      close: '16:00',
      session_open: '0400',
      session_close: '2000',
      settlement_date: '2025-01-03',
    };
    expect(read(calendarAnswer, [day])).toEqual([{ sessionDate: '2025-01-02', open: '09:30', close: '16:00' }]);
    expect(read(calendarAnswer, [{ ...day, date: '2025-02-30' }])).toMatchObject({ field: '0.date' });
  });
});

describe('assets (get-v2-assets-1)', () => {
  it('are read as documented', () => {
    const documented = {
      id: 'b0b6dd9d-8b9b-48a9-ba46-b9d54906e415',
      class: 'us_equity',
      exchange: 'NASDAQ',
      symbol: 'AAPL',
      name: 'Apple Inc. Common Stock',
      status: 'active',
      tradable: true,
      marginable: true,
      shortable: true,
      easy_to_borrow: true,
      fractionable: true,
    };
    expect(read(assetsAnswer, [documented])).toEqual([
      {
        id: documented.id,
        symbol: 'AAPL',
        name: documented.name,
        exchange: 'NASDAQ',
        assetClass: 'us_equity',
        status: 'active',
        tradable: true,
      },
    ]);
  });
});

describe('corporate actions (corporateactions-1)', () => {
  const page = (corporate_actions: unknown) => read(corporateActionsPage, { corporate_actions, next_page_token: null });
  const documented = {
    forward_splits: {
      cusip: '816851109',
      due_bill_redemption_date: '2023-08-23',
      ex_date: '2023-08-22',
      id: '189bd849-ab9f-4b4d-aaaa-a6d415fd976d',
      new_rate: 2,
      old_rate: 1,
      payable_date: '2023-08-21',
      process_date: '2023-08-22',
      record_date: '2023-08-14',
      symbol: 'SRE',
    },
    reverse_splits: {
      ex_date: '2023-08-24',
      id: '913de862-c02c-46dc-a89c-fc8779a50d30',
      new_cusip: '60879E200',
      new_rate: 1,
      old_cusip: '60879E101',
      old_rate: 50,
      process_date: '2023-08-24',
      record_date: '2023-08-24',
      symbol: 'MNTS',
    },
    stock_dividends: {
      cusip: '605015106',
      ex_date: '2023-05-19',
      id: '3ae94c30-2d37-473a-bf29-5f7b4ab6d3ca',
      payable_date: '2023-05-05',
      process_date: '2023-05-19',
      rate: 0.05,
      record_date: '2023-05-22',
      symbol: 'MSBC',
    },
    cash_dividends: {
      cusip: '319829107',
      ex_date: '2023-05-04',
      foreign: false,
      id: '11cfd108-292e-4cc6-bfbf-5999cdbc4029',
      payable_date: '2023-05-19',
      process_date: '2023-05-19',
      rate: 0.125,
      record_date: '2023-05-05',
      special: false,
      symbol: 'FCF',
    },
    spin_offs: {
      ex_date: '2023-08-15',
      id: '82e602f6-35bc-4651-a5dd-f6d88ff37c55',
      new_cusip: '85237B101',
      new_rate: 1,
      new_symbol: 'SRM',
      process_date: '2023-08-15',
      record_date: '2023-08-15',
      source_rate: 19.35,
      source_cusip: '48208F105',
      source_symbol: 'JUPW',
    },
    name_changes: {
      id: '5a774c35-edec-4532-a812-a56d0bbb623a',
      new_cusip: 'Y9390M103',
      new_symbol: 'VFS',
      old_cusip: 'G11537100',
      old_symbol: 'BSAQ',
      process_date: '2023-08-15',
    },
    cash_mergers: {
      acquiree_cusip: 'Y2687W108',
      acquiree_symbol: 'GLOP',
      effective_date: '2023-07-17',
      id: '3772bbd7-4ad5-44d4-9cc0-f69156a2f8f5',
      payable_date: '2023-07-17',
      process_date: '2023-07-17',
      rate: 5.37,
    },
    stock_mergers: {
      acquiree_cusip: '53223X107',
      acquiree_rate: 1,
      acquiree_symbol: 'LSI',
      acquirer_cusip: '30225T102',
      acquirer_rate: 0.895,
      acquirer_symbol: 'EXR',
      effective_date: '2023-07-20',
      id: '728f8cb2-a00e-4bc7-ad14-d15fe82bbcff',
      payable_date: '2023-07-20',
      process_date: '2023-07-20',
    },
    stock_and_cash_mergers: {
      acquiree_cusip: '561409103',
      acquiree_rate: 1,
      acquiree_symbol: 'MLVF',
      acquirer_cusip: '31931U102',
      acquirer_rate: 0.7733,
      acquirer_symbol: 'FRBA',
      cash_rate: 7.8,
      effective_date: '2023-07-18',
      id: 'e5248356-2c06-42cf-aeb9-1595bd616cdb',
      payable_date: '2023-07-18',
      process_date: '2023-07-18',
    },
    redemptions: {
      cusip: '687305102',
      id: '395da031-0e57-4918-a6fb-64a7c713aca4',
      payable_date: '2023-06-13',
      process_date: '2023-06-13',
      rate: 0.141134,
      symbol: 'ORPHY',
    },
    worthless_removals: {
      cusip: '078771300',
      id: '106c2149-ee04-4d2e-a943-98dbb4d21a3c',
      symbol: 'BLPH',
      process_date: '2024-12-19',
    },
  };

  it.each([
    [
      'forward_splits',
      { kind: 'SPLIT', symbol: 'SRE', newSymbol: null, exDate: '2023-08-22', oldRate: '1', newRate: '2' },
    ],
    [
      'reverse_splits',
      { kind: 'SPLIT', symbol: 'MNTS', newSymbol: null, exDate: '2023-08-24', oldRate: '50', newRate: '1' },
    ],
    ['stock_dividends', { kind: 'STOCK_DIVIDEND', symbol: 'MSBC', exDate: '2023-05-19', rate: '0.05' }],
    ['cash_dividends', { kind: 'CASH_DIVIDEND', symbol: 'FCF', exDate: '2023-05-04', rate: '0.125', special: false }],
    [
      'spin_offs',
      { kind: 'SPIN_OFF', symbol: 'JUPW', exDate: '2023-08-15', sourceRate: '19.35', newSymbol: 'SRM', newRate: '1' },
    ],
    ['name_changes', { kind: 'SYMBOL_CHANGE', symbol: 'BSAQ', newSymbol: 'VFS' }],
    ['cash_mergers', { kind: 'REMOVAL', symbol: 'GLOP', cause: 'MERGER' }],
    ['stock_mergers', { kind: 'REMOVAL', symbol: 'LSI', cause: 'MERGER' }],
    ['stock_and_cash_mergers', { kind: 'REMOVAL', symbol: 'MLVF', cause: 'MERGER' }],
    ['redemptions', { kind: 'REMOVAL', symbol: 'ORPHY', cause: 'REDEMPTION' }],
    ['worthless_removals', { kind: 'REMOVAL', symbol: 'BLPH', cause: 'WORTHLESS' }],
  ] as const)('are read as documented: %s', (group, action) => {
    const { id, process_date: processDate } = documented[group];
    expect(page({ [group]: [documented[group]] })).toEqual({
      actions: [{ id, processDate, ...action }],
      ignored: {},
      nextPageToken: null,
    });
  });

  it('of other kinds are counted', () => {
    expect(page({ rights_distributions: [{}, {}], forward_splits: [] })).toMatchObject({
      actions: [],
      ignored: { rights_distributions: 2 },
    });
  });

  it('name the field that is wrong', () => {
    const wrong = { ...documented.forward_splits, new_rate: -2 };
    expect(page({ forward_splits: [documented.forward_splits, wrong] })).toEqual({
      field: 'corporate_actions.forward_splits.1.new_rate',
      sentence: 'corporate_actions.forward_splits.1.new_rate is "-2", expected a positive decimal number',
    });
  });

  it('tell a ticker that a split changes', () => {
    const split = { ...documented.reverse_splits, new_symbol: 'MNTSD' };
    expect(page({ reverse_splits: [split] })).toMatchObject({ actions: [{ newSymbol: 'MNTSD' }] });
    expect(page({ reverse_splits: [{ ...split, new_symbol: '' }] })).toMatchObject({ actions: [{ newSymbol: null }] });
  });
});
