import { AUDIT_STREAM } from '../access/audit-log.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { type LedgerReport, verifyLedger } from '../log/verify.ts';
import { readSettings } from '../settings.ts';
import { fact, type Write } from './console/fact.ts';
import { openRuntime } from './runtime/runtime.ts';

export type VerifyLedgerFlags = { readonly archive?: string; readonly dataDir?: string };

/** Recomputes the hash chains and says whether they hold; exit code 1 when one does not. */
export async function verifyLedgerCommand(
  flags: VerifyLedgerFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const settings = { ...readSettings('verify-ledger'), DATABASE_OWNER_URL: null };
  const runtime = await openRuntime({
    settings,
    dataDir: flags.dataDir ?? null,
    forPerson: true,
    mustExist: true,
    onFatal: () => undefined,
  });
  try {
    const report = await verifyLedger(runtime.pool, PUBLIC_STREAM, flags.archive ?? null);
    fact(write, 'stream', `${report.stream}, epoch ${report.epoch}`);
    fact(write, 'events', `${report.events}, the last is ${report.lastSeq}`);
    fact(write, 'sha256', `${report.bodiesSha256}   (over the bodies in order)`);
    fact(write, 'chain', report.fault === null ? `holds ${startOf(report)} to the head` : `BROKEN: ${report.fault}`);
    const audit = await verifyLedger(runtime.pool, AUDIT_STREAM, flags.archive ?? null);
    fact(
      write,
      'audit log',
      `${audit.events} entries, ${audit.fault === null ? 'the chain holds' : `BROKEN: ${audit.fault}`}`,
    );
    if (report.fault !== null || audit.fault !== null) process.exitCode = 1;
  } finally {
    await runtime.lifecycle.stop();
  }
}

function startOf({ startsAfter }: LedgerReport): string {
  return startsAfter === 0
    ? 'from the first event'
    : `from the anchor at ${startsAfter} (with --archive: from the first event)`;
}
