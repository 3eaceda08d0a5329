import type { IncomingMessage } from 'node:http';

/** Documents are bounded anyway; what is larger goes the long way. */
const LARGEST_BODY = 16 * 1024;

/** A POST of JSON whose length is told and whose answer may be JSON: the one form that nearly all clients use. */
export function isPlainPost({ method, headers }: IncomingMessage): boolean {
  const { accept } = headers;
  return (
    method === 'POST' &&
    /^application\/json *(; *charset=utf-8 *)?$/i.test(headers['content-type'] ?? '') &&
    /^\d{1,6}$/.test(headers['content-length'] ?? '') &&
    Number(headers['content-length']) <= LARGEST_BODY &&
    headers['content-encoding'] === undefined &&
    (accept === undefined || PLAIN_ACCEPTS.has(accept))
  );
}

/** What Apollo answers with application/json. */
const PLAIN_ACCEPTS = new Set([
  '*/*',
  'application/json',
  'application/json, */*',
  'application/json, text/plain, */*',
]);

/** All of the body, whose length the server holds it to; null when the client left before its end. At once where it is here already. */
export function bodyOf(request: IncomingMessage): Buffer | Promise<Buffer | null> {
  const length = Number(request.headers['content-length']);
  if (request.complete && length > 0 && request.readableLength === length) {
    const body: unknown = request.read();
    if (body instanceof Buffer) return body;
  }
  return new Promise((resolve) => {
    if (request.destroyed) resolve(null);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
  });
}

/** The JSON of a body; null for what the framework has to look at: what is no JSON, or has keys that change what an object is. */
export function jsonOf(text: string): unknown {
  if (/__proto__|constructor|\\u/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
