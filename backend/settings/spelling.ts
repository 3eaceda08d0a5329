/**
 * Names that are set, unknown, and so close to a known one that they were probably meant to be it. Short names have near
 * neighbours that mean something else (PORT and PATH, HOST and HOME), so they are allowed one slip, longer ones two.
 */
export function misspelt(
  set: readonly string[],
  known: readonly string[],
): { readonly name: string; readonly meant: string }[] {
  const unknown = set.filter((name) => !known.includes(name));
  return unknown.flatMap((name) => {
    const meant = known
      .filter((candidate) => Math.abs(candidate.length - name.length) <= 2)
      .map((candidate) => ({ candidate, slips: distance(name, candidate) }))
      .filter(({ candidate, slips }) => slips <= (candidate.length < 8 ? 1 : 2))
      .sort((a, b) => a.slips - b.slips)[0];
    return meant ? [{ name, meant: meant.candidate }] : [];
  });
}

/** Letters to insert, delete, replace, or swap with their neighbour (Damerau-Levenshtein, optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = next;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
