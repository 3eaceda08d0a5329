import type { TradingCalendar } from '../calendar/index.ts';
import type { Instrument } from '../market-data/instrument.ts';
import type { SourceDescription } from '../market-data/source.ts';
import type { PublicationPolicy } from './policy.ts';

/** Changes whenever `step` would say something else to the same input. */
export const STEP_VERSION = 1;

/** What never changes while an engine runs. */
export type EngineContext = {
  readonly source: SourceDescription;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly calendarOf: (instrumentId: string) => TradingCalendar;
  readonly policy: PublicationPolicy;
};
