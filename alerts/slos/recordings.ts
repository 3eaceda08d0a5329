import { turning } from '../inputs.ts';
import {
  type Duration,
  divided,
  duration,
  overTime,
  plus,
  recorded,
  seconds,
  sum,
  times,
  type Vector,
} from '../promql/index.ts';
import { type Input, type Recording, type RecordingTest, recording } from '../recording.ts';
import type { Slo } from './slo.ts';
import { slos } from './table.ts';

/** The window that the budget is counted in. */
const PERIOD = '30d';
const minuteNames = { bad: 'slo:bad_events:session1m', all: 'slo:events:session1m' } as const;

/** Of a hundred events so many are bad, first and then. */
const BEFORE = 1;
const AFTER = 4;
/** Values in a window, and the bad events of one in whose middle it gets worse. */
const STEPS = 60;
const BAD = ((BEFORE + AFTER) * STEPS) / 2;
const SHARE = BAD / STEPS / 100;

/** What is left of the budget of each promise: 1 is all of it, below 0 the promise is broken. */
export const budgetLeft = recorded({ record: 'slo:budget_left:ratio30d', labels: ['slo'] });

export const sloRecordings: readonly Recording[] = slos.flatMap(recordingsOf);

/** The share of bad events in a window. */
export function badRatio(slo: Slo, window: Duration) {
  return recorded({ record: `slo:bad_ratio:increase${window}`, labels: ['slo'] }, { slo: slo.name });
}

/** How many bad events there were in a window. */
export function badEvents(slo: Slo, window: Duration) {
  return recorded({ record: `slo:bad_events:increase${window}`, labels: ['slo'] }, { slo: slo.name });
}

function recordingsOf(slo: Slo): Recording[] {
  const windows = slo.windows.flatMap(({ long, short }) => [short, long]);
  return [
    ...(slo.kind === 'minutes' ? minutes(slo) : []),
    ...[...new Set(windows)].map((window) =>
      recording(
        `slo:bad_ratio:increase${window}`,
        divided(bad(slo, window), all(slo, window)),
        ratioTests(slo, window),
        {
          slo: slo.name,
        },
      ),
    ),
    ...slo.windows.map(({ long }) =>
      recording(`slo:bad_events:increase${long}`, bad(slo, long), eventTests(slo, long), { slo: slo.name }),
    ),
    recording(
      budgetLeft.select.metric,
      plus(times(divided(bad(slo, PERIOD), all(slo, PERIOD)), -1 / allowed(slo)), 1),
      [
        {
          ...halfway(slo, PERIOD),
          name: 'is what the bad ones have left of the budget',
          value: 1 - SHARE / allowed(slo),
        },
        { ...untouched(slo), name: 'is all of it while none is bad', value: 1 },
        ...notLessThanNone(slo, PERIOD, 1),
      ],
      { slo: slo.name },
    ),
  ];
}

/** The share that may be bad, without the dust of subtracting from one. */
export function allowed({ objective }: Slo): number {
  return Number((1 - objective).toFixed(6));
}

function minutes(slo: Slo & { kind: 'minutes' }): Recording[] {
  return (['bad', 'all'] as const).map((which) =>
    recording(minuteNames[which], slo[which], slo.tests[which], { slo: slo.name }),
  );
}

function bad(slo: Slo, window: Duration): Vector<never> {
  return slo.kind === 'events' ? slo.bad(window) : summed(slo, 'bad', window);
}

function all(slo: Slo, window: Duration): Vector<never> {
  return slo.kind === 'events' ? slo.all(window) : summed(slo, 'all', window);
}

function summed({ name }: Slo, which: 'bad' | 'all', window: Duration): Vector<never> {
  return sum(overTime('sum', recorded({ record: minuteNames[which], labels: ['slo'] }, { slo: name }), window));
}

/** It gets worse in the middle of the window: half as long, twice as long or without its labels it gives another number. */
function halfway(slo: Slo, window: Duration): Omit<RecordingTest, 'name' | 'value'> {
  const every = duration(seconds(window) / STEPS);
  const at = duration((seconds(window) / STEPS) * (STEPS + STEPS / 2));
  const before = STEPS;
  if (slo.kind === 'events')
    return {
      every,
      at,
      input: slo.example(turning(before, BEFORE, AFTER), turning(before, 100 - BEFORE, 100 - AFTER)),
      labels: { slo: slo.name },
    };
  const values = (which: 'bad' | 'all', text: string): Input => [`${minuteNames[which]}{slo="${slo.name}"}`, text];
  const others = (which: 'bad' | 'all'): Input => [`${minuteNames[which]}{slo="other"}`, '50x400'];
  return {
    every,
    at,
    input: [values('bad', `${BEFORE}x${before} ${AFTER}x400`), values('all', '100x400'), others('bad'), others('all')],
    labels: { slo: slo.name },
  };
}

function untouched(slo: Slo): Omit<RecordingTest, 'name' | 'value'> {
  const label = `{slo="${slo.name}"}`;
  const input: readonly Input[] =
    slo.kind === 'events'
      ? slo.example('0x400', '0+100x400')
      : [
          [minuteNames.bad + label, '0x400'],
          [minuteNames.all + label, '100x400'],
        ];
  return { every: '12h', at: '30d', input, labels: { slo: slo.name } };
}

function ratioTests(slo: Slo, window: Duration): RecordingTest[] {
  return [
    { ...halfway(slo, window), name: 'is the share of the bad ones in the window', value: SHARE },
    { name: 'is nothing without any', every: '1m', at: '10m', input: [], value: null },
    ...notLessThanNone(slo, window, 0),
  ];
}

function eventTests(slo: Slo, window: Duration): RecordingTest[] {
  return [
    { ...halfway(slo, window), name: 'counts the bad ones in the window', value: BAD },
    ...notLessThanNone(slo, window, 0),
  ];
}

function notLessThanNone(slo: Slo, window: Duration, value: number): RecordingTest[] {
  if (slo.kind !== 'events' || slo.untouched === undefined) return [];
  return [{ ...halfway(slo, window), input: slo.untouched, name: 'does not count fewer than none as bad', value }];
}
