import { type DestinationStream, destination, pino } from 'pino';
import type { Clock } from '../clock.ts';
import { currentContext } from './context.ts';
import { redact, redactText } from './redact.ts';

/** What else a line tells; the names that every line has are taken. */
export type Fields = Readonly<Record<string, unknown>> & {
  readonly timestamp?: never;
  readonly level?: never;
  readonly message?: never;
  readonly correlation_id?: never;
  readonly trace_id?: never;
};

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export type LogLevel = keyof Logger;

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** A terminal that shows something else on stdout gets its log on stderr. */
  readonly destination: 'stdout' | 'stderr' | DestinationStream;
};

/**
 * One JSON object a line: timestamp (ISO 8601, UTC), level, message, correlation_id and trace_id where they are known, then the
 * fields. Secrets are replaced by their name and by their look. Lines are written at once, so that a crash loses none.
 */
export function createLogger({ level, clock, destination: target }: LoggerOptions): Logger {
  const lines = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    typeof target === 'string' ? patientDestination(target === 'stdout' ? 1 : 2) : target,
  );
  const at =
    (severity: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (!lines.isLevelEnabled(severity)) return;
      const { correlationId, traceId } = currentContext();
      // An undefined field is not written.
      lines[severity](
        { correlation_id: correlationId, trace_id: traceId, ...(redact(fields) as Fields) },
        redactText(message),
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** So much of what cannot be written waits; what comes after it is lost. */
const MOST_WAITING_BYTES = 1_048_576;

/**
 * A file by its path or its descriptor. Lines that it does not take, because its disk is full, wait for one that it takes: a log that cannot be
 * written is no reason for anything else to fail.
 */
export function patientDestination(dest: string | number): DestinationStream {
  const lines = destination({ dest, sync: true, append: true, maxLength: MOST_WAITING_BYTES });
  lines.on('error', ignore);
  return lines;
}

/** For tests, and wherever a log is asked for but nobody reads it. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
