import { createHash } from 'node:crypto';

/** One stretch of work in a trace, told when it is over. */
export type SpanOfTrace = {
  readonly traceId: string;
  readonly name: string;
  /** Id of its own, 16 hex digits; a random one when it is left out. */
  readonly spanId?: string;
  /** Id of what it follows from; null for the first of a trace. */
  readonly parentId: string | null;
  /** ms since 1970, with fractions. */
  readonly start: number;
  readonly end: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
};

/** Where spans go. Nobody has one where traces are off. */
export interface Tracing {
  /** Whether the trace is kept: every process gives the same answer. */
  isKept(traceId: string): boolean;
  /** Answers the id of the span. Never throws, and sends it later. */
  span(span: SpanOfTrace): string;
  /** ms since 1970, with fractions, of a clock that does not go back. */
  now(): number;
  /** Sends what waits. */
  close(): Promise<void>;
}

/** Steps of the way of a signal whose ids every process knows, so that one goes on where another ended. */
export type KnownStep = 'bar' | 'features' | 'prediction' | 'signal' | 'append';

/**
 * The trace of an event: 32 hex digits, made of what the event is. So the context of a trace goes wherever the event goes, in the log, over every
 * transport and through a restart, and needs room in none of them.
 */
export function traceOfEvent(signalId: string, type: string): string {
  return digestOf(`${signalId} ${type}`).slice(0, 32);
}

/** Id of a step in a trace, 16 hex digits. */
export function spanOfStep(traceId: string, step: KnownStep): string {
  return digestOf(`${traceId} ${step}`).slice(0, 16);
}

/** As the header `traceparent` says it (W3C Trace Context, version 00): what follows from the event's place in the log. */
export function traceparentOf(traceId: string): string {
  return `00-${traceId}-${spanOfStep(traceId, 'append')}-01`;
}

/** Whether the trace is among that share of all. */
export function isWithin(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(0, 8), 16) < ratio * 2 ** 32;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
