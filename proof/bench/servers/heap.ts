// Loaded before a server of any kind that is run with --expose-gc: asked for it, it answers with the bytes that live on its heap.
import { setImmediate } from 'node:timers/promises';

process.on('message', async (message: { readonly heap?: true }) => {
  if (message.heap !== true) return;
  // What is freed by one collection can free more in the next.
  for (let turn = 0; turn < TURNS; turn++) {
    globalThis.gc?.();
    await setImmediate();
  }
  process.send?.({ heap: process.memoryUsage().heapUsed });
});

const TURNS = 4;
