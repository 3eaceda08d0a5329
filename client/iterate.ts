import type { Result, Sink } from './resume.ts';

/** What a subscription brings, one after the other. Leaving the loop unsubscribes; an error of the subscription is thrown after what came before it. */
export function iterate<R extends Result>(
  subscribe: (sink: Sink<R>) => () => void,
): AsyncIterableIterator<R, undefined> {
  const pending: R[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};
  const finish = (how: { readonly error?: unknown }) => {
    end ??= how;
    wake();
  };
  const unsubscribe = subscribe({
    next: (result) => {
      pending.push(result);
      wake();
    },
    error: (error) => finish({ error }),
    complete: () => finish({}),
  });

  async function next(): Promise<IteratorResult<R, undefined>> {
    while (pending.length === 0 && end === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = pending.shift();
    if (value !== undefined) return { done: false, value };
    const failure = end;
    end = {};
    if (failure !== undefined && 'error' in failure) throw failure.error;
    return { done: true, value: undefined };
  }

  return {
    next,
    async return() {
      unsubscribe();
      pending.length = 0;
      finish({});
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
