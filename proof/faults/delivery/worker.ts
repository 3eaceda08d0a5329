import { parentPort } from 'node:worker_threads';
import { type Late, takeTurns } from '../../common/machine/turns.ts';
import { Crowd, crowdFaults } from './crowd.ts';
import type { CrowdMessage, CrowdOrder } from './crowd-thread.ts';

const LOOK_MS = 100;

const crowd = new Crowd();
const turns: Late[] = [];
takeTurns((late) => turns.push(late));
let url = '';
const tell = (message: CrowdMessage): void => parentPort?.postMessage(message);
setInterval(() => tell({ slowest: crowd.slowest }), LOOK_MS).unref();

parentPort?.on('message', (order: CrowdOrder) => {
  if ('url' in order) url = order.url;
  if ('add' in order) crowd.add(order.add, () => url, order.after);
  if ('logged' in order)
    void crowd.stop().then(() => {
      tell({ count: crowd.heard.length, faults: crowdFaults(crowd, order.logged), begun: crowd.begun, turns });
    });
});
