import { AsyncLocalStorage } from 'node:async_hooks';

/** What ties the lines of one piece of work together, across services where it came in with a request. */
export type Context = {
  readonly correlationId?: string | undefined;
  /** 32 hex digits, W3C Trace Context. */
  readonly traceId?: string | undefined;
};

const storage = new AsyncLocalStorage<Context>();

/** Runs the work, and everything that it starts, in the context. */
export function withContext<Result>(context: Context, work: () => Result): Result {
  return storage.run(context, work);
}

/** Empty outside of any `withContext`. */
export function currentContext(): Context {
  return storage.getStore() ?? {};
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const SAMPLED = /^[^-]+-[^-]+-[^-]+-[0-9a-f][13579bdf]/;

/** The trace id of a `traceparent` header, version 00 or later; undefined when the header is absent or not valid. */
export function traceIdOf(traceparent: string | string[] | undefined): string | undefined {
  const [, version, traceId, parentId, more] =
    TRACEPARENT.exec(typeof traceparent === 'string' ? traceparent : '') ?? [];
  if (!traceId || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(parentId ?? '') ? undefined : traceId;
}

/** Runs what observes a request in the trace of its `traceparent`, where whoever asks keeps that: of another one there is nothing to look up. */
export function inSampledTrace(traceparent: string | string[] | undefined, observe: () => void): void {
  const traceId = typeof traceparent === 'string' && SAMPLED.test(traceparent) ? traceIdOf(traceparent) : undefined;
  if (traceId === currentContext().traceId) observe();
  else withContext({ ...currentContext(), traceId }, observe);
}
