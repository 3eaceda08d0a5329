import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRecording, recordingOf } from '../recorded/recording.ts';
import { parseFaults, randomFaults } from './server/faults.ts';
import { Timeline } from './server/timeline.ts';
import { MINUTE, minutes, OPEN } from './testing.ts';

const recording = recordingOf([...minutes('SPY', OPEN, 300), ...minutes('AIG', OPEN, 300)]);
const forEver = Number.MAX_SAFE_INTEGER;

describe('faults as they are typed', () => {
  it('have a kind, an argument, an instant and seconds', () => {
    const from = Date.parse('2013-10-04T14:30:00Z');
    expect(
      parseFaults('mute@2013-10-04T14:30:00Z+300,drop:BRK.B@2013-10-04T14:30Z,http:429@2013-10-04T14:30Z+5'),
    ).toEqual([
      { kind: 'mute', from, until: from + 300_000 },
      { kind: 'drop', symbol: 'BRK.B', from, until: from + 60_000 },
      { kind: 'http', status: 429, from, until: from + 5_000 },
    ]);
    expect(parseFaults('clock:-3600@2013-10-04T14:30Z,halt:*@2013-10-04T14:30Z')).toMatchObject([
      { kind: 'clock', seconds: -3600 },
      { kind: 'halt', symbol: '*' },
    ]);
  });

  it.each(['', 'mute', 'mute@noon', 'dance@2013-10-04T14:30Z', 'drop@2013-10-04T14:30Z', 'mute:SPY@2013-10-04T14:30Z'])(
    'are refused: %j',
    (text) => {
      expect(() => parseFaults(text)).toThrow(`--faults is ${JSON.stringify(text)}, expected KIND`);
    },
  );
});

describe('random faults', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(randomFaults(7, recording, OPEN)).toEqual(randomFaults(7, recording, OPEN));
    expect(randomFaults(7, recording, OPEN)).not.toEqual(randomFaults(8, recording, OPEN));
  });

  it('leave the truth as it is: in the end REST has the recording', () => {
    const truth = new Timeline(recording, []).barsAt(forEver);
    expect(truth).toHaveLength(600);
    const kinds = new Set<string>();
    for (let seed = 0; seed < 30; seed += 1) {
      const faults = randomFaults(seed, recording, OPEN + 10 * MINUTE);
      for (const { kind } of faults) kinds.add(kind);
      expect(new Timeline(recording, faults).barsAt(forEver)).toEqual(truth);
      expect(faults.every(({ from }) => from >= OPEN + 10 * MINUTE)).toBe(true);
    }
    expect(kinds).toEqual(new Set(['repeat', 'drop', 'swap', 'correct', 'flap', 'mute']));
  });

  it('change what is sent, and when', () => {
    const span = { symbol: 'SPY', from: OPEN, until: OPEN + MINUTE };
    const sent = (kind: 'repeat' | 'drop' | 'swap' | 'correct') =>
      new Timeline(recording, [{ kind, ...span }]).emissions
        .filter(
          ({ channel, frame, symbol }) =>
            channel !== 'dailyBars' &&
            symbol === 'SPY' &&
            String(JSON.parse(JSON.stringify(frame)).t) === '2013-10-04T13:30:00Z',
        )
        .map(({ at, channel, frame }) => [channel, (at - OPEN) / 1000, frame['c']]);
    expect(sent('repeat')).toEqual([
      ['bars', 60.2, 100.55],
      ['bars', 61.2, 100.55],
    ]);
    expect(sent('drop')).toEqual([]);
    expect(sent('swap')).toEqual([['bars', 121.2, 100.55]]);
    expect(sent('correct')).toEqual([
      ['bars', 60.2, 100.05],
      ['updatedBars', 90.2, 100.55],
    ]);
  });
});

describe('a halt', () => {
  it('takes the minutes that it touches out of the truth', () => {
    const faults = [{ kind: 'halt', symbol: 'SPY', from: OPEN + 90_000, until: OPEN + 150_000 }] as const;
    const bars = new Timeline(recording, faults).barsAt(forEver);
    const starts = bars.filter(({ symbol }) => symbol === 'SPY').map(({ start }) => (start - OPEN) / MINUTE);
    expect(starts.slice(0, 3)).toEqual([0, 3, 4]);
    expect(bars.filter(({ symbol }) => symbol === 'AIG')).toHaveLength(300);
  });
});

describe('a time without bars', () => {
  it('has none of any symbol, and tells nobody', () => {
    const faults = [{ kind: 'dry', from: OPEN + 2 * MINUTE, until: Number.POSITIVE_INFINITY }] as const;
    const timeline = new Timeline(recording, faults);
    expect(timeline.barsAt(forEver).map(({ symbol, start }) => [symbol, (start - OPEN) / MINUTE])).toEqual([
      ['AIG', 0],
      ['AIG', 1],
      ['SPY', 0],
      ['SPY', 1],
    ]);
    expect(timeline.emissions.filter(({ channel }) => channel === 'statuses')).toEqual([]);
  });
});

describe('a recording', () => {
  const reading = async (text: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'recording-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'bars.csv'), text);
    return readRecording(join(folder, 'bars.csv'));
  };
  const header = 'symbol,timestamp,open,high,low,close,volume';

  it('is read in the order of time, with its digits', async () => {
    const rows = ['SPY,2013-10-04T13:31:00Z,167.65,167.7,167.6,167.65,20000', 'AIG,2013-10-04T13:30:00Z,1,1,1,1,0.5'];
    expect(await reading([header, ...rows].join('\n'))).toEqual({
      symbols: ['AIG', 'SPY'],
      bars: [
        { symbol: 'AIG', start: OPEN, open: '1', high: '1', low: '1', close: '1', volume: '0.5' },
        {
          symbol: 'SPY',
          start: OPEN + MINUTE,
          open: '167.65',
          high: '167.7',
          low: '167.6',
          close: '167.65',
          volume: '20000',
        },
      ],
    });
  });

  it.each([
    ['no header', 'line 1'],
    [`${header}\nSPY,2013-10-04T13:30:30Z,1,1,1,1,1`, 'line 2'],
    [`${header}\nSPY,2013-10-04T13:30:00Z,1,1,1,-1,1`, 'line 2'],
  ])('is refused by file and line: %j', async (text, line) => {
    await expect(reading(text)).rejects.toThrow(`bars.csv ${line} is "`);
  });
});
