/**
 * The frames that Alpaca's documentation shows, and what each means in our terms.
 * https://docs.alpaca.markets/docs/real-time-stock-pricing-data, one section a message; the control messages:
 * https://docs.alpaca.markets/docs/streaming-market-data
 */
type Documented = { readonly name: string; readonly frame: string; readonly means: readonly object[] };

const bar = {
  barStart: Date.parse('2021-02-22T19:15:00Z'),
  open: '388.985',
  high: '389.13',
  low: '388.975',
  close: '389.12',
  volume: '49378',
};

const marks = (symbol: string, tape: string, instant: string, nanos = 0) => {
  return { symbol, tape, time: Date.parse(instant), nanos };
};

export const documented: readonly Documented[] = [
  {
    name: 'trade',
    frame:
      '[{"T":"t","i":96921,"S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"}]',
    means: [
      {
        kind: 'TRADE',
        ...marks('AAPL', 'C', '2021-02-22T15:51:44.208Z'),
        id: '96921',
        exchange: 'D',
        price: '126.55',
        size: '1',
        conditions: ['@', 'I'],
      },
    ],
  },
  {
    name: 'quote',
    frame:
      '[{"T":"q","S":"AMD","bx":"U","bp":87.66,"bs":1,"ax":"Q","ap":87.68,"as":4,"t":"2021-02-22T15:51:45.335689322Z","c":["R"],"z":"C"}]',
    means: [
      {
        kind: 'QUOTE',
        ...marks('AMD', 'C', '2021-02-22T15:51:45.335Z', 689_322),
        bid: { exchange: 'U', price: '87.66', size: '1' },
        ask: { exchange: 'Q', price: '87.68', size: '4' },
        conditions: ['R'],
      },
    ],
  },
  {
    name: 'minute bar',
    frame:
      '[{"T":"b","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,"vw":389.062639,"t":"2021-02-22T19:15:00Z"}]',
    means: [{ kind: 'BAR', symbol: 'SPY', ...bar, vwap: '389.062639', tradeCount: 461 }],
  },
  {
    name: 'updated bar',
    frame:
      '[{"T":"u","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":49378,"n":461,"vw":389.062639,"t":"2021-02-22T19:15:00Z"}]',
    means: [{ kind: 'UPDATED_BAR', symbol: 'SPY', ...bar, vwap: '389.062639', tradeCount: 461 }],
  },
  {
    // The older page, https://alpaca.markets/docs/api-references/market-data-api/stock-pricing-data/realtime/, has neither n nor vw.
    name: 'daily bar',
    frame: '[{"T":"d","S":"SPY","o":388.985,"h":389.13,"l":388.975,"c":389.12,"v":749378,"t":"2021-02-16T04:00:00Z"}]',
    means: [
      {
        kind: 'DAILY_BAR',
        symbol: 'SPY',
        ...bar,
        barStart: Date.parse('2021-02-16T04:00:00Z'),
        volume: '749378',
        vwap: null,
        tradeCount: null,
      },
    ],
  },
  {
    name: 'trade correction',
    frame:
      '[{"T":"c","S":"EEM","x":"M","oi":52983525033527,"op":39.1582,"os":440000,"oc":[" ","7"],"ci":52983525034326,"cp":39.1809,"cs":440000,"cc":[" ","7"],"z":"B","t":"2023-04-06T14:25:06.542305024Z"}]',
    means: [
      {
        kind: 'CORRECTION',
        ...marks('EEM', 'B', '2023-04-06T14:25:06.542Z', 305_024),
        exchange: 'M',
        original: { id: '52983525033527', price: '39.1582', size: '440000', conditions: [' ', '7'] },
        corrected: { id: '52983525034326', price: '39.1809', size: '440000', conditions: [' ', '7'] },
      },
    ],
  },
  {
    name: 'trade cancel',
    frame:
      '[{"T":"x","S":"GOOGL","i":465,"x":"D","p":105.31,"s":300,"a":"C","z":"C","t":"2023-04-06T13:15:42.83540958Z"}]',
    means: [
      {
        kind: 'CANCEL_ERROR',
        ...marks('GOOGL', 'C', '2023-04-06T13:15:42.835Z', 409_580),
        exchange: 'D',
        id: '465',
        price: '105.31',
        size: '300',
        action: 'C',
      },
    ],
  },
  {
    name: 'limit up - limit down',
    frame: '[{"T":"l","S":"IONM","u":3.24,"d":2.65,"i":"B","t":"2023-04-06T13:34:45.565004401Z","z":"C"}]',
    means: [
      {
        kind: 'LULD',
        ...marks('IONM', 'C', '2023-04-06T13:34:45.565Z', 4_401),
        limitUp: '3.24',
        limitDown: '2.65',
        indicator: 'B',
      },
    ],
  },
  {
    name: 'trading status',
    frame:
      '[{"T":"s","S":"AAPL","sc":"H","sm":"Trading Halt","rc":"T12","rm":"Trading Halted; For information requested by NASDAQ","t":"2021-02-22T19:15:00Z","z":"C"}]',
    means: [
      {
        kind: 'STATUS',
        ...marks('AAPL', 'C', '2021-02-22T19:15:00Z'),
        statusCode: 'H',
        statusMessage: 'Trading Halt',
        reasonCode: 'T12',
        reasonMessage: 'Trading Halted; For information requested by NASDAQ',
        trading: 'HALTED',
      },
    ],
  },
  {
    name: 'order imbalance',
    frame: '[{"T":"i","S":"INAQU","p":9.12,"z":"C","t":"2024-12-13T19:58:09.242138635Z"}]',
    means: [{ kind: 'IMBALANCE', ...marks('INAQU', 'C', '2024-12-13T19:58:09.242Z', 138_635), price: '9.12' }],
  },
  {
    name: 'greeting',
    frame: '[{"T":"success","msg":"connected"}]',
    means: [{ kind: 'SUCCESS', text: 'connected' }],
  },
  {
    name: 'answer to right keys',
    frame: '[{"T":"success","msg":"authenticated"}]',
    means: [{ kind: 'SUCCESS', text: 'authenticated' }],
  },
  {
    name: 'answer to a subscription',
    frame:
      '[{"T":"subscription","trades":["AAPL"],"quotes":["AMD","CLDR"],"bars":["*"],"updatedBars":[],"dailyBars":["VOO"],"statuses":["*"],"lulds":[],"corrections":["AAPL"],"cancelErrors":["AAPL"]}]',
    means: [
      {
        kind: 'SUBSCRIPTION',
        subscription: {
          trades: ['AAPL'],
          quotes: ['AMD', 'CLDR'],
          bars: ['*'],
          updatedBars: [],
          dailyBars: ['VOO'],
          statuses: ['*'],
          lulds: [],
          corrections: ['AAPL'],
          cancelErrors: ['AAPL'],
          imbalances: [],
        },
      },
    ],
  },
  {
    name: 'several trades',
    frame:
      '[{"T":"t","S":"AAPL","i":628,"x":"K","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C","t":"2023-04-06T11:54:26.838232225Z"},{"T":"t","S":"AAPL","i":75,"x":"Z","p":162.92,"s":3,"c":["@","F","T","I"],"z":"C","t":"2023-04-06T11:54:26.838562809Z"}]',
    means: [
      { kind: 'TRADE', id: '628', nanos: 232_225 },
      { kind: 'TRADE', id: '75', nanos: 562_809 },
    ],
  },
];

/** Every error that a page shows, with what it says. The pages of 408, and of 411 to 413, are named in protocol/errors.ts. */
export const documentedErrors: readonly string[] = [
  '[{"T":"error","code":400,"msg":"invalid syntax"}]',
  '[{"T":"error","code":401,"msg":"not authenticated"}]',
  '[{"T":"error","code":402,"msg":"auth failed"}]',
  '[{"T":"error","code":403,"msg":"already authenticated"}]',
  '[{"T":"error","code":404,"msg":"auth timeout"}]',
  '[{"T":"error","code":405,"msg":"symbol limit exceeded"}]',
  '[{"T":"error","code":406,"msg":"connection limit exceeded"}]',
  '[{"T":"error","code":407,"msg":"slow client"}]',
  '[{"T":"error","code":408,"msg":"v2 not enabled"}]',
  '[{"T":"error","code":409,"msg":"insufficient subscription"}]',
  '[{"T":"error","code":410,"msg":"invalid subscribe action for this feed"}]',
  '[{"T":"error","code":411,"msg":"insufficient scope"}]',
  '[{"T":"error","code":412,"msg":"option messages are only available in MsgPack format"}]',
  '[{"T":"error","code":413,"msg":"star subscription is not allowed for option quotes"}]',
  '[{"T":"error","code":500,"msg":"internal error"}]',
];
