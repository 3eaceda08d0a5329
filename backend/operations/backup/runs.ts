import { type Pool, type Queryable, transaction } from '../../platform/database/pool.ts';

export type RunKind = 'full' | 'export' | 'export_rest' | 'platform' | 'drill';

/** The newest attempts of one kind and target. */
export type RunState = {
  readonly kind: RunKind;
  readonly target: string;
  readonly lastAttempt: number;
  /** Of the last one that has an end, seconds; null without one. */
  readonly seconds: number | null;
  readonly ok: boolean | null;
  readonly detail: string | null;
  readonly lastSuccess: number | null;
  /** How many have failed since. */
  readonly failures: number;
};

/** Does something that has to be known of afterwards. What the work answers is kept as the detail; what it throws goes on. */
export async function recorded<T>(
  pool: Pool,
  { kind, target }: { readonly kind: RunKind; readonly target: string },
  work: () => Promise<{ readonly ok: boolean; readonly detail: unknown; readonly value: T }>,
): Promise<T> {
  const { rows } = await pool.query<{ id: number }>('insert into dr_run (kind, target) values ($1, $2) returning id', [
    kind,
    target,
  ]);
  const id = rows[0]?.id;
  const finish = (ok: boolean, detail: unknown) =>
    transaction(pool, (connection) =>
      connection.query('update dr_run set finished_at = clock_timestamp(), ok = $2, detail = $3 where id = $1', [
        id,
        ok,
        JSON.stringify(detail),
      ]),
    );
  try {
    const { ok, detail, value } = await work();
    await finish(ok, detail);
    return value;
  } catch (error) {
    // That it failed matters more than that this could not be written down, too.
    await finish(false, { error: error instanceof Error ? error.message : String(error) }).catch(() => undefined);
    throw error;
  }
}

export async function readRuns(database: Queryable): Promise<readonly RunState[]> {
  const { rows } = await database.query<RunState>(
    `select k.kind, k.target, a.started_at as "lastAttempt", f.ok, f.detail, s.started_at as "lastSuccess",
            extract(epoch from f.finished_at - f.started_at)::float8 as seconds,
            (select count(*) from dr_run r where r.kind = k.kind and r.target = k.target and r.ok = false and r.started_at > coalesce(s.started_at, '-infinity')) as failures
       from (select distinct kind, target from dr_run) k
       cross join lateral (select * from dr_run r where r.kind = k.kind and r.target = k.target order by started_at desc limit 1) a
       left join lateral (select * from dr_run r where r.kind = k.kind and r.target = k.target and r.ok is not null order by started_at desc limit 1) f on true
       left join lateral (select * from dr_run r where r.kind = k.kind and r.target = k.target and r.ok order by started_at desc limit 1) s on true
      order by k.kind, k.target`,
  );
  return rows;
}
