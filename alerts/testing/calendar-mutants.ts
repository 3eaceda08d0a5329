import { availableParallelism } from 'node:os';
import {
  BOUNDARIES,
  CLOSED_AT,
  calendar,
  closedAt,
  DAY,
  difference,
  exprOf,
  OFFSET,
  OPEN_FOR,
  offsetAt,
  offsetQuestions,
  openForAt,
  type Question,
  questions,
  type Rules,
  rulesOfMarket,
  withPrometheus,
} from './calendar.ts';
import { equivalents } from './equivalents.ts';
import { changes } from './mutants.ts';
import type { Counts } from './rules.ts';

/** Every rule of the market with one thing changed: at some instant it must be another than the calendar says. */
export async function testCalendarMutants(folder: string): Promise<Counts> {
  return withPrometheus(folder, async (address) => {
    const { total, survivors } = await testMutants(address, rulesOfMarket());
    const killed = total - survivors.length;
    return {
      lines: [
        ...survivors.map((line) => `survived  ${line}`),
        `${total} mutants of the rules of the market, ${killed} killed: ${((100 * killed) / total).toFixed(1)} %`,
      ],
      failed: survivors.length,
    };
  });
}

type Mutant = { readonly name: string; readonly questions: Iterable<Question> };

/** As many at once as there are processors. */
async function testMutants(address: string, rules: Rules): Promise<{ total: number; survivors: string[] }> {
  const all = mutantsOf(rules);
  const survivors = new Set<Mutant>();
  const left = all.values();
  const work = async (): Promise<void> => {
    for (const mutant of left) {
      const { differ } = await difference(address, mutant.questions, 'first');
      if (differ.length === 0) survivors.add(mutant);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { total: all.length, survivors: all.filter((one) => survivors.has(one)).map(({ name }) => name) };
}

/** Each rule by itself, those that it asks being as they are. Labels play no part in one market. */
function mutantsOf(rules: Rules): readonly Mutant[] {
  return [...rules].flatMap(([record, rule]) =>
    changes(rule.expr.node)
      .filter(({ kind, what }) => kind !== 'label' && !isEquivalent(record, what))
      .map(({ kind, what, node }) => {
        const mutated = new Map(rules).set(record, { ...rule, expr: { ...rule.expr, node } });
        return { name: `${record}  ${kind}  ${what}`, questions: questionsOf(mutated, record) };
      }),
  );
}

function isEquivalent(record: string, what: string): boolean {
  return equivalents.some(({ rule, change }) => rule.test(record) && change.test(what));
}

function questionsOf(rules: Rules, record: string): Iterable<Question> {
  if (record === OFFSET) return offsetQuestions(exprOf(rules, record));
  const stage = stages[record];
  if (!stage) throw new Error(`nobody says what ${record} must be`);
  return questions(rules, record, stage.expected, stage.boundaries);
}

const NOON = [43_200];
const onDay = (at: number): ReturnType<typeof calendar.sessionOn> => calendar.sessionOn(calendar.localDate(at * 1_000));

/** What each rule must be, and at which times of the day that shows. */
const stages: Readonly<
  Record<string, { readonly expected: Question['expected']; readonly boundaries: readonly number[] }>
> = {
  'market:local_time_seconds': { expected: (at) => String((at + offsetAt(at)) % DAY), boundaries: [0, 34_200] },
  'market:local_day': { expected: (at) => String(Math.floor((at + offsetAt(at)) / DAY)), boundaries: [0] },
  'market:closed_day': { expected: (at) => (onDay(at) === null ? '1' : '0'), boundaries: NOON },
  'market:early_close_day': { expected: (at) => (onDay(at)?.halfDay ? '1' : '0'), boundaries: NOON },
  'market:open': { expected: (at) => (calendar.sessionAt(at * 1_000) === null ? '0' : '1'), boundaries: BOUNDARIES },
  [OPEN_FOR]: { expected: openForAt, boundaries: BOUNDARIES },
  [CLOSED_AT]: { expected: closedAt, boundaries: BOUNDARIES },
};
