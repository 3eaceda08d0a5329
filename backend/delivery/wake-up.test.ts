import { expect, it } from 'vitest';
import { wakeUpContract } from './wake-up.contract.ts';
import { InProcessWakeUp } from './wake-up.ts';

wakeUpContract('InProcessWakeUp', async () => ({
  wakeUp: new InProcessWakeUp(),
  [Symbol.asyncDispose]: async () => undefined,
}));

it('forgets what was announced long ago, so that a stream which was restored to an older state is heard again', async () => {
  let now = 0;
  const wakeUp = new InProcessWakeUp(() => now);
  const woken: string[] = [];
  const wait = async (seq: number): Promise<void> => {
    await wakeUp.wait('public', seq, 60_000, new AbortController().signal);
    woken.push(`${seq} at ${now}`);
  };
  wakeUp.notify('public', 100);
  await wait(40);
  now = 1_000;
  // The log ends at 40 now. Without the time limit this would not wait, ever.
  const waiting = wait(40);
  await Promise.resolve();
  expect(woken).toEqual(['40 at 0']);
  wakeUp.notify('public', 41);
  await waiting;
  expect(woken).toEqual(['40 at 0', '40 at 1000']);
});
