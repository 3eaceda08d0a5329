/** An event as somebody has it: its place in the stream and what it says. */
export type SeenEvent = { readonly seq: number; readonly type: string };

/** What a data folder holds after a run, as far as two runs over the same input must agree. */
export type Stored = {
  /** The log, in the order of its places. */
  readonly events: readonly SeenEvent[];
  readonly epochs: number;
  /** Over the bodies of the events. */
  readonly sha256: string;
  /** What is wrong with the hash chain, null when it holds. */
  readonly chainFault: string | null;
  readonly published: number;
  readonly settled: number;
  /** Rows and a hash of each table, without the times at which rows were written. */
  readonly tables: Readonly<Record<string, string>>;
};

/** Each function gives a line for every fault, none when all is well. What a run left must be what the undisturbed one left. */
export function storedFaults(reference: Stored, found: Stored): string[] {
  const head = reference.events.length;
  const seqs = found.events.map(({ seq }) => seq);
  return [
    ...orderFaults(seqs, head).map((fault) => `log: ${fault}`),
    ...(found.chainFault === null ? [] : [`log: ${found.chainFault}`]),
    ...unequal('epochs', reference.epochs, found.epochs),
    ...unequal('sha256', reference.sha256, found.sha256),
    ...unequal('published signals', reference.published, found.published),
    ...unequal('settled signals', reference.settled, found.settled),
    ...Object.keys({ ...reference.tables, ...found.tables }).flatMap((name) =>
      unequal(`table ${name}`, reference.tables[name], found.tables[name]),
    ),
  ];
}

/** What somebody took from the stream must be the whole log: each event once, in order, and saying what the log says. */
export function deliveryFaults(delivered: readonly SeenEvent[], log: readonly SeenEvent[]): string[] {
  const types = new Map(log.map(({ seq, type }) => [seq, type]));
  const wrong = delivered.find(({ seq, type }) => types.has(seq) && types.get(seq) !== type);
  return [
    ...orderFaults(
      delivered.map(({ seq }) => seq),
      log.length,
    ),
    ...(wrong === undefined ? [] : unequal(`type of seq ${wrong.seq}`, types.get(wrong.seq), wrong.type)),
  ];
}

/** The seqs must be 1 to head, each once and in order. */
export function orderFaults(seqs: readonly number[], head: number): string[] {
  const seen = new Set<number>();
  const twice: number[] = [];
  const late: number[] = [];
  let newest = 0;
  for (const seq of seqs) {
    if (seen.has(seq)) twice.push(seq);
    else if (seq < newest) late.push(seq);
    seen.add(seq);
    newest = Math.max(newest, seq);
  }
  const all = Array.from({ length: head }, (_, index) => index + 1);
  return [
    ...listed(
      'lost',
      all.filter((seq) => !seen.has(seq)),
    ),
    ...listed('doubled', twice),
    ...listed('out of order', late),
    ...listed(
      `beyond the head ${head}`,
      [...seen].filter((seq) => !(seq >= 1 && seq <= head)),
    ),
  ];
}

export function unequal(name: string, expected: unknown, found: unknown): string[] {
  return Object.is(expected, found) ? [] : [`${name}: ${found}, expected ${expected}`];
}

const SHOWN = 5;

function listed(what: string, seqs: readonly number[]): string[] {
  if (seqs.length === 0) return [];
  const more = seqs.length > SHOWN ? ', …' : '';
  return [`${what} ${seqs.length}: seq ${seqs.slice(0, SHOWN).join(', ')}${more}`];
}
