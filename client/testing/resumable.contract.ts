import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CursorStore } from '../cursor-store.ts';
import { GapError, StreamProblemError } from '../errors.ts';
import type { ResumeOptions, Sink } from '../resume.ts';
import type { StreamItem } from '../types.ts';
import { logServerPerTest, until, upTo } from './following.ts';
import type { LogServer } from './log-server.ts';

export type Result = { readonly data: { readonly signalEvents: StreamItem } };
export type Subscribing = { readonly query: string; readonly variables: Record<string, unknown> };
/** Subscribes somebody else's client, as it is published when there are no options, and else with ours; answers how to leave. */
export type Subscribe = (
  server: LogServer,
  request: Subscribing,
  sink: Sink<Result>,
  options: ResumeOptions | 'as published',
) => () => unknown;

const QUERY = `subscription Test($after: Cursor, $from: StreamStart, $maxBatch: Int) {
  signalEvents(after: $after, from: $from, maxBatch: $maxBatch) {
    __typename
    ... on SignalEventBatch { cursor previousCursor events { stream epoch seq } }
    ... on StreamCheckpoint { cursor previousCursor live }
    ... on StreamProblem { code message earliestCursor }
  }
}`;

/** What every client that we wrap must do over the protocol of the service. */
export function describeResumableClient(name: string, subscribe: Subscribe): void {
  const fixture = logServerPerTest();

  function started(
    options: ResumeOptions | 'as published' = {},
    { query = QUERY, ...variables }: { query?: string } & Record<string, unknown> = {},
  ) {
    const program = { seqs: [] as number[], items: [] as StreamItem[], error: undefined as unknown, completed: false };
    const sink: Sink<Result> = {
      next: ({ data }) => {
        program.items.push(data.signalEvents);
        if ('events' in data.signalEvents) program.seqs.push(...data.signalEvents.events.map(({ seq }) => seq));
      },
      error: (error) => {
        program.error = error;
      },
      complete: () => {
        program.completed = true;
      },
    };
    const leave = subscribe(fixture.server, { query, variables: { from: 'BEGINNING', ...variables } }, sink, options);
    onTestFinished(() => void leave());
    return Object.assign(program, { leave });
  }
  const restart = async (code?: number) => {
    await fixture.server.stop(code);
    fixture.append(3);
    await wait(30);
    await fixture.server.start();
  };

  describe(`${name} as it is published`, () => {
    it('comes back after a restart of the server, and asks as it asked at first', async () => {
      fixture.append(3);
      const program = started('as published');
      await until(() => program.seqs.length === 3);
      await restart(1012);
      await until(() => program.seqs.length === 9);
      expect(program).toMatchObject({ seqs: [...upTo(3), ...upTo(6)], completed: false, error: undefined });
    });
  });

  describe(`${name} with our wrapper`, () => {
    it.each([1012, undefined])('goes on from the last cursor after a restart (close code %s)', async (code) => {
      fixture.append(3);
      const program = started({}, { maxBatch: 2 });
      await until(() => program.seqs.length === 3);
      await restart(code);
      await until(() => program.seqs.length >= 6);
      expect(program).toMatchObject({ seqs: upTo(6), completed: false, error: undefined });
      const { requests, log } = fixture.server;
      expect(requests.map(({ after }) => after ?? undefined)).toEqual([undefined, log.cursor(3)]);
    });

    it('goes on without a gap when connections are dropped again and again', async () => {
      const program = started({}, { maxBatch: 4 });
      for (let round = 0; round < 20; round++) {
        fixture.append(10);
        await wait(5);
        fixture.server.dropAll();
      }
      await until(
        () => program.seqs.length >= 200,
        () => program.error,
      );
      expect(program.seqs).toEqual(upTo(200));
    });

    it('drops what comes twice, and asks once more for what was skipped', async () => {
      fixture.server.batchesToRepeat = 3;
      fixture.server.losses.set(4, 1);
      fixture.append(6);
      const program = started({}, { maxBatch: 1 });
      await until(() => program.seqs.length >= 6);
      expect(program.seqs).toEqual(upTo(6));
      expect(fixture.server.requests.at(-1)).toMatchObject({ after: fixture.server.log.cursor(3) });
    });

    it('tells a gap that stays, with the cursors on both sides', async () => {
      fixture.server.losses.set(3, 2);
      fixture.append(5);
      const program = started({}, { maxBatch: 1 });
      await until(() => program.error !== undefined);
      expect(program.seqs).toEqual([1, 2]);
      expect(program.error).toBeInstanceOf(GapError);
      const { log } = fixture.server;
      expect(program.error).toMatchObject({ lastCursor: log.cursor(2), nextCursor: log.cursor(3) });
    });

    it('tells a cursor that does not continue, or goes on from one that was chosen', async () => {
      fixture.append(9);
      fixture.server.log.retainFrom(6);
      const after = fixture.server.log.cursor(2);
      const program = started({}, { after });
      await until(() => program.error !== undefined);
      expect(program.error).toBeInstanceOf(StreamProblemError);
      expect(program.error).toMatchObject({ code: 'OUTDATED_CURSOR' });

      const accepting = started({ onProblem: ({ earliestCursor }) => earliestCursor }, { after });
      await until(() => accepting.seqs.length === 4);
      expect(accepting.seqs).toEqual([6, 7, 8, 9]);
    });

    it('hands on a problem that passes by itself', async () => {
      fixture.append(1);
      fixture.server.problems.push({ code: 'SHUTTING_DOWN' });
      const program = started();
      await until(() => program.seqs.length === 1);
      expect(program.items[0]).toMatchObject({ __typename: 'StreamProblem', code: 'SHUTTING_DOWN' });
    });

    it('begins where the store says', async () => {
      fixture.append(5);
      const store: CursorStore = { load: async () => fixture.server.log.cursor(3), save: async () => undefined };
      const program = started({ store }, { after: fixture.server.log.cursor(1) });
      await until(() => program.seqs.length === 2);
      expect(program.seqs).toEqual([4, 5]);
    });

    it('tells a document that leaves out the place', async () => {
      fixture.append(1);
      const query = 'subscription ($after: Cursor) { signalEvents(after: $after, from: BEGINNING) { __typename } }';
      const program = started({}, { query });
      await until(() => program.error !== undefined);
      expect(String(program.error)).toContain('expected the selection to have ... on SignalEventBatch { cursor');
    });

    it('leaves a subscription without $after as it is', async () => {
      fixture.append(1);
      const query =
        'subscription { signalEvents(from: BEGINNING) { __typename ... on SignalEventBatch { events { seq } } } }';
      const program = started({}, { query });
      await until(() => program.seqs.length === 1);
    });

    it('leaves no connection behind, and says nothing more, after it was left', async () => {
      fixture.append(1);
      const program = started();
      await until(() => program.seqs.length === 1);
      await program.leave();
      fixture.append(1);
      await until(() => fixture.server.connections.length + fixture.server.eventStreams.size === 0);
      expect(program).toMatchObject({ seqs: [1], error: undefined });
    });
  });
}
