import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceBar } from '../bar.ts';
import { parseActions } from '../corporate-actions/file.ts';
import { recordedInstruments } from '../instruments/bundled.ts';
import type { Timer } from '../pacing.ts';
import { describeSourceContract } from '../source.contract.ts';
import type { SourceBatch } from '../source.ts';
import { type ReplayOptions, type ReplaySource, replaySource } from './replay.ts';

const HEADER = 'symbol,timestamp,open,high,low,close,volume';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
  await writeFile(
    join(folder, 'minutes.csv.gz'),
    gzipSync(text([...minuteRows('SPY'), 'nonsense', ...minuteRows('AIG', '2013-10-07')])),
  );
  await writeFile(join(folder, 'days.csv'), text(['SPY,2012-12-31T05:00:00Z,1,1,1,1,1', ...dayRows()]));
});
afterAll(() => rm(folder, { recursive: true }));

describeSourceContract('a replay of minutes', (speed) => replay('minutes.csv.gz', { speed }));
describeSourceContract('a replay of days', (speed) => replay('days.csv', { speed, timeframe: '1d' }));

describe('a replay', () => {
  it('gives a bar a row, known a second after its end, in the segment of the calendar', async () => {
    const { bars } = await readAll(
      await written([
        'SPY,2013-10-04T08:06:00Z,167.65,167.65,167.65,167.65,20000',
        'BAC,2013-10-04T13:30:00Z,14.1,14.2,14.05,14.15,800',
        'SPY,2013-10-04T13:30:00Z,167.7,167.9,167.6,167.8,1000',
        'SPY,2013-10-04T20:00:00Z,168,168,168,168,500',
        'SPY,2013-10-05T13:30:00Z,168,168,168,168,500',
      ]),
    );
    expect(bars[0]).toEqual({
      instrumentId: 'spy-us',
      timeframe: '1m',
      barStart: Date.parse('2013-10-04T08:06:00Z'),
      barEnd: Date.parse('2013-10-04T08:07:00Z'),
      knownTime: Date.parse('2013-10-04T08:07:01Z'),
      segment: 'PRE',
      open: '167.65',
      high: '167.65',
      low: '167.65',
      close: '167.65',
      volume: '20000',
    });
    expect(bars.map(({ segment }) => segment)).toEqual(['PRE', 'REGULAR', 'REGULAR', 'POST', 'CLOSED']);
    expect(bars.map(({ instrumentId }) => instrumentId)).toEqual(['spy-us', 'bac-us', 'spy-us', 'spy-us', 'spy-us']);
  });

  describe('with corporate actions', () => {
    const actions = parseActions(
      [
        'instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced',
        'AAPL,SPLIT,2014-06-09,7:1,,,,',
        'AAPL,SPLIT,2020-08-31,4:1,,,,2020-09-01T21:00:00Z',
        'WM,DELISTING,2015-01-05,,,,,',
        'AIG,SYMBOL_CHANGE,2016-01-04,,,,WM,',
        'SPY,DIVIDEND,2014-06-20,,0.94,USD,,',
      ].join('\n'),
      'actions.csv',
      recordedInstruments,
    );
    const row = (symbol: string, date: string, close: string) =>
      `${symbol},${date}T12:00:00Z,${close},${close},${close},${close},700`;
    const daily = async (...rows: string[]) => {
      const source = replay(await file(text(rows)), { timeframe: '1d', actions });
      const bars: SourceBar[] = [];
      const refused: string[] = [];
      for await (const batch of source.batches({ signal: new AbortController().signal })) {
        bars.push(...batch.bars);
        refused.push(...batch.quarantined.map(({ line, reason }) => `${line}: ${reason}`));
      }
      return { source, bars, refused };
    };

    it('gives each bar the scale of the splits that were known with it, and leaves its prices', async () => {
      const days = ['2014-06-06', '2014-06-09', '2020-08-28', '2020-08-31', '2020-09-01', '2020-09-02'];
      const { bars } = await daily(...days.map((day) => row('AAPL', day, '93.7')));
      expect(bars.map(({ priceScale }) => priceScale)).toEqual([undefined, '7', '7', '7', '7', '28']);
      expect(new Set(bars.map(({ close, volume }) => `${close} ${volume}`))).toEqual(new Set(['93.7 700']));
    });

    it('means by a symbol who had it on that day, and refuses bars of a day when nobody had it', async () => {
      const { bars, refused } = await daily(
        row('WM', '2015-01-02', '51'),
        row('WM', '2015-01-05', '52'),
        row('AIG', '2015-12-31', '60'),
        row('AIG', '2016-01-04', '61'),
        row('WM', '2016-01-04', '61'),
      );
      expect(bars.map(({ instrumentId, close }) => `${instrumentId} ${close}`)).toEqual([
        'wm-us 51',
        'aig-us 60',
        'aig-us 61',
      ]);
      expect(refused).toEqual([
        '3: symbol is "WM", which nobody had at 2015-01-05T12:00:00Z, expected a bar of aig-us from 2016-01-04 on, or wm-us until before 2015-01-05',
        '5: symbol is "AIG", which nobody had at 2016-01-04T12:00:00Z, expected a bar of aig-us until before 2016-01-04',
      ]);
    });

    it('tells those of its instruments before the first bar', async () => {
      const { source } = await daily(row('AAPL', '2014-06-09', '93.7'));
      expect((await source.describe()).actions?.map(({ exDate }) => exDate)).toEqual(['2014-06-09', '2020-08-31']);
    });
  });

  it('puts the bars of one minute into one batch, in the order of the file', async () => {
    const rows = ['SPY', 'AIG', 'BAC'].map((symbol) => `${symbol},2013-10-04T13:30:00Z,10,11,9,10,100`);
    const { batches } = await readAll(await written([...rows, 'SPY,2013-10-04T13:31:00Z,10,11,9,10,100']));
    expect(batches.map(({ bars }) => bars.map(({ instrumentId }) => instrumentId))).toEqual([
      ['spy-us', 'aig-us', 'bac-us'],
      ['spy-us'],
    ]);
  });

  it('writes the numbers of the file as canonical decimals', async () => {
    const { bars } = await readAll(await written(['BTCUSD,2018-04-04T00:00:00Z,7424.910,7.5e3,+7422.00,07424,1.5E-7']));
    expect(bars[0]).toMatchObject({ open: '7424.91', high: '7500', low: '7422', close: '7424', volume: '0.00000015' });
  });

  it('tells gzip by its bytes, whatever the name of the file', async () => {
    const content = text(minuteRows('SPY'));
    const plain = await readAll(replay(await file(content, '.csv.gz')));
    const packed = await readAll(replay(await file(gzipSync(content), '.csv')));
    expect(plain.bars).toHaveLength(minuteRows('SPY').length);
    expect(packed.bars).toEqual(plain.bars);
  });

  it('reads a file of many pieces with line ends of Windows, a byte order mark and empty lines', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => {
      return `SPY,${new Date(Date.parse('2013-10-04T00:00:00Z') + index * 60_000).toISOString()},10,11,9,10,${index}`;
    });
    const { bars, survey } = await readAll(replay(await file(`\uFEFF${HEADER}\r\n\r\n${rows.join('\r\n')}\r\n\r\n`)));
    expect(bars.map(({ volume }) => Number(volume))).toEqual(rows.map((_, index) => index));
    expect(survey.rows).toBe(5_000);
  });

  it('describes the feed before its first bar', async () => {
    const name = 'My Bars (v2).csv.gz';
    await writeFile(join(folder, name), gzipSync(text([...minuteRows('SPY'), ...minuteRows('SPY', '2013-10-07')])));
    const source = replay(name);
    expect(await source.describe()).toEqual({
      sourceId: 'replay-my-bars-v2-1m',
      feed: 'REPLAY',
      actions: [],
      provenance: 'REPLAY',
      licence: "recorded file; rights are the owner's of the file",
      timeframe: '1m',
      instruments: recordedInstruments.filter(({ symbol }) => symbol === 'SPY'),
      totalRows: 10,
      historyEnd: Date.parse('2013-10-04T20:00:00Z'),
    });
  });

  it.each([
    [0, '2013-10-04'],
    [0.25, '2013-10-04'],
    [0.5, '2013-10-07'],
    [0.99, '2013-10-08'],
    [1, '2013-10-09'],
  ])('takes the sessions of the first %d of a file, and at least one, as history', async (historyFraction, date) => {
    const days = ['2013-10-04', '2013-10-07', '2013-10-08', '2013-10-09'];
    const source = replay(await file(text(days.flatMap((day) => minuteRows('SPY', day)))), { historyFraction });
    expect((await source.describe()).historyEnd).toBe(Date.parse(`${date}T20:00:00Z`));
  });
});

describe('a replay of days', () => {
  it('gives a bar to the session of its local day, whatever the time on it, known after the close', async () => {
    const { bars } = await readAll(
      await written(
        [
          'SPY,2013-11-27T05:00:00Z,10,11,9,10,1',
          'SPY,2013-11-30T04:59:00Z,10,11,9,10,2',
          'SPY,2014-07-03T04:00:00Z,10,11,9,10,3',
        ],
        { timeframe: '1d' },
      ),
    );
    expect(
      bars.map(({ barStart, barEnd, knownTime }) =>
        [barStart, barEnd, knownTime].map((ms) => new Date(ms).toISOString()),
      ),
    ).toEqual([
      ['2013-11-27T14:30:00.000Z', '2013-11-27T21:00:00.000Z', '2013-11-27T21:00:01.000Z'],
      ['2013-11-29T14:30:00.000Z', '2013-11-29T18:00:00.000Z', '2013-11-29T18:00:01.000Z'],
      ['2014-07-03T13:30:00.000Z', '2014-07-03T17:00:00.000Z', '2014-07-03T17:00:01.000Z'],
    ]);
  });

  it('puts days of markets that close at different hours in the order in which they became known', async () => {
    const rows = ['2018-04-04', '2018-04-05', '2018-04-06'].flatMap((day) => [
      `BTCUSD,${day}T00:00:00Z,10,11,9,10,1`,
      `SPY,${day}T04:00:00Z,10,11,9,10,1`,
    ]);
    const { bars } = await readAll(await written(rows, { timeframe: '1d' }));
    expect(
      bars.map(({ instrumentId, knownTime }) => `${instrumentId} ${new Date(knownTime).toISOString().slice(5, 16)}`),
    ).toEqual([
      'spy-us 04-04T20:00',
      'btc-usd 04-05T00:00',
      'spy-us 04-05T20:00',
      'btc-usd 04-06T00:00',
      'spy-us 04-06T20:00',
      'btc-usd 04-07T00:00',
    ]);
  });

  it('refuses a day without a session, and two bars of one day', async () => {
    const { reasons } = await readAll(
      await written(
        [
          'SPY,2013-11-27T05:00:00Z,10,11,9,10,1',
          'SPY,2013-11-27T06:00:00Z,10,11,9,10.5,1',
          'SPY,2013-11-28T05:00:00Z,10,11,9,10,1',
        ],
        { timeframe: '1d' },
      ),
    );
    expect(reasons).toEqual([
      'row contradicts line 2, expected one bar of an instrument at a time',
      'timestamp is "2013-11-28T05:00:00Z", expected a day with a session of XNYS, which 2013-11-28 is not',
    ]);
  });
});

describe('a row that is no bar', () => {
  const good = 'SPY,2013-10-04T13:30:00Z,10,11,9,10,100';
  const years = 'expected a time within the years of calendar XNYS, 2013-01-01T05:00Z to 2029-01-01T05:00Z';

  it.each([
    ['too few fields', 'SPY,2013-10-04T13:31:00Z,10,11,9', 'row has 5 fields, expected the 7 of symbol,timestamp,open'],
    ['too many fields', `${good},1`, 'row has 8 fields, expected the 7 of'],
    ['a quoted symbol', '"SPY",2013-10-04T13:31:00Z,10,11,9,10,100', 'symbol is "\\"SPY\\"", expected a ticker'],
    ['bytes that are no text', '\u0000\u0001\uFFFD', 'row has 1 fields'],
    [
      'a local time',
      'SPY,2013-10-04 09:31:00,10,11,9,10,100',
      'timestamp is "2013-10-04 09:31:00", expected a UTC time such as',
    ],
    [
      'a day that is not',
      'SPY,2013-02-30T13:31:00Z,10,11,9,10,100',
      'timestamp is "2013-02-30T13:31:00Z", expected a UTC time',
    ],
    [
      'an hour 24',
      'SPY,2013-10-04T24:00:00Z,10,11,9,10,100',
      'timestamp is "2013-10-04T24:00:00Z", expected a UTC time',
    ],
    [
      'a time between minutes',
      'SPY,2013-10-04T13:31:30Z,10,11,9,10,100',
      'timestamp is "2013-10-04T13:31:30Z", expected a whole minute',
    ],
    [
      'a time before the calendar',
      'SPY,2012-10-04T13:31:00Z,10,11,9,10,100',
      `timestamp is "2012-10-04T13:31:00Z", ${years}`,
    ],
    [
      'a time after the calendar',
      'SPY,2029-10-04T13:31:00Z,10,11,9,10,100',
      `timestamp is "2029-10-04T13:31:00Z", ${years}`,
    ],
    [
      'the last minute of the calendar',
      'SPY,2029-01-01T04:59:00Z,10,11,9,10,100',
      `timestamp is "2029-01-01T04:59:00Z", ${years}`,
    ],
    [
      'an open in words',
      'SPY,2013-10-04T13:31:00Z,ten,11,9,10,100',
      'open is "ten", expected a positive decimal number',
    ],
    ['a high of nothing', 'SPY,2013-10-04T13:31:00Z,10,,9,10,100', 'high is "", expected a positive decimal number'],
    [
      'a low of zero',
      'SPY,2013-10-04T13:31:00Z,10,11,0.00,10,100',
      'low is "0.00", expected a positive decimal number',
    ],
    [
      'a close below zero',
      'SPY,2013-10-04T13:31:00Z,10,11,9,-10,100',
      'close is "-10", expected a positive decimal number',
    ],
    ['a price that is not a number', 'SPY,2013-10-04T13:31:00Z,10,NaN,9,10,100', 'high is "NaN", expected a positive'],
    [
      'a volume below zero',
      'SPY,2013-10-04T13:31:00Z,10,11,9,10,-1',
      'volume is "-1", expected a decimal number that is not negative',
    ],
    [
      'a low above the close',
      'SPY,2013-10-04T13:31:00Z,10,11,9.5,9.4,100',
      'low is "9.5", expected at most open 10 and close 9.4',
    ],
    [
      'a high below the open',
      'SPY,2013-10-04T13:31:00Z,10,9.9,9,9.5,100',
      'high is "9.9", expected at least open 10 and close 9.5',
    ],
    [
      'an earlier time',
      'SPY,2013-10-04T13:29:00Z,10,11,9,10,100',
      'row is out of order, expected no time before 2013-10-04T13:30:00.000Z of line 2',
    ],
    [
      'other values for a bar',
      'SPY,2013-10-04T13:30:00Z,10,11,9,10,101',
      'row contradicts line 2, expected one bar of an instrument at a time',
    ],
  ])('because of %s is kept with file, line and reason, and the rest goes on', async (_case, row, reason) => {
    const source = await written([good, row, 'SPY,2013-10-04T13:32:00Z,10,11,9,10,100']);
    const { bars, batches, survey } = await readAll(source);
    const name = (await source.describe()).sourceId.replace('replay-', '').replace('-1m', '.csv');
    expect(batches[0]?.quarantined).toEqual([
      { origin: name, line: 3, reason: expect.stringContaining(reason), raw: row.replaceAll('\0', '\uFFFD') },
    ]);
    expect(bars.map(({ barStart }) => new Date(barStart).toISOString().slice(11, 16))).toEqual(['13:30', '13:32']);
    expect(survey).toMatchObject({ rows: 3, bars: 2, refused: 1, duplicates: 0 });
  });

  it('is kept cut at 200 characters, also when it is longer than any buffer', async () => {
    const { batches, bars } = await readAll(
      await written([good, 'x'.repeat(300_000), 'SPY,2013-10-04T13:31:00Z,10,11,9,10,100']),
    );
    expect(batches[0]?.quarantined[0]).toMatchObject({ line: 3, raw: 'x'.repeat(200) });
    expect(bars).toHaveLength(2);
  });

  it('before the first bar comes in batches of its own, a thousand rows each, within the minute before', async () => {
    const early = Array.from({ length: 2_500 }, () => 'SPY,2012-10-04T13:31:00Z,10,11,9,10,100');
    const { batches } = await readAll(await written([...early, good]));
    expect(batches.map(({ bars, quarantined }) => [bars.length, quarantined.length])).toEqual([
      [0, 1_000],
      [0, 1_000],
      [0, 500],
      [1, 0],
    ]);
    expect(batches.map(({ knownTime }) => knownTime - Date.parse('2013-10-04T13:30:01Z'))).toEqual([0, 1, 2, 60_000]);
  });

  it('stops the file when there are more than 100,000 of its kind together', async () => {
    const source = await written([good, ...Array.from({ length: 100_001 }, () => 'x')]);
    await expect(source.describe()).rejects.toThrow(
      /line 100003: row has 1 fields.*; the file has more than 100000 rows one after the other/,
    );
  });
});

describe('a bar that is repeated to the letter', () => {
  it('is left out and counted', async () => {
    const rows = [
      'SPY,2013-10-04T13:30:00Z,10,11,9,10,100',
      'AIG,2013-10-04T13:30:00Z,10,11,9,10,100',
      'SPY,2013-10-04T13:30:00Z,10.0,11,9,10,100',
    ];
    const { bars, reasons, survey } = await readAll(await written(rows));
    expect(bars).toHaveLength(2);
    expect(reasons).toEqual([]);
    expect(survey).toMatchObject({ rows: 3, bars: 2, duplicates: 1, refused: 0 });
  });
});

describe('a file that cannot be replayed', () => {
  it('because of unknown symbols is told all of them and the way to add them', async () => {
    const source = await written([
      'SPY,2013-10-04T13:30:00Z,10,11,9,10,100',
      'MSFT,2013-10-04T13:30:00Z,10,11,9,10,100',
      'TSLA,2013-10-04T13:30:00Z,10,11,9,10,100',
      'MSFT,2013-10-04T13:31:00Z,10,11,9,10,100',
    ]);
    await expect(source.describe()).rejects.toThrow(
      /^bars-\d+\.csv has unknown symbols: "MSFT" \(line 3\), "TSLA" \(line 4\); expected symbols of known instruments: .* --instruments$/,
    );
    await expect(readAll(source)).rejects.toThrow('unknown symbols');
  });

  it.each<[string, string | Buffer, string]>([
    ['is empty', '', 'line 1: header is "", expected symbol,timestamp,open,high,low,close,volume'],
    ['has another header', 'time,open\n1,2', 'line 1: header is "time,open", expected symbol,timestamp'],
    ['is binary', Buffer.from([0x50, 0x4b, 3, 4, 0xff, 0, 7]), 'line 1: header is "PK\\u0003\\u0004'],
    ['has a header only', `${HEADER}\n`, 'has no bar in its 0 rows, expected at least one'],
    [
      'has no good row',
      text(['SPY,yesterday,1,1,1,1,1']),
      'has no bar in its 1 rows, expected at least one; line 2: timestamp is "yesterday"',
    ],
    ['has damaged gzip data', damagedGzip(), 'is damaged: its gzip data cannot be read beyond line'],
    ['is an empty gzip', gzipSync(''), 'line 1: header is ""'],
  ])('because it %s is named', async (_case, content, message) => {
    const path = await file(content);
    const error = await replay(path)
      .describe()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining(message) });
    expect(error).toMatchObject({ message: expect.stringMatching(/^bars-\d+\.csv /) });
  });

  it('because its gzip data is cut off is named with the last line that could be read', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => {
      return `SPY,${new Date(Date.parse('2013-10-04T00:00:00Z') + index * 60_000).toISOString()},10,11,9,10,${(index * 7919) % 10_007}`;
    });
    const whole = gzipSync(text(rows));
    const error = await replay(await file(whole.subarray(0, whole.length - 100)))
      .describe()
      .catch((reason: unknown) => reason);
    const [, line] =
      /is cut off: its gzip data cannot be read beyond line (\d+), expected a whole gzip file$/.exec(String(error)) ??
      [];
    expect(Number(line)).toBeGreaterThan(10_000);
    expect(Number(line)).toBeLessThan(20_001);
  });

  it('because it is not there, or a folder, is named', async () => {
    await expect(replay('/none/bars.csv').describe()).rejects.toThrow(
      '--bars is "/none/bars.csv", expected a file that exists',
    );
    await expect(replay(folder).describe()).rejects.toThrow(/^--bars is ".*", expected a file, not a folder$/);
    await expect(replay('/dev/null').describe()).rejects.toThrow('--bars is "/dev/null", expected a regular file');
  });

  it('because it grows while it is read is told', async () => {
    const path = await file(text(minuteRows('SPY')));
    const source = replay(path);
    await source.describe();
    await appendFile(path, 'SPY,2013-10-04T19:00:00Z,10,11,9,10,100\n');
    await expect(readAll(source)).rejects.toThrow('was changed while it was read');
  });

  it.each([[-0.1], [1.1], [Number.NaN]])('because of a history of %d is refused at once', (historyFraction) => {
    expect(() => replay('bars.csv', { historyFraction })).toThrow('historyFraction is');
  });

  it('because of a speed below 1 is refused at once', () => {
    expect(() => replay('bars.csv', { speed: 0.5 })).toThrow('--speed is "0.5", expected a whole number from 1');
  });
});

describe('the pace of a replay', () => {
  it('is full speed for the history, then the distance of the bars divided by the speed, without the night', async () => {
    const sleeps: number[] = [];
    let now = 0;
    const timer: Timer = {
      now: () => now,
      sleep: async (ms) => {
        sleeps.push(ms);
        now += ms;
      },
    };
    const rows = ['2013-10-03', '2013-10-04', '2013-10-07', '2013-10-08'].flatMap((day) => minuteRows('SPY', day));
    await readAll(replay(await file(text(rows)), { speed: 60, timer }));
    expect(sleeps).toEqual([1_000, 1_000, 5_000, 1_000, 1_000, 1_000, 1_000, 5_000, 1_000]);
  });
});

function text(rows: readonly string[]): string {
  return `${[HEADER, ...rows].join('\n')}\n`;
}

/** Five minutes of a session, one of them missing for a while. */
function minuteRows(symbol: string, day = '2013-10-04'): string[] {
  const times = ['14:00', '14:01', '14:02', '14:07', '14:08'];
  return times.map((time, index) => `${symbol},${day}T${time}:00Z,10.${index},11,9,10.${index + 1},${100 + index}`);
}

function dayRows(): string[] {
  const days = ['02', '03', '04', '07', '08', '09'];
  return days.flatMap((day) =>
    ['AAPL', 'SPY'].map((symbol) => `${symbol},2013-01-${day}T05:00:00Z,10,11,9,10.5,${day}`),
  );
}

function damagedGzip(): Buffer {
  const packed = gzipSync(text(minuteRows('SPY')));
  return Buffer.from(packed.fill(0x55, 20, 60));
}

async function file(content: string | Buffer, ending = '.csv'): Promise<string> {
  files += 1;
  const path = join(folder, `bars-${files}${ending}`);
  await writeFile(path, content);
  return path;
}

async function written(rows: readonly string[], options: Partial<ReplayOptions> = {}): Promise<ReplaySource> {
  return replay(await file(text(rows)), options);
}

/** A name without a folder is one in the tests' own. */
function replay(name: string, options: Partial<ReplayOptions> = {}): ReplaySource {
  const path = name.startsWith('/') ? name : join(folder, name);
  return replaySource({ file: path, timeframe: '1m', speed: 'max', instruments: recordedInstruments, ...options });
}

async function readAll(source: ReplaySource) {
  const batches: SourceBatch[] = [];
  for await (const batch of source.batches({ signal: new AbortController().signal })) batches.push(batch);
  return {
    batches,
    bars: batches.flatMap(({ bars }) => bars),
    reasons: batches.flatMap(({ quarantined }) => quarantined.map(({ reason }) => reason)),
    survey: await source.survey(),
  };
}
