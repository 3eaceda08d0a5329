import { calendarById } from '../../../backend/calendar/index.ts';
import { keyOf } from './clean-day.ts';
import { decisionFaults, windowFaults } from './decision-verdict.ts';
import type { Day } from './judged-day.ts';
import { at, few } from './shown.ts';
import { stallFaults } from './stall-verdict.ts';

const XNYS = calendarById('XNYS');
const LOOK_AFTER = 120_000;
/** What is wrong with a day; nothing when it holds. */
export function faultsOf(day: Day): string[] {
  return [
    ...barFaults(day),
    ...rollupFaults(day),
    ...decisionFaults(day),
    ...windowFaults(day),
    ...stallFaults(day),
    ...logFaults(day),
  ];
}

/** Outside of sessions a lost bar is found when the hours after the session are over. */
function barFaults({ window, clean, remains }: Day): string[] {
  const lookedAt = XNYS.lastEnd(window.until - LOOK_AFTER);
  const final = new Map(remains.bars.map((bar) => [keyOf(bar.instrumentId, bar.barStart), bar]));
  const wrong = [...final].filter(
    ([key, { values }]) => clean.bars.get(key) !== values.split(' ').map(Number).join(' '),
  );
  const missing = [...clean.bars.keys()].filter((key) => !final.has(key) && mustBeThere(key, lookedAt));
  return [
    ...few(
      'a bar has other values than were traded',
      wrong.map(([key, { values }]) => `${at(key)}: ${values}, traded ${clean.bars.get(key)}`),
    ),
    ...few('a bar is missing', missing.map(at)),
  ];
}

function mustBeThere(key: string, lookedAt: number): boolean {
  const start = Number(key.split(' ')[1]);
  return start < lookedAt || XNYS.segmentAt(start) === 'REGULAR';
}

function rollupFaults({ reference, remains }: Day): string[] {
  const expected = new Set(reference.rollups);
  const found = new Set(remains.rollups);
  return [
    ...few(
      'a longer bar is not that of the clean day',
      remains.rollups.filter((text) => !expected.has(text)),
    ),
    ...few(
      'a longer bar is missing',
      reference.rollups.filter((text) => !found.has(text)),
    ),
  ];
}

/** Where nothing came late, not one byte of the log differs. */
function logFaults({ schedule, reference, remains }: Day): string[] {
  if (schedule.kind !== 'harmless') return [];
  const index = remains.log.findIndex((line, place) => line !== reference.log[place]);
  if (index < 0 && remains.log.length === reference.log.length) return [];
  return [`the log differs from that of the clean day at event ${index + 1}: ${remains.log[index]?.slice(0, 200)}`];
}
