import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { withContext } from './context.ts';
import { createLogger, type Logger, type LogLevel, patientDestination } from './logger.ts';

const clock = new ManualClock(Date.parse('2026-11-20T14:30:00.125Z'));

function recorder(level: LogLevel = 'debug'): { log: Logger; raw: string[]; lines: () => Record<string, unknown>[] } {
  const raw: string[] = [];
  const log = createLogger({ level, clock, destination: { write: (line: string) => void raw.push(line) } });
  return { log, raw, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with time, level, message and the ids of the work', () => {
    const { log, lines } = recorder();
    withContext({ correlationId: 'c-1', traceId: 't-1' }, () => log.info('bar stored', { bars: 3 }));
    expect(lines()).toEqual([
      {
        timestamp: '2026-11-20T14:30:00.125Z',
        level: 'info',
        message: 'bar stored',
        correlation_id: 'c-1',
        trace_id: 't-1',
        bars: 3,
      },
    ]);
  });

  it('leaves the ids out where they are not known', () => {
    const { log, lines } = recorder();
    log.warn('no request here');
    expect(lines()).toEqual([{ timestamp: '2026-11-20T14:30:00.125Z', level: 'warn', message: 'no request here' }]);
  });

  it('writes nothing below its level', () => {
    const { log, raw } = recorder('warn');
    log.info('quiet');
    log.error('loud');
    expect(raw).toHaveLength(1);
  });

  it('keeps what came from outside on one line, without control characters', () => {
    const { log, raw, lines } = recorder();
    log.info('symbol "A\r\n{"level":"error"}\u001b[2J\u009b2J\u2028"', { symbol: 'B\n\u001b\u007f' });
    expect(raw).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(raw[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(raw[0]).toMatch(/\n$/);
    expect(lines()[0]).toMatchObject({ level: 'info' });
  });

  it('does not write secrets: by name, in URLs, in headers, in errors, at any depth', () => {
    const { log, raw } = recorder();
    const cause = new Error('cannot reach postgres://app:s3cr3t@db:5432/x?sslmode=on');
    log.error('connecting to postgresql://app:s3cr3t@db/x failed', {
      CURSOR_SECRET: 's3cr3t',
      headers: { authorization: 'Bearer s3cr3t', 'X-Api-Key': 's3cr3t', cookie: 's3cr3t', accept: 'text/html' },
      list: [{ refreshToken: 's3cr3t' }, 'Authorization: Bearer s3cr3t-s3cr3t'],
      error: new Error('no database', { cause }),
      odd: 'amqp://user:p@s3cr3t@host/',
    });
    expect(raw.join()).not.toContain('s3cr3t');
    expect(raw.join()).toContain('postgresql://app:***@db/x');
    expect(raw.join()).toContain('text/html');
  });

  it('writes an error with its type, code, stack and cause', () => {
    const { log, lines } = recorder();
    log.error('broken', { error: Object.assign(new TypeError('no', { cause: new Error('why') }), { code: 'E42' }) });
    expect(lines()[0]?.['error']).toMatchObject({
      type: 'TypeError',
      message: 'no',
      code: 'E42',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'Error', message: 'why' },
    });
  });

  it('names an object of a class and does not look into it', () => {
    class Client {
      readonly connection = { host: 'db.internal', user: 'app' };
    }
    const { log, raw, lines } = recorder();
    log.warn('lost', { error: Object.assign(new Error('gone'), { client: new Client() }), seen: new Map([[1, 2]]) });
    expect(lines()[0]).toMatchObject({ error: { message: 'gone', client: '[Client]' }, seen: '[Map]' });
    expect(raw.join()).not.toContain('db.internal');
  });

  it('survives what JSON cannot hold', () => {
    const { log, lines } = recorder();
    const loop: Record<string, unknown> = { at: new Date(0), big: 2n ** 64n, bytes: new Uint8Array(9), nothing: null };
    loop['self'] = loop;
    log.info('odd', { loop, deep: { a: { b: { c: { d: { e: { f: {} } } } } } } });
    expect(lines()[0]).toMatchObject({
      loop: {
        at: '1970-01-01T00:00:00.000Z',
        big: '18446744073709551616',
        bytes: '[9 bytes]',
        nothing: null,
        self: '[circular]',
      },
      deep: { a: { b: { c: { d: { e: '[deep]' } } } } },
    });
  });

  it('does not compile when a field would hide what every line has', () => {
    const { log } = recorder();
    const never = (): void => {
      // @ts-expect-error level is taken
      log.info('x', { level: 'error' });
    };
    expect(never).toBeTypeOf('function');
  });
});

describe('patientDestination', () => {
  it.skipIf(!existsSync('/dev/full'))('lets nobody fail because its disk is full', () => {
    const log = createLogger({ level: 'debug', clock, destination: patientDestination('/dev/full') });
    for (let line = 0; line < 100; line += 1) log.error('nobody reads this', { text: 'x'.repeat(20_000) });
  });
});
