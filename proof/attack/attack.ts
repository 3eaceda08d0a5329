import type { Scene } from './scene/scene.ts';
import type { Transport } from './wire/answer.ts';

/** What is wrong with what the service did; nothing when it was safe. */
export type Faults = readonly string[];

/** Sends the attack and looks at what comes of it. Throws only when the trial itself cannot be made. */
export type Trial = (scene: Scene) => Promise<Faults>;

/** One case of the list, by its number there; those of graphql-cop are S2.1 to S2.13. */
export type Attack = {
  readonly number: string;
  readonly title: string;
  /** What is sent. */
  readonly sent: string;
  /** What a safe service does. */
  readonly safe: string;
  /** Takes seconds rather than milliseconds: left out with --fast. */
  readonly slow?: true;
  readonly trials: Readonly<Partial<Record<Transport, Trial>>>;
  /** The longest delay of the event loop that one request may cause, in ms; looked at only where it is said. */
  readonly stallMs?: number;
  /** By how much the process may grow for it, in MB; looked at only where it is said. */
  readonly growthMb?: number;
};

/** Where there is nothing to attack: only what a probe of surfaces.ts says. */
export type Verdict = 'SAFE' | 'UNSAFE' | 'NO SURFACE';

export type Row = {
  readonly number: string;
  readonly title: string;
  readonly transport: Transport;
  readonly verdict: Verdict;
  readonly faults: Faults;
  /** What was measured, in words. */
  readonly figures: readonly string[];
};
