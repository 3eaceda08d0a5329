import { expect, it } from 'vitest';
import { type EventBody, eventBody, instruments } from '../testing/events.ts';
import type { SignalEvent } from '../types.ts';
import { table } from './table.ts';

const outcome = {
  label: 1,
  exitReason: 'TARGET_HIT',
  entryFill: '168.45',
  exitFill: '169.20',
  grossR: '1.44',
  netR: '1.3846',
  ambiguous: false,
};

function placed(body: EventBody): SignalEvent {
  return { ...body, cursor: 'c', stream: 'public', epoch: 'e', seq: 1 };
}

it('prints a line for each change, under a header and the date', () => {
  const lines = table({ colour: false, headerEvery: 50, width: 200 });
  const stopped = {
    outcome: { ...outcome, label: -1, netR: '-1.02' },
    fill: '167.9',
    signal: { side: 'SHORT', edge: 'SHOWN' },
  } as const;
  const printed = [
    eventBody(),
    eventBody('TRIGGERED', { fill: '168.45', occurredAt: '2013-10-07T14:32:00Z' }),
    eventBody('TARGET_HIT', { fill: '169.20', outcome, occurredAt: '2013-10-07T14:50:00Z' }),
    eventBody('VOID_DATA', {
      reason: 'bar was corrected',
      occurredAt: '2013-10-08T13:30:00Z',
      signal: { instrument: instruments[2] },
    }),
    eventBody('STOP_HIT', { ...stopped, occurredAt: '2013-10-08T13:31:00Z' }),
  ].flatMap((body) => lines(placed(body)));
  expect(`\n${printed.join('\n')}\n`).toBe(`
time      symbol    side   what happened             entry       stop     target  confidence  model               data       result
2013-10-07 UTC
14:30:00  SPY       LONG   published                168.42     167.90     169.20     43.2 %*  logistic-1m@3       REPLAY
14:32:00  SPY       LONG   entered 168.45           168.42     167.90     169.20     43.2 %*  logistic-1m@3       REPLAY
14:50:00  SPY       LONG   target hit 169.20        168.42     167.90     169.20     43.2 %*  logistic-1m@3       REPLAY     +1.38 R
2013-10-08 UTC
13:30:00  BTC-USD   LONG   void, bad data           168.42     167.90     169.20     43.2 %*  logistic-1m@3       REPLAY     bar was corrected
13:31:00  SPY       SHORT  stop hit 167.9           168.42     167.90     169.20     43.2 %   logistic-1m@3       REPLAY     -1.02 R
`);
});

it.each([80, 90, 101, 112, 132])('fits into %i columns', (width) => {
  const lines = table({ colour: false, headerEvery: 9, width })(
    placed(eventBody('TARGET_HIT', { outcome, fill: '64123.50' })),
  );
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  expect(lines[0]).toMatch(/^time .* what happened .* stop .* result$/);
});

it('repeats the header', () => {
  const lines = table({ colour: false, headerEvery: 2, width: 200 });
  const heads = [1, 2, 3, 4, 5].flatMap(() => lines(placed(eventBody()))).filter((line) => line.startsWith('time'));
  expect(heads).toHaveLength(3);
});

it('colours only when asked, and keeps the columns where they were', () => {
  const body = eventBody('TARGET_HIT', { outcome });
  const plain = table({ colour: false, headerEvery: 9, width: 200 })(placed(body));
  const coloured = table({ colour: true, headerEvery: 9, width: 200 })(placed(body));
  expect(coloured.join('')).toContain('\u001b[32m+1.38 R');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  expect(coloured.map((line) => line.replace(/\u001b\[\d+m/g, '').trimEnd())).toEqual(plain);
});

it('lets no control character of the network into the terminal', () => {
  const instrument = { ...instruments[0], symbol: '\u001b[2JX\u009b\r\n' };
  const lines = table({ colour: false, headerEvery: 9, width: 200 })(
    placed(eventBody('VOID_DATA', { reason: '\u0007', signal: { instrument } })),
  );
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  expect(lines.at(-1)).toContain('?[2JX???');
});
