import type { CursorCodec } from '../log/cursor.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { readEventsAfter, readEventsBefore, readStreamState } from '../log/read.ts';
import { resolvePosition } from '../log/resolve-position.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { SETTLER_VERSION } from '../outcomes/outcome.ts';
import type { Clock } from '../platform/clock.ts';
import type { Pool } from '../platform/database/pool.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import type { Page } from '../platform/graphql/connection.ts';
import { KnownSignals } from './known-signals.ts';
import type { Signal, SignalState } from './signal.ts';
import { parseSignalEvent, type SignalEventBody } from './signal-event.ts';
import { filterHash, matches, type SignalFilter } from './signal-filter.ts';
import { type PageRow, pageQuery, type SignalListQuery, standingsOf } from './signal-page.ts';
import type { StoredSignal } from './stored-signal.ts';

export type { StoredSignal };

export type EventOfSignal = {
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  readonly schemaVersion: number;
  readonly prevHash: string;
  readonly hash: string;
  readonly cursor: string;
  readonly body: SignalEventBody;
};
export type FoundEvents = {
  readonly events: readonly EventOfSignal[];
  /** Where the search was broken off after a long stretch without a match: there may be more behind it. Null when it came to an end. */
  readonly stoppedAt: string | null;
};

const SIGNAL = `s.body, s.state, (select o.body from outcome o where o.signal_id = s.id and o.settler_version <= $1 order by o.settler_version desc limit 1) as outcome,
  (select m.code_commit from model_version m where m.id = s.model_version_id) as code_commit`;
/** The pages that are read again and again, and room for whoever goes far back. */
const KNOWN_SIGNALS = 2_000;
const PAGE = 500;
// A filter that matches nothing must not make one query walk through the whole log.
const MAX_SCANNED = 20_000;

/** Reads of signals and of what happened to them. */
export class SignalsService {
  readonly #pool: Pool;
  readonly #codec: CursorCodec;
  readonly #clock: Clock;
  readonly #known = new KnownSignals(KNOWN_SIGNALS);

  /** `clock` is the clock of the data: it says what is still actionable. */
  constructor(pool: Pool, codec: CursorCodec, clock: Clock) {
    this.#pool = pool;
    this.#codec = codec;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredSignal>> {
    const wanted = ids.filter((id) => /^[0-9a-f-]{36}$/.test(id));
    const { rows } = await this.#pool.query<Row>({
      name: 'signals-by-ids',
      text: `select ${SIGNAL} from signal s where s.id = any ($2::uuid[])`,
      values: [SETTLER_VERSION, wanted],
    });
    return new Map(rows.map(parse).map((stored) => [stored.signal.id, stored]));
  }

  /** Newest first. One row more than the page holds, to tell whether there are more. */
  async list(query: SignalListQuery): Promise<StoredSignal[]> {
    const { rows } = await this.#pool.query<PageRow>(pageQuery(query));
    const standings = standingsOf(rows);
    const unknown = standings.filter(({ id, state }) => this.#known.get(id)?.state !== state).map(({ id }) => id);
    // One that has moved on since is told as it stands now, as if it had been asked for a moment later.
    const read = unknown.length === 0 ? null : await this.byIds(unknown);
    for (const [id, stored] of read ?? []) this.#known.set(id, stored);
    return standings.slice(0, query.page.limit + 1).flatMap(({ id }) => read?.get(id) ?? this.#known.get(id) ?? []);
  }

  /** Events of the public stream in the cursor space of the subscription; in the order of reading, one more than the page holds. */
  async events(page: Page, filter: SignalFilter): Promise<FoundEvents> {
    const ofFilter = filterHash(filter);
    let seq = await this.#start(page, ofFilter);
    const found: EventOfSignal[] = [];
    let stoppedAt: string | null = null;
    for (let scanned = 0; scanned < MAX_SCANNED; scanned += PAGE) {
      const logged = page.backward
        ? await readEventsBefore(this.#pool, PUBLIC_STREAM, seq, PAGE)
        : await readEventsAfter(this.#pool, PUBLIC_STREAM, seq, PAGE);
      for (const event of logged) {
        const body = parseSignalEvent(event);
        if (!matches(filter, body, this.#clock.now())) continue;
        const { stream, epoch, schemaVersion, prevHash, hash } = event;
        const cursor = this.#codec.encode({ positions: { [stream]: { epoch, seq: event.seq } }, filterHash: ofFilter });
        found.push({ stream, epoch, seq: event.seq, schemaVersion, prevHash, hash, cursor, body });
        if (found.length > page.limit) return { events: found, stoppedAt: null };
      }
      const last = logged.at(-1);
      if (last === undefined || logged.length < PAGE) return { events: found, stoppedAt: null };
      seq = last.seq;
      stoppedAt = this.#codec.encode({
        positions: { [last.stream]: { epoch: last.epoch, seq } },
        filterHash: ofFilter,
      });
    }
    return { events: found, stoppedAt };
  }

  async #start(page: Page, hash: string): Promise<number> {
    if (page.cursor === null) {
      if (!page.backward) return 0;
      const { head } = await readStreamState(this.#pool, PUBLIC_STREAM);
      return head.seq + 1;
    }
    const content = this.#codec.decode(page.cursor, page.backward ? 'before' : 'after');
    const position = content.positions[PUBLIC_STREAM];
    if (position === undefined || content.filterHash !== hash) {
      throw new InvalidInput(
        page.backward ? 'before' : 'after',
        page.cursor,
        'a cursor that was made under the same filter',
      );
    }
    const seq = resolvePosition(await readStreamState(this.#pool, PUBLIC_STREAM), position);
    if (typeof seq !== 'number') throw new UserError(seq.code, seq.message);
    return seq;
  }
}

type Row = { body: string; state: SignalState; outcome: string | null; code_commit: string | null };

function parse(row: Row): StoredSignal {
  return {
    signal: JSON.parse(row.body) as Signal,
    state: row.state,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as Outcome),
    codeCommit: row.code_commit,
  };
}
