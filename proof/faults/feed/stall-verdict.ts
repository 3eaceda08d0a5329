import { calendarById } from '../../../backend/calendar/index.ts';
import type { Day } from './judged-day.ts';
import type { Remains } from './remains.ts';
import { few, iso } from './shown.ts';
import type { Window } from './windows.ts';

const XNYS = calendarById('XNYS');
/** Two bars, and what a bar may be late. ms */
const SILENCE = 125_000;
/** Each silence of more than two bars in session is told once, by event, metric, log and health; and nothing else is. */
export function stallFaults({ window, remains }: Day): string[] {
  const told = remains.told.filter((event) => event.kind === 'STALLED');
  const expected = silences(window, remains);
  const faults: string[] = [];
  for (const [from, until] of expected) {
    const own = told.filter(({ at: when }) => when > from + SILENCE && when <= until);
    if (own.length !== 1) faults.push(`silence from ${iso(from)} to ${iso(until)} was told ${own.length} times`);
  }
  for (const { at: when } of told)
    if (!expected.some(([from, until]) => when > from + SILENCE && when <= until))
      faults.push(`a stall was told at ${iso(when)}, and there was none`);
  if (remains.stallsCounted !== told.length)
    faults.push(`${remains.stallsCounted} stalls were counted, ${told.length} told`);
  if (remains.stallsLogged !== told.length)
    faults.push(`${remains.stallsLogged} stalls were logged, ${told.length} told`);
  for (const { health, gauge } of remains.stalls)
    if (health !== 'degraded' || !(gauge > 0)) faults.push(`in a stall health is ${health} and the gauge ${gauge}`);
  return few('a stall', faults);
}

type Halt = { readonly from: number; readonly until: number };

/** Stretches of a session in which no bar was heard for longer than the limit, though the market traded. */
function silences({ from, until, halts }: Window, { heardBars: heard, told }: Remains): [number, number][] {
  const all = halts.flatMap((halt) => haltAsHeard(halt, heard, told));
  const isHalted = (instant: number): boolean => all.some((halt) => halt.from <= instant && instant < halt.until);
  return XNYS.sessions(from - 86_400_000, until).flatMap((session) => {
    const [begin, end] = [Math.max(session.open, from), Math.min(session.close, until)];
    const inside = heard.filter((instant) => instant > begin && instant < end);
    const marks = [begin, ...inside, ...all.map((halt) => halt.until), end].sort((a, b) => a - b);
    return marks.flatMap((mark, index): [number, number][] => {
      const next = marks[index + 1] ?? mark;
      const quietEnd = all.find((halt) => halt.from >= mark && halt.from < next)?.from ?? next;
      return quietEnd - mark > SILENCE && !isHalted(mark) && mark < end ? [[mark, quietEnd]] : [];
    });
  });
}

/** A halt of the whole market as far as its beginning and its end were heard: nobody can know what a mute socket did not say. */
function haltAsHeard(halt: Window['halts'][number], heard: readonly number[], told: Remains['told']): Halt[] {
  if (halt.kind !== 'halt' || halt.symbol !== '*') return [];
  const isTold = (kind: 'HALTED' | 'RESUMED', time: number): boolean =>
    told.some((event) => event.kind === kind && event.time === time);
  if (!isTold('HALTED', halt.from)) return [];
  if (isTold('RESUMED', halt.until)) return [halt];
  return [{ from: halt.from, until: heard.find((instant) => instant > halt.until) ?? Number.POSITIVE_INFINITY }];
}
