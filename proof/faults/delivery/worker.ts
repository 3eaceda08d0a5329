import { parentPort } from 'node:worker_threads';
import { Crowd } from './crowd.ts';
import type { CrowdMessage, CrowdOrder } from './crowd-thread.ts';

const LOOK_MS = 100;

const crowd = new Crowd();
let url = '';
const tell = (message: CrowdMessage): void => parentPort?.postMessage(message);
setInterval(() => tell({ slowest: crowd.slowest }), LOOK_MS).unref();

parentPort?.on('message', (order: CrowdOrder) => {
  if ('url' in order) url = order.url;
  if ('add' in order) crowd.add(order.add, () => url, order.after);
  if ('stop' in order)
    void crowd.stop().then(() => {
      const { heard, begins, failures, opened } = crowd;
      tell({ heard, begins, failures, opened });
    });
});
