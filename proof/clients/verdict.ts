/** The seqs in what an example printed: the numbers that a line begins with. */
export function seqsOf(output: string): number[] {
  return output
    .split('\n')
    .flatMap((line) => (/^\d+(?: \d+)*/.exec(line)?.[0] ?? '').split(' ').filter(Boolean).map(Number));
}

/** What is wrong with the seqs that were printed until the log ended at `head`, or null when each came once and in order. */
export function wrongWith(seqs: readonly number[], head: number): string | null {
  const at = seqs.findIndex((seq, index) => seq !== index + 1);
  if (at !== -1) return `printed ${seqs[at]} after ${seqs[at - 1] ?? 'nothing'}, expected ${at + 1}`;
  return seqs.length === head ? null : `printed ${seqs.length} events, expected ${head}`;
}
