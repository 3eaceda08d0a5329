import { describe, expect, it } from 'vitest';
import type { SeenEvent } from './seen-event.ts';
import { Verification } from './verification.ts';
import { WatchedTime } from './watched-time.ts';

const of = (seq: number, more: Partial<SeenEvent> = {}): SeenEvent => ({
  ...{ epoch: 'one', seq, hash: `h${seq}`, prevHash: `h${seq - 1}`, publishedAt: null },
  ...more,
});
const LATER = 6_000;

/** Brings events after event 4, then shows the log, then says that all was sent. Answers all faults. */
function faultsOf(come: readonly SeenEvent[], logged: readonly SeenEvent[] = []): string[] {
  const verification = new Verification(of(4));
  return [
    ...come.flatMap((event) => verification.received(event, 0)),
    ...logged.flatMap((event) => verification.logged(event, 0)),
    ...verification.upToDate(LATER),
    ...verification.upToDate(2 * LATER),
  ];
}

describe('a subscription', () => {
  it('is well when each event comes once and in order, however the log is read meanwhile', () => {
    const events = [of(5), of(6), of(7)];
    expect(faultsOf(events)).toEqual([]);
    expect(faultsOf(events, events)).toEqual([]);
    const verification = new Verification(of(4));
    expect(events.flatMap((event) => verification.logged(event, 0))).toEqual([]);
    expect(events.flatMap((event) => verification.received(event, 1))).toEqual([]);
    expect(verification.upToDate(LATER)).toEqual([]);
  });

  it.each([
    ['leaves one out', [of(5), of(7)], ['missing']],
    ['leaves two out', [of(5), of(8, { prevHash: 'h7' })], ['missing', 'missing']],
    ['repeats one', [of(5), of(6), of(5), of(7)], ['repeated']],
    ['repeats what came before it', [of(4)], ['repeated']],
    ['swaps two', [of(6), of(5), of(7)], ['reordered']],
    ['sends one that is not chained to the one before', [of(5), of(6, { prevHash: 'x' })], ['altered']],
    ['goes on in another history without a word', [of(5), of(9, { epoch: 'two' })], ['altered']],
  ])('that %s is found out by itself', (_what, come, faults) => {
    expect(faultsOf(come)).toEqual(faults);
  });

  it('that leaves out the last is found out by the log, and only when it says that all was sent', () => {
    expect(faultsOf([of(5)], [of(5), of(6)])).toEqual(['missing']);
    const verification = new Verification(of(4));
    verification.logged(of(5), 0);
    // What was written a moment ago may be under way.
    expect(verification.upToDate(4_999)).toEqual([]);
    expect(verification.received(of(5), 5_000)).toEqual([]);
    expect(verification.upToDate(LATER)).toEqual([]);
  });

  it('that begins an empty log in the middle is found out by the log', () => {
    const verification = new Verification(null);
    expect(verification.received(of(2), 0)).toEqual([]);
    verification.logged(of(1), 0);
    verification.logged(of(2), 0);
    expect(verification.upToDate(LATER)).toEqual(['missing']);
  });

  it('that sends another event than the log has is found out, whichever came first', () => {
    expect(faultsOf([of(5)], [of(5, { hash: 'y' })])).toEqual(['altered']);
    const verification = new Verification(of(4));
    verification.logged(of(5, { hash: 'y' }), 0);
    expect(verification.received(of(5), 1)).toEqual(['altered']);
  });

  it('that brings after all what was told as missing brings it out of order', () => {
    const verification = new Verification(of(4));
    verification.received(of(6), 0);
    expect(verification.upToDate(LATER)).toEqual(['missing']);
    expect(verification.received(of(5), LATER)).toEqual(['reordered']);
    expect(verification.received(of(5), LATER)).toEqual(['repeated']);
  });

  it('goes on in a new history that shares the event before, and in any that it was told of', () => {
    expect(faultsOf([of(5), of(6, { epoch: 'two' })])).toEqual([]);
    const verification = new Verification(of(4));
    verification.logged(of(5), 0);
    verification.beginAnew();
    expect(verification.received(of(3, { epoch: 'two' }), 1)).toEqual([]);
    expect(verification.received(of(5, { epoch: 'two' }), 1)).toEqual([]);
    expect(verification.upToDate(5_000)).toEqual([]);
    expect(verification.upToDate(5_001)).toEqual(['missing']);
  });
});

describe('watched time', () => {
  it('is good while there are signs of life, and bad ten seconds after the last', () => {
    const time = new WatchedTime(0);
    expect(time.look(1_000)).toEqual({ result: 'good', seconds: 1 });
    time.alive(2_000);
    expect(time.look(2_500)).toEqual({ result: 'good', seconds: 1.5 });
    expect([time.isGood(12_000), time.isGood(12_001)]).toEqual([true, false]);
    time.alive(12_500);
    expect(time.isGood(12_501)).toBe(true);
  });

  it('is bad for a minute after a fault', () => {
    const time = new WatchedTime(0);
    time.fault(1_000);
    time.alive(60_500);
    expect([time.isGood(60_999), time.isGood(61_000)]).toEqual([false, true]);
  });

  it('counts nothing of the time that the process was stopped', () => {
    expect(new WatchedTime(0).look(900_000).seconds).toBe(5);
  });
});
