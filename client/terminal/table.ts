import { styleText } from 'node:util';
import type { SignalEvent, SignalEventType } from '../types.ts';

type Style = Parameters<typeof styleText>[0];
type Column = {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean;
  /** Left out where the terminal has fewer columns, so that no line wraps. */
  readonly from?: number;
  readonly text: (event: SignalEvent) => string;
  readonly style?: (event: SignalEvent) => Style | undefined;
};

const columns: readonly Column[] = [
  { title: 'time', width: 8, text: ({ occurredAt }) => occurredAt.slice(11, 19) },
  { title: 'symbol', width: 8, text: ({ signal }) => signal.instrument.symbol },
  { title: 'side', width: 5, text: ({ signal }) => signal.side },
  { title: 'what happened', width: 20, text: happened, style: ({ type }) => changes[type].style },
  { title: 'entry', width: 9, from: 112, right: true, text: ({ signal }) => signal.entry.referencePrice },
  { title: 'stop', width: 9, right: true, text: ({ signal }) => signal.stop },
  { title: 'target', width: 9, right: true, text: ({ signal }) => signal.targets.map(({ price }) => price).join('/') },
  { title: 'confidence', width: 10, from: 101, right: true, text: confidence },
  {
    title: 'model',
    width: 18,
    from: 132,
    text: ({ signal }) => `${signal.modelVersion.name}@${signal.modelVersion.version}`,
  },
  {
    title: 'data',
    width: 9,
    from: 89,
    text: ({ signal }) => [...new Set(signal.provenance.map(({ provenance }) => provenance))].join('+'),
  },
  { title: 'result', width: 7, text: result, style: resultStyle },
];

const changes: Readonly<Record<SignalEventType, { readonly words: string; readonly style?: Style }>> = {
  PUBLISHED: { words: 'published', style: 'bold' },
  TRIGGERED: { words: 'entered' },
  TARGET_HIT: { words: 'target hit', style: 'green' },
  STOP_HIT: { words: 'stop hit', style: 'red' },
  TIME_EXIT: { words: 'time is up' },
  SESSION_CLOSE: { words: 'session end' },
  EXPIRED_UNTRIGGERED: { words: 'expired, not entered', style: 'dim' },
  CANCELLED: { words: 'cancelled', style: 'dim' },
  SUPERSEDED: { words: 'superseded', style: 'dim' },
  VOID_DATA: { words: 'void, bad data', style: 'dim' },
};

export const edgeFootnote = '* this model has not been seen to be better than its baselines';

export type TableOptions = {
  readonly colour: boolean;
  readonly headerEvery: number;
  /** Columns of the terminal. */
  readonly width: number;
};

/** Turns events into lines: one each, a date where the day changes, and the header again after `headerEvery` of them. */
export function table(options: TableOptions): (event: SignalEvent) => string[] {
  const shown = columns.filter(({ from = 0 }) => from <= options.width);
  let rows = 0;
  let day = '';
  const paint = (style: Style | undefined, text: string) =>
    style === undefined || !options.colour ? text : styleText(style, text, { validateStream: false });

  return (event) => {
    const lines: string[] = [];
    if (rows++ % options.headerEvery === 0) {
      if (rows > 1) lines.push('');
      lines.push(paint('underline', join(shown.map(({ title, ...column }) => pad(title, column)))));
    }
    if (event.occurredAt.slice(0, 10) !== day) {
      day = event.occurredAt.slice(0, 10);
      lines.push(paint('dim', `${clean(day)} UTC`));
    }
    lines.push(join(shown.map((column) => paint(column.style?.(event), pad(clean(column.text(event)), column)))));
    return lines;
  };
}

function happened({ type, fill }: SignalEvent): string {
  return fill === null ? changes[type].words : `${changes[type].words} ${fill}`;
}

function confidence({ signal }: SignalEvent): string {
  return `${(Number(signal.confidence) * 100).toFixed(1)} %${signal.edge === 'NOT_SHOWN' ? '*' : ' '}`;
}

function result({ outcome, reason }: SignalEvent): string {
  if (outcome === null) return reason ?? '';
  const netR = Number(outcome.netR);
  return `${netR < 0 ? '' : '+'}${netR.toFixed(2)} R`;
}

function resultStyle({ outcome }: SignalEvent): Style | undefined {
  if (outcome === null) return undefined;
  return Number(outcome.netR) < 0 ? 'red' : 'green';
}

function pad(text: string, { width, right = false }: Pick<Column, 'width' | 'right'>): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

function join(cells: readonly string[]): string {
  return cells.join('  ').trimEnd();
}

/** What comes over the network must not steer the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
