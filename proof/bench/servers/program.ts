// A server that ours is compared with, in a process of its own: told what to serve by its first message, it answers with its port.
import type { Payload, Served, Setup } from './setup.ts';

process.once('message', async (setup: Setup) => {
  const { start } = (await import(`./${setup.server}.ts`)) as { start(given: Setup): Promise<Served> };
  const { port, publish } = await start(setup);
  process.on('message', async ({ payloads }: { readonly payloads?: readonly Payload[] }) => {
    if (payloads === undefined) return;
    await publish?.(payloads);
    process.send?.({ published: payloads.length });
  });
  process.send?.({ port });
});
// Who started it has gone.
process.once('disconnect', () => process.exit(0));
