import { DiagLogLevel, diag, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.ts';
import { isWithin, type SpanOfTrace, type Tracing } from './tracing.ts';

export type OtlpOptions = {
  /** Where a collector takes traces: OTLP over HTTP, as JSON. */
  readonly url: string;
  /** The share of traces that is kept, above 0, at most 1. */
  readonly ratio: number;
  readonly role: string;
  readonly version: string;
  readonly log: Logger;
  /** Random bytes as hex digits. */
  readonly random: (bytes: number) => string;
};

const SEND_EVERY_MS = 1_000;
/** With all attempts: whoever stops waits no longer for a collector that is away. */
const PATIENCE_MS = 3_000;

/** Sends spans to a collector, some at a time. One that is away costs the spans that have no room any more, and a line in the log. */
export function openOtlp({ url, ratio, role, version, log, random }: OtlpOptions): Tracing {
  const silent = (): void => undefined;
  const error = (message: string): void => log.warn('traces could not be sent', { reason: message });
  diag.setLogger({ error, warn: silent, info: silent, debug: silent, verbose: silent }, DiagLogLevel.ERROR);
  const ids = new GivenIds(random);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'heliograph',
      'service.version': version,
      'service.instance.id': random(8),
      'heliograph.role': role,
    }),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: PATIENCE_MS }), {
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('heliograph', version);
  return {
    isKept: (traceId) => isWithin(traceId, ratio),
    span: (given) => {
      ids.next = given;
      const { traceId, parentId, name, start, end, attributes = {} } = given;
      const parent = { traceId, spanId: parentId ?? '', traceFlags: TraceFlags.SAMPLED, isRemote: true };
      const context = parentId === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      const span = tracer.startSpan(name, { startTime: start, attributes }, context);
      span.end(Math.max(start, end));
      return span.spanContext().spanId;
    },
    now: () => performance.timeOrigin + performance.now(),
    close: () => provider.shutdown(),
  };
}

/** Gives the next span the ids that it was told to have. */
class GivenIds implements IdGenerator {
  next: Pick<SpanOfTrace, 'traceId' | 'spanId'> = { traceId: '' };
  readonly #random: (bytes: number) => string;

  constructor(random: (bytes: number) => string) {
    this.#random = random;
  }

  generateTraceId(): string {
    return this.next.traceId;
  }

  generateSpanId(): string {
    return this.next.spanId ?? this.#random(8);
  }
}
