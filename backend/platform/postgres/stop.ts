import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './folder.ts';
import { endProcessesOf } from './leftovers.ts';
import type { Lock } from './lock.ts';
import { BRIEF } from './postmaster.ts';
import { boundLog } from './server-log.ts';
import type { Supervisor } from './supervisor.ts';

/** The one way to end a server. Until it is called, an exit of the process ends the server too, and its log is kept small. */
export function stopper(supervisor: Supervisor, layout: Layout, lock: Lock): () => Promise<void> {
  const onExit = () => stopAtExit(supervisor, layout, lock);
  process.once('exit', onExit);
  const logTimer = setInterval(() => boundLog(layout.log), 60_000).unref();

  let stopped: Promise<void> | null = null;
  const stop = async () => {
    await supervisor.stop();
    await endProcessesOf(layout.cluster, BRIEF);
    clearInterval(logTimer);
    process.off('exit', onExit);
    lock.release();
  };
  return () => {
    stopped ??= stop();
    return stopped;
  };
}

// Nothing asynchronous runs any more, so the end is seen by the file that the server removes last. A server that takes longer
// than this is stopped by the next start.
function stopAtExit(supervisor: Supervisor, layout: Layout, lock: Lock): void {
  const pidFile = join(layout.cluster, 'postmaster.pid');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let lives = supervisor.current().signal('SIGINT');
  for (let waited = 0; lives && waited < 5_000; waited += 10) {
    Atomics.wait(pause, 0, 0, 10);
    lives = existsSync(pidFile);
  }
  if (!lives) lock.release();
}
