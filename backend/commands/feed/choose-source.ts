import { TIMEFRAMES, type Timeframe } from '../../market-data/bar.ts';
import { readActions } from '../../market-data/corporate-actions/file.ts';
import type { Instrument } from '../../market-data/instrument.ts';
import { recordedInstruments, simulatedInstruments } from '../../market-data/instruments/bundled.ts';
import { instrumentsWith, readInstruments } from '../../market-data/instruments/file.ts';
import { parseSpeed } from '../../market-data/pacing.ts';
import { replaySource } from '../../market-data/replay/replay.ts';
import { simulatedSource } from '../../market-data/simulated/simulated.ts';
import type { MarketDataSource } from '../../market-data/source.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import { alpaca } from './alpaca.ts';
import type { ChosenSource, SourceSettings } from './chosen-source.ts';
import { coinbase } from './coinbase.ts';

/** The options of a command that say where bars come from, as they were typed. */
export type SourceFlags = {
  readonly bars?: string;
  readonly timeframe?: string;
  readonly speed?: string;
  readonly instruments?: string;
  readonly actions?: string;
  readonly seed?: string;
};

/** The source that flags and settings ask for. Throws a UserError that names the flag or the setting which does not fit. */
export async function chooseSource(flags: SourceFlags, settings: SourceSettings): Promise<ChosenSource> {
  if (settings.ENVIRONMENT === 'production' && flags.bars !== undefined)
    throw new InvalidInput(
      '--bars',
      flags.bars,
      `none when ENVIRONMENT is production: a recorded file is REPLAY, ${ONLY_REAL}`,
    );
  const own = flags.instruments === undefined ? [] : await readInstruments(flags.instruments);
  if (flags.bars !== undefined) return replay(flags.bars, flags, own);
  const feed = settings.FEED ?? (settings.ALPACA_API_KEY === null ? 'simulated' : 'alpaca');
  if (feed === 'replay')
    throw new UserError(
      'MISSING_OPTION',
      '--bars is missing, expected a CSV or CSV.gz of bars because FEED is "replay"',
    );
  refuse('--timeframe', flags.timeframe, `to be given with --bars: the ${feed} feed has 1-minute bars`);
  refuse('--actions', flags.actions, `to be given with --bars: the ${feed} feed has its own`);
  if (feed === 'simulated') return simulated(flags, settings, own);
  refuse('--speed', flags.speed, 'to be given without a live feed: a market has its own pace');
  refuse('--seed', flags.seed, 'to be given without a live feed: a market has no seed');
  return feed === 'coinbase' ? coinbase(settings, own) : alpaca(settings, own);
}

const ONLY_REAL = 'and production takes real data only';

/** A recorded file of bars, as `--bars` names it. */
export async function chooseReplay(file: string | undefined, flags: SourceFlags): Promise<MarketDataSource> {
  const own = flags.instruments === undefined ? [] : await readInstruments(flags.instruments);
  if (file === undefined) throw new UserError('MISSING_OPTION', '--bars is missing, expected a CSV or CSV.gz of bars');
  return (await replayOf(file, flags, own)).source;
}

/** A flag that would be passed over is a mistake, too. */
function refuse(flag: string, value: string | undefined, expected: string): void {
  if (value !== undefined) throw new InvalidInput(flag, value, expected);
}

async function replay(file: string, flags: SourceFlags, own: readonly Instrument[]): Promise<ChosenSource> {
  refuse('--seed', flags.seed, 'to be given without --bars: a recorded file has no seed');
  const { source, speed, timeframe } = await replayOf(file, flags, own);
  const description = `replay of ${file}, ${timeframe} bars, REPLAY, speed ${speed}`;
  return { ...opening(source), speed, description, ends: true };
}

async function replayOf(file: string, flags: SourceFlags, own: readonly Instrument[]) {
  const timeframe = parseTimeframe(flags.timeframe ?? '1m');
  const speed = flags.speed === undefined ? 60 : parseSpeed(flags.speed);
  const instruments = instrumentsWith(own, [...recordedInstruments, ...simulatedInstruments]);
  const actions = flags.actions === undefined ? [] : await readActions(flags.actions, instruments);
  return { source: replaySource({ file, timeframe, speed, instruments, actions }), speed, timeframe };
}

function simulated(flags: SourceFlags, settings: SourceSettings, own: readonly Instrument[]): ChosenSource {
  const speed = flags.speed === undefined ? settings.SIMULATED_SPEED : parseSpeed(flags.speed);
  const seed = flags.seed === undefined ? settings.SIMULATED_SEED : parseSeed(flags.seed);
  const source = simulatedSource({ seed, speed, ...(own.length === 0 ? {} : { instruments: own }) });
  const description = `simulated market, seed ${seed}, 1m bars, SYNTHETIC (invented), speed ${speed}`;
  return { ...opening(source), speed, description, ends: false };
}

function opening(source: MarketDataSource): Pick<ChosenSource, 'check' | 'open'> {
  return { check: () => source.describe(), open: async () => ({ source, live: null }) };
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
