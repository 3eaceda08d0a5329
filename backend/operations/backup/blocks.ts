export type Block = { readonly block: Buffer; readonly number: number; readonly isLast: boolean };

/**
 * Chunks of any length as blocks of one length, the last one shorter or empty. `head` bytes before the first come as block -1. There is always
 * a last block, be it empty; it is the head when there is no more than that.
 */
export async function* blocksOf(chunks: AsyncIterable<Buffer>, length: number, head = 0): AsyncGenerator<Block> {
  let rest: Buffer = Buffer.alloc(0);
  let number = head > 0 ? -1 : 0;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    // One more byte than a block must be there: only then it is not the last.
    for (let size = sizeOf(number); rest.length - from > size; size = sizeOf(number)) {
      yield { block: rest.subarray(from, from + size), number, isLast: false };
      from += size;
      number += 1;
    }
    rest = rest.subarray(from);
  }
  yield { block: rest, number, isLast: true };

  function sizeOf(of: number): number {
    return of === -1 ? head : length;
  }
}

/** All chunks as one, of what is small. */
export async function wholeOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
