/** What a message between processes says: how far streams have grown, or that somebody listens for itself. */
export type Message = { readonly heads: ReadonlyMap<string, number> } | { readonly id: string; readonly probe: number };

/** A line for each stream: the number, a space, the name. */
export function textOf(heads: ReadonlyMap<string, number>): string {
  return [...heads].map(([stream, seq]) => `${seq} ${stream}`).join('\n');
}

export function probeMessage(id: string, probe: number): string {
  return `probe ${probe} ${id}`;
}

const LONGEST = 64 * 1024;

/** Null for a text that is no message of ours: whoever can reach the server can say anything. */
export function parseMessage(text: string): Message | null {
  if (text.length > LONGEST) return null;
  const [, probe, id] = /^probe (\d{1,15}) ([\w-]{1,64})$/.exec(text) ?? [];
  if (probe !== undefined && id !== undefined) return { id, probe: Number(probe) };
  const heads = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, seq, stream] = /^(\d{1,15}) (.{1,200})$/.exec(line) ?? [];
    if (seq === undefined || stream === undefined) return null;
    heads.set(stream, Number(seq));
  }
  return { heads };
}
