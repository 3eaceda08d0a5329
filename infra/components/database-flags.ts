/** Flags of PostgreSQL, with what each is for. */
export function flagsOf(connections: number): { name: string; value: string }[] {
  const flags = {
    max_connections: String(connections),
    // Users are accounts of Google, so none has a password that could leak.
    'cloudsql.iam_authentication': 'on',
    // What changes the schema or who may do what is in the audit log.
    'cloudsql.enable_pgaudit': 'on',
    'pgaudit.log': 'ddl,role',
    log_checkpoints: 'on',
    log_connections: 'on',
    log_disconnections: 'on',
    log_lock_waits: 'on',
    log_temp_files: '0',
    // Statements may hold data; slow ones are in Query Insights, without it.
    log_min_duration_statement: '-1',
    // A forgotten transaction keeps the vacuum from working.
    idle_in_transaction_session_timeout: '60000',
  };
  return Object.entries(flags).map(([name, value]) => ({ name, value }));
}

/** The role that Cloud SQL gives to administrators: it may make roles and extensions, and is no superuser. */
export const administrator = 'cloudsqlsuperuser';
