import { wakeUpContract } from './wake-up.contract.ts';
import { InProcessWakeUp } from './wake-up.ts';

wakeUpContract('InProcessWakeUp', async () => ({
  wakeUp: new InProcessWakeUp(),
  [Symbol.asyncDispose]: async () => undefined,
}));
