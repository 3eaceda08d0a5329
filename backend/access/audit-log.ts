import { appendEvents, executeOn } from '../log/append.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Queryable } from '../platform/database/pool.ts';

/** The stream that only operators read. Chained and append-only like every stream of the event log, and verified by the same code. */
export const AUDIT_STREAM = 'audit';

/** Who did what to what, and what came of it. Never a secret: no key, no token, no text that a stranger chose at length. */
export type AuditEntry = {
  /** Id of the principal; `nobody` where none was recognised. */
  readonly actor: string;
  readonly tenant: string | null;
  /** Name of the operation. */
  readonly action: string;
  readonly target: string | null;
  readonly outcome: 'done' | 'denied' | 'refused';
  /** Why, in our words. */
  readonly detail: string | null;
  readonly requestId: string | null;
};

/**
 * Adds to the audit log, within the transaction of what it tells about and as its last statement: then nothing is done that is not told, and
 * nothing told that was not done. `at` is ms since 1970 by the clock on the wall.
 */
export async function audit(database: Queryable, at: number, entries: readonly AuditEntry[]): Promise<void> {
  const events = entries.map((entry) => ({
    kind: 'AUDIT',
    schemaVersion: 1,
    occurredAt: at,
    body: canonicalJson(Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, cut(value)]))),
  }));
  await appendEvents(executeOn(database), AUDIT_STREAM, events);
}

const LONGEST = 256;

/** A subject or an id comes from outside: short, and nothing that canonical text cannot hold. */
function cut(value: string | null): string | null {
  return value === null ? null : value.slice(0, LONGEST).toWellFormed();
}
