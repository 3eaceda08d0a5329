import { TIMEFRAMES, type Timeframe } from '../market-data/bar.ts';
import type { Instrument } from '../market-data/instrument.ts';
import { recordedInstruments, simulatedInstruments } from '../market-data/instruments/bundled.ts';
import { instrumentsWith, readInstruments } from '../market-data/instruments/file.ts';
import { parseSpeed, type Speed } from '../market-data/pacing.ts';
import { replaySource } from '../market-data/replay/replay.ts';
import { simulatedSource } from '../market-data/simulated/simulated.ts';
import type { MarketDataSource } from '../market-data/source.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';

/** The options of a command that say where bars come from, as they were typed. */
export type SourceFlags = {
  readonly bars?: string;
  readonly timeframe?: string;
  readonly speed?: string;
  readonly instruments?: string;
  readonly seed?: string;
};

export type SourceSettings = {
  readonly FEED: 'simulated' | 'replay';
  readonly SIMULATED_SEED: number;
  readonly SIMULATED_SPEED: number;
};

export type ChosenSource = {
  readonly source: MarketDataSource;
  readonly speed: Speed;
  /** For a person. */
  readonly description: string;
  /** A replay ends; a market, invented or not, does not. */
  readonly ends: boolean;
};

/** The source that flags and settings ask for. Throws a UserError that names the flag which does not fit. */
export async function chooseSource(flags: SourceFlags, settings: SourceSettings): Promise<ChosenSource> {
  const own = flags.instruments === undefined ? [] : await readInstruments(flags.instruments);
  if (flags.bars !== undefined) return replay(flags.bars, flags, own);
  if (settings.FEED === 'replay')
    throw new UserError(
      'MISSING_OPTION',
      '--bars is missing, expected a CSV or CSV.gz of bars because FEED is "replay"',
    );
  if (flags.timeframe !== undefined)
    throw new InvalidInput(
      '--timeframe',
      flags.timeframe,
      'to be given with --bars: the simulated feed has 1-minute bars',
    );
  return simulated(flags, settings, own);
}

/** A flag that would be passed over is a mistake, too. */
function refuse(flag: string, value: string | undefined, expected: string): void {
  if (value !== undefined) throw new InvalidInput(flag, value, expected);
}

function replay(file: string, flags: SourceFlags, own: readonly Instrument[]): ChosenSource {
  refuse('--seed', flags.seed, 'to be given without --bars: a recorded file has no seed');
  const timeframe = parseTimeframe(flags.timeframe ?? '1m');
  const speed = flags.speed === undefined ? 60 : parseSpeed(flags.speed);
  const instruments = instrumentsWith(own, [...recordedInstruments, ...simulatedInstruments]);
  const source = replaySource({ file, timeframe, speed, instruments });
  return { source, speed, description: `replay of ${file}, ${timeframe} bars, REPLAY, speed ${speed}`, ends: true };
}

function simulated(flags: SourceFlags, settings: SourceSettings, own: readonly Instrument[]): ChosenSource {
  const speed = flags.speed === undefined ? settings.SIMULATED_SPEED : parseSpeed(flags.speed);
  const seed = flags.seed === undefined ? settings.SIMULATED_SEED : parseSeed(flags.seed);
  const source = simulatedSource({ seed, speed, ...(own.length === 0 ? {} : { instruments: own }) });
  return {
    source,
    speed,
    description: `simulated market, seed ${seed}, 1m bars, SYNTHETIC (invented), speed ${speed}`,
    ends: false,
  };
}

function parseTimeframe(text: string): Timeframe {
  if (text in TIMEFRAMES) return text as Timeframe;
  throw new InvalidInput('--timeframe', text, Object.keys(TIMEFRAMES).join(' or '));
}

function parseSeed(text: string): number {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= 0xffff_ffff) return seed;
  throw new InvalidInput('--seed', text, 'a whole number from 0 to 4294967295');
}
