import { Presets, SingleBar } from 'cli-progress';
import { fact, LABEL, type Write } from './fact.ts';

/** The progress of one thing at a time: a bar on a terminal, a line at each tenth elsewhere. */
export interface Progress {
  start(name: string, total: number, from?: number): void;
  update(value: number): void;
  stop(): void;
}

export function progressOn(write: Write, terminal: boolean): Progress {
  return terminal ? new BarProgress() : new LineProgress(write);
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
