import type { SourceDescription } from '../../market-data/source.ts';
import type { ChosenModel } from '../../signals/choose-models.ts';
import type { LiveDisplay } from '../feed/live-watch.ts';
import type { PipelineDisplay } from '../pipeline/watch.ts';
import { fact, type Write } from './fact.ts';
import { type Progress, progressOn } from './progress.ts';

/** Shows the pipeline to a person: a bar on a terminal, a line at each tenth elsewhere. */
export class PipelineConsole implements PipelineDisplay, LiveDisplay {
  readonly #write: Write;
  readonly #progress: Progress;
  #rows = 0;
  #total: number | null = null;
  #labelling = false;
  #backfilling = false;
  /** What was said of the feed last: one that comes and goes each second says the same. */
  #said = '';

  constructor(write: Write, terminal: boolean) {
    this.#write = write;
    this.#progress = progressOn(write, terminal);
  }

  described(source: SourceDescription): void {
    fact(
      this.#write,
      'source',
      `${source.sourceId}: ${source.instruments.map(({ symbol }) => symbol).join(', ')}`,
      `licence: ${source.licence}`,
    );
    this.#total = source.totalRows;
    if (this.#total !== null) this.#progress.start('bars', this.#total);
  }

  stored(rows: number): void {
    this.#rows += rows;
    if (this.#total === null) return;
    this.#progress.update(Math.min(this.#rows, this.#total));
    if (this.#rows >= this.#total) this.#progress.stop();
  }

  standby(): void {
    this.#say('another process follows this feed: standing by until it leaves');
  }

  backfilled({ from, upTo, until }: Parameters<LiveDisplay['backfilled']>[0]): void {
    // What was missed since yesterday is there in a moment.
    if (until - from < 2 * DAY) return;
    const days = (end: number): number => Math.ceil((end - from) / DAY);
    if (!this.#backfilling) this.#progress.start('back-fill', days(until));
    this.#backfilling = upTo < until;
    this.#progress.update(days(upTo));
    if (!this.#backfilling) this.#progress.stop();
  }

  heard(event: Parameters<LiveDisplay['heard']>[0]): void {
    if (event.kind === 'CONNECTED') this.#say('connected; bars come while the market is open');
    if (event.kind === 'DISCONNECTED') this.#say(`interrupted, connecting again: ${event.reason}`);
    if (event.kind === 'STALLED') this.#say(`silent in session since ${iso(event.since)}`);
    if (event.kind === 'RECOVERED') this.#say(`no longer silent: ${RECOVERED_BY[event.by]}`);
    if (event.kind === 'REFUSED') this.#say(`sent what is no bar, kept apart: ${event.reason}`);
  }

  #say(text: string): void {
    if (text === this.#said) return;
    this.#said = text;
    fact(this.#write, 'feed', text);
  }

  training(calendar: string): void {
    this.#progress.stop();
    fact(this.#write, 'training', `no model for this data yet: training one for ${calendar} on the first part of it`);
  }

  trainingProgress({ stage, done, total }: { stage: string; done: number; total: number }): void {
    if (stage !== 'LABELS') return;
    if (!this.#labelling) this.#progress.start('labels', total);
    this.#labelling = done < total;
    this.#progress.update(done);
    if (!this.#labelling) this.#progress.stop();
  }

  modelsChosen(models: readonly ChosenModel[]): void {
    this.#progress.stop();
    for (const entry of models) {
      if (entry.model === null)
        fact(this.#write, 'model', `none for ${entry.calendar}, so nothing is published: ${entry.reason}`);
      else fact(this.#write, 'model', ...modelLines(entry.model, entry.trained));
    }
    if (this.#total !== null && this.#rows < this.#total) this.#progress.start('bars', this.#total, this.#rows);
  }

  /** Leaves the terminal as it was. */
  end(): void {
    this.#progress.stop();
  }
}

const DAY = 86_400_000;
const RECOVERED_BY = { BAR: 'bars come again', CLOSE: 'the session is over', HALT: 'all trading is halted' } as const;

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function modelLines(
  { id, sha256, trainingFrom, eligibleFrom, artifact }: NonNullable<ChosenModel['model']>,
  trained: boolean,
): string[] {
  const day = (instant: number): string => new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
  const edge = (['LONG', 'SHORT'] as const).map((side) => `${side} ${artifact.metrics[side].edge}`).join(', ');
  return [
    `${id} (${sha256.slice(0, 12)}), ${trained ? 'trained just now' : 'stored'}, on data from ${day(trainingFrom)}Z`,
    `edge out of sample: ${edge}; decides from ${day(eligibleFrom)}Z on`,
  ];
}
