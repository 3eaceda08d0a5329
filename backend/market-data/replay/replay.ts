import { basename } from 'node:path';
import { calendarById } from '../../calendar/index.ts';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import type { SourceBar, Timeframe } from '../bar.ts';
import type { CorporateAction } from '../corporate-actions/action.ts';
import type { Instrument } from '../instrument.ts';
import { checkSpeed, Pacer, type Speed, systemTimer, type Timer } from '../pacing.ts';
import type { MarketDataSource, SourceBatch, SourceDescription } from '../source.ts';
import { emptyTally, fileBatches } from './batches.ts';
import { RowReader } from './row.ts';
import { type Survey, surveyOf } from './survey.ts';

export type ReplayOptions = {
  /** Path of a CSV or CSV.gz with the header symbol,timestamp,open,high,low,close,volume and the open time in UTC, ordered by time. */
  readonly file: string;
  readonly timeframe: Timeframe;
  /** Times real time; 'max' does not wait. Bars of the history are never waited for. */
  readonly speed: Speed;
  /** Those that the file's symbols may mean. */
  readonly instruments: readonly Instrument[];
  /** What happened to them besides trading; bars are scaled by the splits, symbols are understood by their dates. Default: nothing. */
  readonly actions?: readonly CorporateAction[];
  /** Part of the file's sessions that is history, at least one session. Default two thirds. */
  readonly historyFraction?: number;
  readonly timer?: Timer;
};

/** A recorded file as a feed, and what a first reading of the whole file found in it. */
export interface ReplaySource extends MarketDataSource {
  survey(): Promise<Survey>;
}

/**
 * Plays a file of recorded bars. The file is read twice, a piece at a time: first to count it, then to give its batches. `describe`,
 * `survey` and `batches` throw a UserError that names the file when it cannot be read, is no bars file, or has a symbol that no
 * instrument has.
 */
export function replaySource(options: ReplayOptions): ReplaySource {
  const { file, timeframe, instruments, actions = [], historyFraction = 2 / 3, timer = systemTimer } = options;
  const speed = checkSpeed(options.speed);
  if (!(historyFraction >= 0 && historyFraction <= 1)) {
    throw new InvalidInput('historyFraction', historyFraction, 'a number from 0 to 1');
  }

  let surveyed: Promise<Survey> | undefined;
  const survey = () => {
    surveyed ??= surveyOf({ file, timeframe, instruments, historyFraction, actions });
    return surveyed;
  };

  return {
    survey,
    async describe() {
      return description(file, timeframe, await survey(), actions);
    },
    async *batches({ signal, resumeAfter = Number.NEGATIVE_INFINITY }) {
      signal.throwIfAborted();
      const { historyEnd, leadingTime, rows, instruments: known } = await survey();
      const calendars = new Map(known.map(({ id, calendar }) => [id, calendarById(calendar)]));
      const sessionDateOf = (bar: SourceBar) => calendars.get(bar.instrumentId)?.sessionDateOf(bar.barStart) ?? null;
      const pacer = new Pacer({ speed, timer, signal });
      const reader = new RowReader(timeframe, instruments, actions);
      const tally = emptyTally();

      for await (const batch of fileBatches({ path: file, timeframe, reader, leadingTime, tally })) {
        signal.throwIfAborted();
        if (batch.knownTime <= resumeAfter) continue;
        const bar = firstLiveBar(batch, historyEnd);
        if (bar !== undefined) await pacer.wait(batch.knownTime, sessionDateOf(bar));
        yield batch;
      }
      if (tally.rows !== rows) throw changed(file);
    },
  };
}

function firstLiveBar({ bars }: SourceBatch, historyEnd: number): SourceBar | undefined {
  return bars.find((bar) => bar.barEnd > historyEnd);
}

function changed(file: string): UserError {
  return new UserError(
    'BAD_BARS_FILE',
    `${basename(file)} was changed while it was read, expected the same rows twice`,
  );
}

function description(
  file: string,
  timeframe: Timeframe,
  survey: Survey,
  actions: readonly CorporateAction[],
): SourceDescription {
  const ids = new Set(survey.instruments.map(({ id }) => id));
  return {
    sourceId: `replay-${slug(file)}-${timeframe}`,
    feed: 'REPLAY',
    provenance: 'REPLAY',
    licence: "recorded file; rights are the owner's of the file",
    timeframe,
    instruments: survey.instruments,
    actions: actions.filter(({ instrumentId }) => ids.has(instrumentId)),
    totalRows: survey.rows,
    historyEnd: survey.historyEnd,
  };
}

/** The file's name without folder and .csv or .csv.gz, as a part of a name of ours. */
function slug(file: string): string {
  const name = basename(file)
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/\.csv$/, '');
  return (
    name
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 64) || 'file'
  );
}
