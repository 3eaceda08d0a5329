export type Setup = {
  /** The file of this folder that has it. */
  readonly server: 'apollo' | 'yoga' | 'mercurius' | 'plain';
  /** What a list of signals answers, newest first: kept in memory. */
  readonly signals?: readonly unknown[];
  /** A database whose table bench_signal has them instead. */
  readonly databaseUrl?: string;
  /** Whether subscribers ask for some instruments only. */
  readonly filtered?: boolean;
};

export type Served = {
  readonly port: number;
  /** Gives each payload to all who subscribe. */
  publish?(payloads: readonly Payload[]): Promise<void> | void;
};

/** An item of the subscription. */
export type Payload = { readonly events: readonly Event[] };
type Event = {
  readonly type: string;
  readonly signal: { readonly instrument: { readonly id: string } };
};

export type SubscriptionArgs = { readonly filter?: { readonly instruments?: readonly string[] } };

/** What somebody writes into the filter that each of these libraries has for it: asked for each subscriber and each item. */
export function isWanted({ events }: Payload, { filter }: SubscriptionArgs): boolean {
  return filter?.instruments?.includes(events[0]?.signal.instrument.id ?? '') ?? true;
}
