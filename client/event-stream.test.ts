import { expect, it } from 'vitest';
import { readEventStream, type ServerSentEvent } from './event-stream.ts';

async function read(...pieces: (string | Uint8Array)[]) {
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece));
  const events: ServerSentEvent[] = [];
  for await (const event of readEventStream(ReadableStream.from(bytes))) events.push(event);
  return events;
}

it('reads events with their names, lines and comments, however the lines end', async () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = [
      ':hello',
      'event: next',
      'id: c1',
      'data: {"a":',
      'data:1}',
      '',
      'data',
      '',
      'event: complete',
      '',
      '',
    ];
    expect(await read(text.join(end))).toEqual([
      { event: 'next', data: '{"a":\n1}' },
      { event: 'message', data: '' },
      { event: 'complete', data: '' },
    ]);
  }
});

it('reads the same wherever the body is cut into pieces, inside a letter too', async () => {
  const bytes = new TextEncoder().encode('event: next\r\ndata: Zürich\r\n\r\nevent: next\r\ndata: 2\r\n\r\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await read(bytes.slice(0, cut), bytes.slice(cut))).toEqual([
      { event: 'next', data: 'Zürich' },
      { event: 'next', data: '2' },
    ]);
  }
});

it('leaves out an event that the end cuts off', async () => {
  expect(await read('data: 1\n\ndata: 2\n')).toEqual([{ event: 'message', data: '1' }]);
});
