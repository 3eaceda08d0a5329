/** One table of ours, as backups and drills see it. */
export type TableSpec = {
  /**
   * Hourly: nobody could give us its rows again, or they must be of the moment of such rows. Daily: they come again, at the cost of time. Never: it
   * says nothing of its own. No hourly row refers to a daily one.
   */
  readonly exported: 'hourly' | 'daily' | 'never';
  /** A unique key, in whose order rows are written. */
  readonly key: string;
  /** When a row was written; null where rows do not say. */
  readonly time: string | null;
  /** Whether rows are only ever added, but for whole partitions that grow too old. */
  readonly grows: boolean;
  /** Of rows that never change: where they stand in a gapless or rising order of their own, and what is compared of them. */
  readonly sample?: { readonly scope: string; readonly place: string; readonly columns: string };
};

/** Every table of the schema `public`. The job queue's own are left out: what is due is added again. */
export const tables: Readonly<Record<string, TableSpec>> = {
  allowed_provenance: { exported: 'never', key: 'provenance', time: null, grows: false },
  api_key: { exported: 'hourly', key: 'prefix', time: 'created_at', grows: true },
  bar: {
    ...{ exported: 'daily', key: 'instrument_id, timeframe, bar_start, revision', time: 'recorded_at', grows: true },
    sample: {
      scope: 'shard',
      place: 'ingest_seq',
      columns: 'instrument_id, timeframe, bar_start, revision, known_time, open, high, low, close, volume, price_scale',
    },
  },
  corporate_action: { exported: 'hourly', key: 'action_id', time: 'recorded_at', grows: true },
  dr_run: { exported: 'hourly', key: 'id', time: 'started_at', grows: true },
  engine_position: { exported: 'hourly', key: 'shard', time: null, grows: true },
  event_log: {
    ...{ exported: 'hourly', key: 'stream, seq', time: 'recorded_at', grows: true },
    sample: { scope: 'stream', place: 'seq', columns: 'stream, epoch, seq, kind, body, hash' },
  },
  event_log_anchor: { exported: 'hourly', key: 'stream, seq', time: 'recorded_at', grows: true },
  ingest_batch: { exported: 'daily', key: 'shard, last_seq', time: 'recorded_at', grows: false },
  ingest_shard: { exported: 'hourly', key: 'shard', time: null, grows: true },
  ingestion_day: { exported: 'daily', key: 'source_id, session_date, calendar', time: 'checked_at', grows: true },
  instrument: { exported: 'hourly', key: 'id', time: 'recorded_at', grows: true },
  instrument_symbol: { exported: 'daily', key: 'instrument_id, valid_from', time: 'recorded_at', grows: false },
  model_version: { exported: 'hourly', key: 'id', time: 'recorded_at', grows: true },
  outcome: { exported: 'hourly', key: 'signal_id, settler_version', time: 'recorded_at', grows: true },
  quarantined_row: { exported: 'daily', key: 'source_id, origin, line', time: 'recorded_at', grows: false },
  revoked_token: { exported: 'hourly', key: 'issuer, token_id', time: 'revoked_at', grows: true },
  rollup_bar: {
    ...{ exported: 'daily', key: 'instrument_id, timeframe, bar_start, revision', time: 'recorded_at', grows: true },
  },
  rollup_batch: { exported: 'daily', key: 'last_seq', time: null, grows: false },
  rollup_head: { exported: 'daily', key: 'one', time: null, grows: true },
  rollup_position: { exported: 'daily', key: 'shard', time: null, grows: true },
  schema_migration: { exported: 'hourly', key: 'name', time: 'applied_at', grows: true },
  signal: {
    ...{ exported: 'hourly', key: 'id', time: 'recorded_at', grows: true },
    sample: {
      scope: 'source_id',
      place: 'decision_ingest_seq',
      columns:
        'id, dedup_key, source_id, instrument_id, model_version_id, side, decision_ingest_seq, published_at, body',
    },
  },
  signal_acknowledgement: {
    exported: 'hourly',
    key: 'tenant, principal, stream',
    time: 'acknowledged_at',
    grows: true,
  },
  signal_cancellation: { exported: 'hourly', key: 'signal_id', time: 'cancelled_at', grows: true },
  source: { exported: 'hourly', key: 'source_id', time: 'recorded_at', grows: true },
  source_instrument: { exported: 'daily', key: 'source_id, instrument_id', time: null, grows: true },
  stream_epoch: { exported: 'hourly', key: 'stream, epoch', time: 'opened_at', grows: true },
  stream_head: { exported: 'hourly', key: 'stream', time: null, grows: true },
  user_restriction: { exported: 'hourly', key: 'issuer, subject', time: 'recorded_at', grows: false },
};
