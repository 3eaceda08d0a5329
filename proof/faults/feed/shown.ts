/** The first of the cases of a mistake, and how many there are; nothing where there is none. */
export function few(what: string, cases: readonly string[]): string[] {
  if (cases.length === 0) return [];
  return [`${what} (${cases.length} times): ${cases.slice(0, 3).join('; ')}`];
}

/** A bar, by its key, for a person. */
export function at(key: string): string {
  const [id = '', start = ''] = key.split(' ');
  return `${id} ${iso(Number(start))}`;
}

export function iso(instant: number): string {
  return new Date(instant).toISOString();
}
