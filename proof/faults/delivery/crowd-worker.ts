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
  if ('add' in order) crowd.add(order.add, () => url);
  if ('stop' in order)
    void crowd.stop().then(() => {
      const { heard, failures, opened } = crowd;
      tell({ heard, failures, opened });
    });
});
