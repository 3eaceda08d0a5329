import { describe, expect, it } from 'vitest';
import { GapError, RefusedError, StreamProblemError } from './errors.ts';
import type { Status } from './status.ts';
import { logServerPerTest, until, upTo } from './testing/following.ts';

const fixture = logServerPerTest();

describe('the chain', () => {
  it('fetches a lost batch again', async () => {
    fixture.append(6);
    fixture.server.losses.set(3, 1);
    expect(await fixture.seqs(6, { from: 'BEGINNING', maxBatch: 2 })).toEqual(upTo(6));
    expect(fixture.server.requests.map(({ after }) => after)).toEqual([undefined, fixture.server.log.cursor(2)]);
  });

  it('notices a lost batch although a checkpoint follows it', async () => {
    fixture.append(2);
    fixture.server.losses.set(3, 1);
    const following = fixture.seqs(3, { from: 'BEGINNING' }, ({ events }) => events.length === 2 && fixture.append(1));
    expect(await following).toEqual([1, 2, 3]);
    expect(fixture.server.requests.at(-1)).toMatchObject({ after: fixture.server.log.cursor(2) });
  });

  it('tells a gap that stays, with the cursors on both sides', async () => {
    fixture.append(5);
    fixture.server.losses.set(3, 2);
    const seen: number[] = [];
    const error = await fixture
      .seqs(5, { from: 'BEGINNING', maxBatch: 1 }, ({ events }) => seen.push(...events.map(({ seq }) => seq)))
      .catch((reason: unknown) => reason);
    expect(seen).toEqual([1, 2]);
    expect(error).toBeInstanceOf(GapError);
    expect(error).toMatchObject({
      code: 'GAP',
      lastCursor: fixture.server.log.cursor(2),
      nextCursor: fixture.server.log.cursor(3),
    });
    expect(await fixture.seqs(2, { after: fixture.server.log.cursor(3) })).toEqual([4, 5]);
  });

  it('drops what comes twice', async () => {
    fixture.server.batchesToRepeat = 3;
    fixture.append(5);
    expect(await fixture.seqs(5, { from: 'BEGINNING', maxBatch: 1 })).toEqual(upTo(5));
    expect(fixture.server.requests).toHaveLength(1);
  });
});

describe('problems', () => {
  it('throws the problem when the cursor is too old', async () => {
    fixture.append(9);
    fixture.server.log.retainFrom(6);
    const error = await fixture.failure({ after: fixture.server.log.cursor(2) });
    expect(error).toBeInstanceOf(StreamProblemError);
    expect(error).toMatchObject({ code: 'OUTDATED_CURSOR', problem: { earliestCursor: fixture.server.log.cursor(5) } });
  });

  it('throws when the cursor lies ahead of the log, or belongs to another filter', async () => {
    fixture.append(2);
    expect(await fixture.failure({ after: fixture.server.log.cursor(9) })).toMatchObject({ code: 'FUTURE_CURSOR' });
    expect(await fixture.failure({ after: fixture.server.log.cursor(1, { sides: ['SHORT'] }) })).toMatchObject({
      code: 'FILTER_CHANGED',
    });
  });

  it('goes on from the cursor that the caller chooses', async () => {
    fixture.append(9);
    fixture.server.log.retainFrom(6);
    const seen = await fixture.seqs(4, {
      after: fixture.server.log.cursor(2),
      onProblem: ({ earliestCursor }) => earliestCursor,
    });
    expect(seen).toEqual([6, 7, 8, 9]);
  });

  it('delivers the events of a new epoch although their seqs were used before', async () => {
    fixture.append(4);
    const places: string[] = [];
    const onProblem = ({ lastCommonCursor }: { lastCommonCursor: string | null }) => lastCommonCursor;
    await fixture.seqs(7, { from: 'BEGINNING', onProblem }, async ({ events }) => {
      places.push(...events.map(({ epoch, seq }) => `${epoch}:${seq}`));
      if (places.length !== 4) return;
      await fixture.server.stop();
      fixture.server.log.restoreTo(2);
      fixture.append(3);
      await fixture.server.start();
    });
    expect(places).toEqual(['epoch-1:1', 'epoch-1:2', 'epoch-1:3', 'epoch-1:4', 'epoch-2:3', 'epoch-2:4', 'epoch-2:5']);
  });

  it('throws when the chosen cursor meets the same problem', async () => {
    fixture.append(2);
    const asked: string[] = [];
    const onProblem = ({ code }: { code: string }) => {
      asked.push(code);
      return fixture.server.log.cursor(50);
    };
    expect(await fixture.failure({ after: fixture.server.log.cursor(40), onProblem })).toMatchObject({
      code: 'FUTURE_CURSOR',
    });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['SHUTTING_DOWN', 'the server is going away'],
    ['CONSUMER_TOO_SLOW', 'the server found this client too slow'],
    ['REAUTHENTICATE', 'the server asks again who this is'],
  ] as const)('comes back after %s when the server asked for it', async (code, reason) => {
    fixture.append(1);
    const states: Status[] = [];
    const following = fixture.seqs(2, { from: 'BEGINNING', onStatus: (status) => states.push(status) });
    await until(() => states.at(-1)?.state === 'live');
    fixture.server.problems.push({ code, retryAfterMs: 77 });
    await until(() => states.some(({ state }) => state === 'disconnected'));
    fixture.append(1);
    expect(await following).toEqual([1, 2]);
    expect(states).toContainEqual({ state: 'disconnected', reason, retryInMs: 77 });
  });
});

describe('what a reconnect cannot heal', () => {
  it('throws when the server refuses the variables', async () => {
    const error = await fixture.failure({ filter: { sides: ['UP' as 'LONG'] } });
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toMatch(/^The server refused the subscription: .*"UP"/);
    expect(fixture.server.requests).toEqual([]);
  });

  it.each([4400, 4401, 4403, 1008])('throws on the close code %i', async (code) => {
    const following = fixture.failure();
    await until(() => fixture.server.connections.length > 0 && fixture.server.requests.length > 0);
    fixture.server.connections[0]?.close(code, 'because');
    expect(await following).toMatchObject({
      code: 'REFUSED',
      message: `The server refused the subscription: because (close code ${code})`,
    });
  });
});
