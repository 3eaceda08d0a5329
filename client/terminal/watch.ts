import type { CursorStore } from '../cursor-store.ts';
import { FollowError, RefusedError, StreamProblemError, withoutFullStop } from '../errors.ts';
import { type FollowOptions, follow } from '../follow.ts';
import type { Status } from '../status.ts';
import type { Cursor, SignalEvent, SignalFilter, StreamProblem } from '../types.ts';
import { type FollowArguments, parseArguments, UsageError, usage, wrong } from './arguments.ts';
import { notACursor, openCursorFile } from './cursor-file.ts';
import { farewell } from './farewell.ts';
import { connectionNotes } from './notes.ts';
import { patiently } from './patience.ts';
import { recentEvents, symbolFilter } from './service.ts';
import { edgeFootnote, type TableOptions, table } from './table.ts';

/** Where a command writes. `print` resolves when the text is out, and rejects when nobody reads any more. */
export type Terminal = TableOptions & {
  readonly print: (text: string) => Promise<void>;
  readonly note: (line: string) => void;
};

const RECENT = 10;

/** The command `follow`. Returns its exit code. */
export async function main(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  try {
    const given = parseArguments(args);
    if (given === 'help') await terminal.print(`${usage}\n`);
    else {
      const store = given.cursorFile === undefined ? undefined : await openCursorFile(given.cursorFile);
      await new Watch(given, store, terminal, signal).run();
    }
    return 0;
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    if (error instanceof UsageError) {
      terminal.note(error.message);
      return 2;
    }
    // A message of the stream or of the file system is for a person; anything else is a mistake of this program.
    if (!(error instanceof FollowError) && !isSystemError(error)) throw error;
    terminal.note(error.message);
    return 1;
  }
}

class Watch {
  readonly #given: FollowArguments;
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  readonly #store: CursorStore | undefined;
  readonly #lines: (event: SignalEvent) => string[];
  readonly #onStatus: (status: Status) => void;
  #printed = 0;
  #footnoted = false;
  #cursor: Cursor | undefined;
  /** Whether the file said where to begin. */
  #stored = false;

  constructor(given: FollowArguments, store: CursorStore | undefined, terminal: Terminal, signal: AbortSignal) {
    this.#given = given;
    this.#terminal = terminal;
    this.#signal = signal;
    this.#store = store;
    this.#lines = given.json ? (event) => [JSON.stringify(event)] : table(terminal);
    this.#onStatus = connectionNotes(terminal.note);
  }

  async run(): Promise<void> {
    const { url, symbols } = this.#given;
    const filter =
      symbols.length === 0
        ? undefined
        : await patiently(() => symbolFilter(url, symbols, this.#signal), this.#signal, this.#onStatus);
    const start = await this.#start(filter);
    if (start !== undefined && this.#printed < this.#given.limit) {
      await this.#follow(start, filter).catch((error: unknown) => this.#blame(error));
    }
    this.#terminal.note(farewell(this.#given, this.#printed, this.#cursor));
  }

  async #follow(start: Pick<FollowOptions, 'after' | 'from'>, filter: SignalFilter | undefined): Promise<void> {
    const deliveries = follow({
      url: this.#given.url,
      filter,
      ...start,
      signal: this.#signal,
      onStatus: this.#onStatus,
      onProblem: (problem) => this.#goOnAfter(problem),
    });
    for await (const { events, cursor } of deliveries) {
      if (await this.#print(events)) break;
      await this.#reached(cursor);
    }
  }

  /** The place in the file, the one on the command line, or the end of the last events, which are printed; undefined when it was stopped. */
  async #start(filter: SignalFilter | undefined): Promise<Pick<FollowOptions, 'after' | 'from'> | undefined> {
    const stored = await this.#store?.load();
    const after = stored ?? this.#given.after;
    if (after !== undefined) {
      this.#cursor = after;
      this.#stored = typeof stored === 'string';
      return { after };
    }
    if (this.#given.fromBeginning) return { from: 'BEGINNING' };

    const last = Math.min(RECENT, this.#given.limit);
    const recent = await patiently(
      () => recentEvents(this.#given.url, last, filter, this.#signal),
      this.#signal,
      this.#onStatus,
    );
    if (recent === undefined) return undefined;
    await this.#print(recent.events);
    // Nothing yet means that the beginning is now, and what happens before the subscription begins is not missed.
    if (recent.endCursor === null) return { from: 'BEGINNING' };
    await this.#reached(recent.endCursor);
    return { after: recent.endCursor };
  }

  /** Whether the limit is reached. */
  async #print(events: readonly SignalEvent[]): Promise<boolean> {
    for (const event of events) {
      await this.#terminal.print(this.#lines(event).join('\n').concat('\n'));
      this.#footnote(event);
      this.#printed += 1;
      if (this.#printed < this.#given.limit) continue;
      await this.#reached(event.cursor);
      return true;
    }
    return false;
  }

  #footnote(event: SignalEvent): void {
    if (this.#footnoted || this.#given.json || event.signal.edge === 'SHOWN') return;
    this.#footnoted = true;
    this.#terminal.note(edgeFootnote);
  }

  async #reached(cursor: Cursor): Promise<void> {
    this.#cursor = cursor;
    await this.#store?.save(cursor);
  }

  /** A cursor that was typed wrong, or a file of something else, is a mistake of the command line like any other. */
  #blame(error: unknown): never {
    const { after, cursorFile } = this.#given;
    const bad =
      error instanceof RefusedError && error.errors.some(({ extensions }) => extensions?.['code'] === 'BAD_CURSOR');
    if (bad && this.#stored && cursorFile !== undefined) throw notACursor(cursorFile);
    if (bad && after !== undefined) throw wrong('--after', after, 'a cursor exactly as this service gave it');
    throw error;
  }

  /** A person who watches is told and goes on. A place that was kept in a file is a promise, so there the command ends. */
  #goOnAfter(problem: StreamProblem): Cursor | null {
    const words = `${withoutFullStop(problem.message)} (${problem.code})`;
    if (this.#store !== undefined) {
      const again = `Delete ${JSON.stringify(this.#given.cursorFile)} to start anew`;
      throw new StreamProblemError({ ...problem, message: `${words}. ${again}` });
    }
    const cursor = nextCursor(problem);
    if (cursor !== null) this.#terminal.note(`${words}; events may be missing here, going on from the next ones`);
    return cursor;
  }
}

function nextCursor({ code, earliestCursor, lastCommonCursor }: StreamProblem): Cursor | null {
  if (code === 'OUTDATED_CURSOR') return earliestCursor;
  return code === 'EPOCH_CHANGED' ? lastCommonCursor : null;
}

function isClosedPipe(error: unknown): boolean {
  return isSystemError(error) && error.code === 'EPIPE';
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
