import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type HttpLoad = {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** Body of the n-th request. */
  readonly body: (index: number) => string;
  readonly count: number;
  /** Told each answer's body; throws where it is not the one that was meant. */
  readonly look: (body: string, index: number) => void;
};

/** Sends requests over kept connections, one after the other on each, and reads every answer whole. */
export async function loadHttp(load: HttpLoad): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    const socket = connect(load.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    const answers = readerOf(socket);
    for (let index = next++; index < load.count; index = next++) {
      socket.write(requestOf(load, load.body(index)));
      load.look(await answers(), index);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.connections }, work));
}

function requestOf({ path, port }: HttpLoad, body: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** Reads one answer after the other; each has to have its length in its head. */
function readerOf(socket: Socket): () => Promise<string> {
  let held = Buffer.alloc(0);
  let wanted: { resolve(body: string): void; reject(error: Error): void } | null = null;
  const give = (): void => {
    const end = held.indexOf('\r\n\r\n');
    if (wanted === null || end === -1) return;
    const head = held.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (!head.startsWith('HTTP/1.1 200') || Number.isNaN(length)) {
      wanted.reject(new Error(`an answer began with ${JSON.stringify(head.slice(0, 300))}`));
      return;
    }
    if (held.length < end + 4 + length) return;
    const body = held.toString('utf8', end + 4, end + 4 + length);
    held = held.subarray(end + 4 + length);
    const { resolve } = wanted;
    wanted = null;
    resolve(body);
  };
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    give();
  });
  socket.on('error', (error) => wanted?.reject(error));
  socket.on('close', () => wanted?.reject(new Error('the server closed a connection')));
  return () =>
    new Promise((resolve, reject) => {
      wanted = { resolve, reject };
      give();
    });
}
