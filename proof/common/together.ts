/** What several generators give, as it comes. Where one fails, or nobody asks on, the others are ended. */
export async function* together<T>(generators: readonly AsyncGenerator<T, void>[]): AsyncGenerator<T, void> {
  const asked = new Map(generators.map((one) => [one, one.next()]));
  try {
    while (asked.size > 0) {
      const first = await Promise.race([...asked].map(async ([one, next]) => ({ one, result: await next })));
      if (first.result.done) {
        asked.delete(first.one);
        continue;
      }
      asked.set(first.one, first.one.next());
      yield first.result.value;
    }
  } finally {
    await Promise.allSettled([...asked.keys()].map((one) => one.return()));
  }
}
