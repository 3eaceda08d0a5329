/** What the engine says of a run, one object a line; only what is read here. */
export type EngineEvent = {
  readonly resourcePreEvent?: { readonly metadata: Metadata };
  readonly resOutputsEvent?: { readonly metadata: Metadata };
  readonly resOpFailedEvent?: { readonly metadata: Metadata };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string; readonly urn?: string };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
};

type Metadata = { readonly op: string; readonly urn: string; readonly type: string };

/** One run of the engine, as it ended. */
export type Outcome = {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  /** How many resources by what happened to them: same, create, update, delete, replace... */
  readonly changes: Readonly<Record<string, number>>;
  /** What was done to which resource, in order, without those that stay as they are. */
  readonly steps: readonly Metadata[];
  /** Errors, without those of the engine about others. */
  readonly complaints: readonly string[];
  /** All that was printed. */
  readonly output: string;
  readonly seconds: number;
  /** The most memory that the engine, the program and the providers held together; null where nobody counts it. */
  readonly peakMiB: number | null;
};

/** Whole lines only: the last may still be being written. */
export function eventsOf(text: string): EngineEvent[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EngineEvent);
}

export function outcomeOf(
  events: readonly EngineEvent[],
  ended: Pick<Outcome, 'exitCode' | 'output' | 'seconds' | 'peakMiB'>,
): Outcome {
  const summary = events.findLast((event) => event.summaryEvent !== undefined)?.summaryEvent;
  const errors = events.flatMap(({ diagnosticEvent: said }) =>
    said?.severity === 'error'
      ? [`${said.urn?.split('::').slice(2).join(' ') ?? ''} ${said.message.trim()}`.trim()]
      : [],
  );
  return {
    ...ended,
    changes: summary?.resourceChanges ?? {},
    steps: events.flatMap(({ resourcePreEvent: pre }) =>
      pre === undefined || pre.metadata.op === 'same' ? [] : [pre.metadata],
    ),
    complaints: errors,
  };
}

/** How many resources a run changed. */
export function changed({ changes }: Pick<Outcome, 'changes'>): number {
  return Object.entries(changes).reduce((sum, [op, count]) => (op === 'same' ? sum : sum + count), 0);
}
