import type { Benchmark, Figure, Goal, Outcome } from './benchmark.ts';

/** A line of the table. Empty where nothing is to be said. */
export type Row = {
  readonly bench: string;
  readonly variant: string;
  readonly cpu: string;
  readonly wall: string;
  /** CPU time of this variant / ours: above 1 it is slower than ours. */
  readonly ratio: string;
  readonly goal: string;
  readonly met: 'yes' | 'NO' | '';
};

/** What a benchmark is called where it has to be told from the others. */
export function titleOf({ id, name, size }: Pick<Benchmark, 'id' | 'name' | 'size'>): string {
  return size === undefined ? `${id} ${name}` : `${id} ${name}, ${size}`;
}

/** Ours first, with the goal that names no other; beside each other variant what ours has to reach against it. */
export function rowsOf({ benchmark, figures }: Outcome): Row[] {
  const ours = figures.find(({ role }) => role === 'ours');
  if (!ours) throw new Error(`${benchmark.name} has no variant of role "ours"`);
  const { name: unit, perMicrosecond } = benchmark.unit;
  const ordered = [ours, ...figures.filter((figure) => figure !== ours)];
  return ordered.map((figure, index) => {
    const goal = benchmark.goals.find((some) => ('of' in some ? some.of === figure.name : figure === ours));
    return {
      bench: index === 0 ? `${titleOf(benchmark)}, ${unit}` : '',
      variant: figure.role === 'peer' || figure.role === 'limit' ? `${figure.role}: ${figure.name}` : figure.name,
      cpu: shown(figure.cpu * perMicrosecond),
      wall: figure.wall === null ? '' : shown(figure.wall * perMicrosecond),
      ratio: figure === ours ? '' : `${shown(figure.cpu / ours.cpu)}x`,
      goal: goal ? goalText(goal, unit) : '',
      met: goal ? (isMet(goal, ours, figure, perMicrosecond) ? 'yes' : 'NO') : '',
    };
  });
}

export function isMet(goal: Goal, ours: Figure, other: Figure, perMicrosecond: number): boolean {
  if ('most' in goal) return ours.cpu * perMicrosecond <= goal.most;
  if ('cost' in goal) return ours.cpu <= goal.cost * other.cpu;
  return other.cpu >= goal.speed * ours.cpu;
}

function goalText(goal: Goal, unit: string): string {
  if ('most' in goal) return `at most ${goal.most} ${unit}`;
  if ('cost' in goal) return `ours costs at most ${goal.cost}x of it`;
  return `ours is at least ${goal.speed}x as fast`;
}

/** How far the rounds lay apart. */
export function spreadOf({ benchmark, figures }: Outcome): string {
  const { perMicrosecond } = benchmark.unit;
  const spans = figures.map(
    ({ name, middle }) => `${name} ${middle.map((cpu) => shown(cpu * perMicrosecond)).join('-')}`,
  );
  return `CPU in the middle half of the rounds: ${spans.join('; ')}`;
}

/** Three digits. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
