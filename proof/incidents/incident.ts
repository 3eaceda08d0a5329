import type { Kind, When } from './stage/days.ts';
import type { MarketStage } from './stage/market.ts';
import type { PastStage } from './stage/past.ts';
import type { Stage } from './stage/stage.ts';

/** Something that goes wrong for real, and what is told of it. */
export type Incident<S extends Stage = MarketStage> = {
  readonly name: string;
  /** What is done, for people. */
  readonly what: string;
  /**
   * The alerts that fire, and no others; the first is the one whose page is opened. None: nobody may be woken. Where several rules have one
   * name, with severity and what it is about: `BackupTooOld page export`.
   */
  readonly fires: readonly string[];
  /** So many minutes of the rules' time the fault is kept up after the first alert, or from its begin where none may fire: others have time to come. */
  readonly minutes: number;
  inject(stage: S): Promise<void> | void;
  /** Between which instants of the market the first alert has to come, ms. */
  readonly told?: (stage: S) => readonly [from: number, until: number];
  /** The page whose drill clears it; absent where nothing of its words can be carried out on one machine. */
  readonly drill?: string;
  /** What the world outside does before the drill, or in its place, and what that is called: nobody on call could do it. */
  readonly undo?: { readonly what: string; work(stage: S): Promise<void> | void };
  /** Ends what was started for it and is still there when all has been looked at, so that the next one begins without it. It mends nothing. */
  readonly leave?: () => Promise<void> | void;
};

/** On a day of a market, where in it, and by a clock that runs faster than this machine's. */
export type MarketIncident = Incident<MarketStage> & {
  readonly day: Kind;
  readonly when: When;
  /** Whether the size of the database is told, as the cloud tells it. */
  readonly disk?: true;
};

/** Over hours and days that have passed, which are back-filled. */
export type PastIncident = Incident<PastStage>;

/** What came of it. */
export type Outcome = {
  readonly incident: Pick<Incident, 'name' | 'what' | 'fires'>;
  /** In the order in which they came. */
  readonly fired: readonly string[];
  /** Among them those of which nobody is told, because their cause is known. */
  readonly silenced: readonly string[];
  readonly secondsToFire: number | null;
  readonly clearedBy: string;
  readonly secondsToClear: number | null;
  readonly faults: readonly string[];
  /** How busy this machine was, where that is so much that faults say nothing; else null. */
  readonly late: string | null;
};
