import { type Connection, type Pool, transaction } from '../platform/database/pool.ts';
import { UserError } from '../platform/errors.ts';

/** What a restore left of a stream, and how it goes on. */
export type OpenedEpoch = {
  readonly stream: string;
  readonly previousEpoch: string;
  readonly epoch: string;
  /** The newest event that is left; the next one is lastCommonSeq + 1. */
  readonly lastCommonSeq: number;
  /** This restore had opened it before. */
  readonly already: boolean;
};

/**
 * After a restore that lost the newest events: every stream goes on from its present head in a new epoch, so that no seq is used twice and
 * cursors into what was lost are told so. Needs the owner of the tables. The same `restore` again opens nothing. Throws a UserError while
 * the service is connected: whatever it appended since would be taken for what the clients had before.
 */
export async function openEpochs(owner: Pool, restore: string, newEpoch: () => string): Promise<OpenedEpoch[]> {
  return transaction(owner, async (connection) => {
    const { rows: heads } = await connection.query<{ stream: string }>(
      'select stream from stream_head order by stream for update',
    );
    const opened: OpenedEpoch[] = [];
    for (const { stream } of heads) {
      const before = await openedBy(connection, stream, restore);
      if (before === null && opened.length === 0) await refuseRunningService(connection);
      opened.push(before ?? (await open(connection, stream, { restore, epoch: newEpoch() })));
    }
    return opened;
  });
}

async function openedBy(connection: Connection, stream: string, restore: string): Promise<OpenedEpoch | null> {
  const { rows } = await connection.query<OpenedEpoch>(
    `select stream, previous_epoch as "previousEpoch", epoch, last_common_seq as "lastCommonSeq", true as already
       from stream_epoch where stream = $1 and restore = $2`,
    [stream, restore],
  );
  return rows[0] ?? null;
}

async function refuseRunningService(connection: Connection): Promise<void> {
  const { rows } = await connection.query<{ names: string | null }>(
    `select string_agg(distinct application_name, ', ') as names from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and usename <> current_user`,
  );
  const names = rows[0]?.names ?? null;
  if (names === null) return;
  throw new UserError(
    'SERVICE_RUNS',
    `Connected to the database are ${names}, expected every role of the service to be stopped`,
  );
}

async function open(
  connection: Connection,
  stream: string,
  { restore, epoch }: { readonly restore: string; readonly epoch: string },
): Promise<OpenedEpoch> {
  const { rows } = await connection.query<OpenedEpoch>(
    `insert into stream_epoch (stream, epoch, previous_epoch, last_common_seq, restore)
     select stream, $2, epoch, last_seq, $3 from stream_head where stream = $1
     returning stream, previous_epoch as "previousEpoch", epoch, last_common_seq as "lastCommonSeq", false as already`,
    [stream, epoch, restore],
  );
  await connection.query('update stream_head set epoch = $2 where stream = $1', [stream, epoch]);
  const row = rows[0];
  if (row === undefined) throw new Error(`There is no stream ${stream}`);
  return row;
}
