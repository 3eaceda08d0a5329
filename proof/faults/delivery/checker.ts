/** An event that was acknowledged to its writer. `id` is the writer's own, in the body. */
export type Sent = { readonly seq: number; readonly id: string; readonly side: 'LONG' | 'SHORT' };

/** An event as the callback of an application saw it. */
export type Heard = { readonly seq: number; readonly id: string };

/** A change of state that the application was told, by the clock of the machine (ms). */
export type Told = { readonly at: number; readonly state: string };

export type Expectation = {
  readonly name: string;
  /** Which of the events it asked for. */
  readonly filter: 'all' | Sent['side'];
  /** It asked for what comes after this seq. */
  readonly after: number;
  /** Events with a seq in [from, until) of which it was told that they are lost to it. */
  readonly lost?: { readonly from: number; readonly until: number };
};

/** A line for everything that is wrong with what arrived: it must be what was sent, as far as it was asked for, in order, each once. */
export function deliveryFaults(sent: readonly Sent[], heard: readonly Heard[], expectation: Expectation): string[] {
  const { name, filter, after, lost: told } = expectation;
  const isLost = (seq: number): boolean => told !== undefined && seq >= told.from && seq < told.until;
  const wanted = sent.filter(({ seq, side }) => seq > after && !isLost(seq) && (filter === 'all' || side === filter));
  const ids = new Map(wanted.map(({ seq, id }) => [seq, id]));
  const seen = new Set<number>();
  const [twice, late, foreign, changed]: [number[], number[], number[], number[]] = [[], [], [], []];
  let newest = 0;
  for (const { seq, id } of heard) {
    if (seen.has(seq)) twice.push(seq);
    else if (seq < newest) late.push(seq);
    if (!ids.has(seq)) foreign.push(seq);
    else if (ids.get(seq) !== id) changed.push(seq);
    seen.add(seq);
    newest = Math.max(newest, seq);
  }
  const lost = wanted.map(({ seq }) => seq).filter((seq) => !seen.has(seq));
  return [
    ...listed('lost', lost),
    ...listed('doubled', twice),
    ...listed('out of order', late),
    ...listed('never sent, or not asked for', foreign),
    ...listed('with other content', changed),
  ].map((fault) => `${name}: ${fault}`);
}

/**
 * Between two moments nothing could arrive. Whoever follows must not be left to believe that it is live: it is told so by then, or by
 * `graceMs` later, or it had been told before and nothing else since.
 */
export function untold(
  told: readonly Told[],
  silence: { readonly from: number; readonly until: number; readonly graceMs: number },
): boolean {
  const { from, until, graceMs } = silence;
  const before = told.findLast(({ at }) => at < from);
  const within = told.filter(({ at }) => at >= from && at <= until + graceMs);
  return [...(before === undefined ? [] : [before]), ...within].every(({ state }) => BELIEVES.includes(state));
}

/** Stalls that were told outside of all times in which a fault explains them; one is told up to `graceMs` after what caused it. */
export function unexplained(
  told: readonly Told[],
  silences: readonly { readonly from: number; readonly until: number }[],
  graceMs: number,
): Told[] {
  return told.filter(
    ({ state, at }) => state === 'stalled' && !silences.some(({ from, until }) => at >= from && at <= until + graceMs),
  );
}

const BELIEVES: readonly string[] = ['live', 'connecting'];
const SHOWN = 5;

function listed(what: string, seqs: readonly number[]): string[] {
  if (seqs.length === 0) return [];
  const more = seqs.length > SHOWN ? ', …' : '';
  return [`${what} ${seqs.length}: seq ${seqs.slice(0, SHOWN).join(', ')}${more}`];
}
