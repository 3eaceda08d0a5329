/** One benchmark: a file in benches/ exports it, benches/index.ts lists it. */
export type Benchmark = {
  /** What it is called on the command line. */
  readonly name: string;
  /** Its number in the list of goals, such as "P9". */
  readonly id: string;
  /** What tells it from another one of the same name, such as "N = 5,000"; left out where there is one only. */
  readonly size?: string;
  /** What is done, in one sentence. */
  readonly work: string;
  readonly unit: Unit;
  /** Packages of proof/bench/package.json that it loads with `peer`. */
  readonly peers: readonly string[];
  /** Whether it starts a redis-server, or valkey-server. */
  readonly needsRedis?: boolean;
  /** Rounds that are counted; each runs every variant once, in turn. At least 5. */
  readonly rounds: number;
  /** Goals that `ours` has to reach. */
  readonly goals: readonly Goal[];
  prepare(): Promise<Prepared>;
};

/** What the figures count, such as "ns a bar", and how many of it are one microsecond a unit of work: 1,000. */
export type Unit = { readonly name: string; readonly perMicrosecond: number };

export type Prepared = {
  readonly variants: readonly Variant[];
  /** Compares what the variants have made in all rounds. Says in a few words what was compared; throws a Difference. */
  check(): Promise<readonly string[]>;
  /** What the reader has to know beside the figures, such as versions of programs that are no packages. */
  readonly notes: readonly string[];
  close(): Promise<void>;
};

export type Variant = {
  readonly name: string;
  /** `part`: ours again, with more or less of the work, to see what a part of it costs. */
  readonly role: 'ours' | 'part' | 'peer' | 'limit';
  /** A fresh start for the next round; not measured. */
  setUp?(): Promise<void> | void;
  /** The work of one round. The answer is how many units it did. */
  run(): Promise<number> | number;
  /** CPU time, in microseconds since it began, of other processes that do this variant's work, such as a database's. */
  elsewhere?(): number;
  /** The same of the process that does the work, where that is not this one: then this one only asks for it, and does not count. */
  server?(): number;
  /** What the last run showed, in place of CPU time: bytes, or a percentile of times in microseconds. */
  figure?(): number;
};

/**
 * `most`: our figure, in the benchmark's unit, is this at most. `cost`: ours is this times the other variant's at most.
 * `speed`: ours is this times as fast as the other variant at least.
 */
export type Goal =
  | { readonly most: number }
  | { readonly cost: number; readonly of: string }
  | { readonly speed: number; readonly of: string };

/** Medians over the rounds, in microseconds a unit of work. `cpu`: or what is measured in its place; then there is no `wall`. */
export type Figure = { readonly cpu: number; readonly wall: number | null };

/** `middle`: between these lies the CPU time of the middle half of the rounds. */
export type Measured = Figure & Pick<Variant, 'name' | 'role'> & { readonly middle: readonly [number, number] };

export type Outcome = {
  readonly benchmark: Benchmark;
  readonly figures: readonly Measured[];
  readonly checked: readonly string[];
  readonly notes: readonly string[];
};

/** Two variants that should have made the same have not: then their figures say nothing. */
export class Difference extends Error {}
