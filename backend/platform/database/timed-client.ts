import pg from 'pg';

const QUERY_TYPES = ['select', 'insert', 'update', 'delete', 'call', 'transaction', 'other'] as const;
export type QueryType = (typeof QUERY_TYPES)[number];
export type ErrorClass = 'connection' | 'timeout' | 'constraint' | 'serialization' | 'permission' | 'other';

/** Told of every statement of a pool, and of every connection that could not be made. */
export type QueryWatch = {
  done(type: QueryType, seconds: number): void;
  failed(errorClass: ErrorClass): void;
};

/** The kind of a statement by its first words. */
export function queryTypeOf(sql: string): QueryType {
  const [first = '', second = ''] = sql
    .trimStart()
    .toLowerCase()
    .split(/[\s(]+/, 2);
  if (first === 'begin' || first === 'commit' || first === 'rollback') return 'transaction';
  if (first === 'select' && /^(append_events|ensure_partitions|pg_advisory)/.test(second)) return 'call';
  if (first === 'with') return /\binsert into\b/i.test(sql) ? 'insert' : 'select';
  return QUERY_TYPES.find((type) => type === first) ?? 'other';
}

/** What failed, by the SQLSTATE of the server or the words of the driver. */
export function errorClassOf(error: unknown): ErrorClass {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '57014' || code === '55P03') return 'timeout';
  if (code.startsWith('23')) return 'constraint';
  if (code === '40001' || code === '40P01') return 'serialization';
  if (code === '42501') return 'permission';
  if (/^(08|57P|53|25P0[34])/.test(code) || !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('E')) return 'connection';
  return 'other';
}

/** A client class whose statements are timed; pg makes each connection of a pool from it. One that cannot be made is a failure, too. */
export function timedClient(watch: QueryWatch): typeof pg.Client {
  return class extends pg.Client {
    // Where no connection can be made there is no statement that could fail. With a callback when the pool itself calls.
    override connect(...parameters: unknown[]): never {
      const [told] = parameters;
      const end = (error: unknown): void => {
        if (error != null) watch.failed('connection');
      };
      if (typeof told === 'function')
        parameters[0] = (error: unknown, ...rest: unknown[]) => {
          end(error);
          told(error, ...rest);
        };
      const result: unknown = (super.connect as (...all: unknown[]) => unknown)(...parameters);
      if (result instanceof Promise) result.catch(end);
      return result as never;
    }

    // pg's own overloads: text or configuration, parameters, and a callback when the pool itself calls.
    override query(...parameters: unknown[]): never {
      const [statement] = parameters;
      const sql =
        typeof statement === 'string' ? statement : String((statement as { text?: unknown } | null)?.text ?? '');
      const begin = performance.now();
      const end = (error: unknown): void => {
        if (error == null) watch.done(queryTypeOf(sql), (performance.now() - begin) / 1_000);
        else watch.failed(errorClassOf(error));
      };
      const last = parameters.at(-1);
      if (typeof last === 'function') {
        parameters[parameters.length - 1] = (error: unknown, ...rest: unknown[]) => {
          end(error);
          last(error, ...rest);
        };
      }
      const result: unknown = (super.query as (...all: unknown[]) => unknown)(...parameters);
      if (result instanceof Promise) result.then(() => end(null), end);
      return result as never;
    }
  };
}
