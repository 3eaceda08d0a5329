import { Presets, SingleBar } from 'cli-progress';
import type { SourceDescription } from '../market-data/source.ts';
import type { ChosenModel } from '../signals/choose-models.ts';
import type { PipelineDisplay } from './watch-pipeline.ts';

export type Write = (text: string) => void;

const LABEL = 10;

/** One fact a line: what it is, then what there is to say. */
export function fact(write: Write, label: string, ...lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) write(`  ${(index === 0 ? label : '').padEnd(LABEL)}${line}\n`);
}

/** Shows the pipeline to a person: a bar on a terminal, a line at each tenth elsewhere. */
export class PipelineConsole implements PipelineDisplay {
  readonly #write: Write;
  readonly #progress: Progress;
  #rows = 0;
  #total: number | null = null;
  #labelling = false;

  constructor(write: Write, terminal: boolean) {
    this.#write = write;
    this.#progress = terminal ? new BarProgress() : new LineProgress(write);
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

interface Progress {
  start(name: string, total: number, from?: number): void;
  update(value: number): void;
  stop(): void;
}

class BarProgress implements Progress {
  #bar: SingleBar | null = null;

  start(name: string, total: number, from = 0): void {
    this.stop();
    const format = `  ${name.padEnd(LABEL)}{bar} {percentage} %  {value} of {total}  {duration_formatted}`;
    this.#bar = new SingleBar(
      { format, hideCursor: true, clearOnComplete: false, barsize: 32 },
      Presets.shades_classic,
    );
    this.#bar.start(total, from);
  }

  update(value: number): void {
    this.#bar?.update(value);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

class LineProgress implements Progress {
  readonly #write: Write;
  #name = '';
  #total = 0;
  #tenth = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  start(name: string, total: number, from = 0): void {
    this.#name = name;
    this.#total = total;
    this.#tenth = Math.floor((from / Math.max(1, total)) * 10);
  }

  update(value: number): void {
    const tenth = Math.floor((value / Math.max(1, this.#total)) * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    fact(this.#write, this.#name, `${value} of ${this.#total}`);
  }

  stop(): void {
    this.#total = 0;
  }
}
