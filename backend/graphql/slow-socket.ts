import type { WebSocket } from 'ws';

const LOOK_EVERY_MS = 2_000;
const PATIENCE_MS = 20_000;
const WATERMARK_BYTES = 256 * 1024;
const GRACE_MS = 5_000;

/**
 * Calls `onSlow` once when more than 256 kB have been waiting for a client for 20 s, and ends the connection soon after: a client that
 * does not read does not read its close frame either. Its cursor lets it come back without a loss.
 */
export function watchSlowSocket(socket: WebSocket, onSlow: () => void): void {
  let since: number | null = null;
  const timer = setInterval(() => {
    if (socket.bufferedAmount < WATERMARK_BYTES) {
      since = null;
      return;
    }
    since ??= performance.now();
    if (performance.now() - since < PATIENCE_MS) return;
    clearInterval(timer);
    onSlow();
    setTimeout(() => socket.terminate(), GRACE_MS).unref();
  }, LOOK_EVERY_MS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
