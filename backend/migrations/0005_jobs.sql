-- What scheduled jobs need: what a feed should have delivered, what it did, and what may be dropped.

create table source_instrument (
  source_id     text    not null references source,
  instrument_id text    not null references instrument,
  expected      boolean not null default true,
  primary key (source_id, instrument_id)
);
create index source_instrument_sources on source_instrument (instrument_id);
comment on table source_instrument is 'What each feed delivers. Not expected: it did once, and is not asked for any more.';

create table ingestion_day (
  source_id         text        not null references source,
  calendar          text        not null,
  session_date      date        not null,
  session_close     timestamptz not null,
  expected_bars     integer     not null check (expected_bars > 0),
  stored_bars       integer     not null check (stored_bars between 0 and expected_bars),
  instruments       integer     not null check (instruments > 0),
  -- Those of which no bar of the session is missing.
  complete_instruments integer  not null check (complete_instruments between 0 and instruments),
  checked_at        timestamptz not null default now(),
  completed_at      timestamptz,
  primary key (source_id, session_date, calendar)
);
comment on table ingestion_day is 'One row a session of a feed, counted after its close and again until it is in.';
comment on column ingestion_day.completed_at is 'When the session was found to be in; null while it is not. Set once.';

alter table ingest_shard add column dropped_up_to_seq bigint not null default 0;
comment on column ingest_shard.dropped_up_to_seq is 'Something up to here was dropped with its month: who had not read so far cannot go on.';

-- Drops the bars and longer bars of one month. It decides itself that nobody needs them: callers choose only among what is old enough. Age is
-- counted from the newest bar, so that a feed that died, or a replay of another year, loses nothing to the calendar on the wall.
create function drop_bar_month(p_month date) returns integer
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  floor constant interval := interval '90 days';
  since constant timestamptz := date_trunc('month', p_month::timestamp) at time zone 'UTC';
  until constant timestamptz := (date_trunc('month', p_month::timestamp) + interval '1 month') at time zone 'UTC';
  newest timestamptz;
  reason text;
  parent text;
  name text;
  dropped integer := 0;
begin
  select least(now(), max(known_time)) into newest from public.ingest_batch;
  if newest is null or until > newest - floor then
    reason := format('younger than %s before the newest bar (%s)', floor, newest);
  elsif exists (select from public.signal where state in ('PUBLISHED', 'TRIGGERED') and decision_bar_start < until) then
    reason := 'a signal that was made before its end is still open';
  elsif exists (
    select from public.ingest_batch b
      left join public.engine_position e using (shard)
      left join public.rollup_position r using (shard)
     where b.min_bar_start < until and b.last_seq > least(e.ingest_seq, r.ingest_seq)) then
    reason := 'some of its bars have not been read yet';
  end if;
  if reason is not null then
    raise exception 'drop_bar_month: % is kept: %', to_char(p_month, 'YYYY-MM'), reason using errcode = 'object_in_use';
  end if;

  foreach parent in array array['bar', 'rollup_bar'] loop
    name := format('%s_%s', parent, to_char(p_month, 'YYYY_MM'));
    if to_regclass(format('public.%I', name)) is not null then
      execute format('drop table public.%I', name);
      dropped := dropped + 1;
    end if;
  end loop;

  update public.ingest_shard s set dropped_up_to_seq = greatest(s.dropped_up_to_seq, b.last_seq)
    from (select shard, max(last_seq) as last_seq from public.ingest_batch where min_bar_start < until and max_bar_start >= since group by shard) b
   where s.shard = b.shard;
  update public.rollup_head set dropped_up_to_seq = greatest(dropped_up_to_seq, b.last_seq)
    from (select max(last_seq) as last_seq from public.rollup_batch where min_bar_start < until and max_bar_start >= since) b;
  delete from public.ingest_batch where min_bar_start >= since and max_bar_start < until;
  delete from public.rollup_batch where min_bar_start >= since and max_bar_start < until;
  return dropped;
end $$;
revoke all on function drop_bar_month(date) from public;

-- Rows that were refused are kept as long as the bars beside which they came.
create function drop_refused_rows(p_before timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  dropped bigint;
begin
  if p_before > now() - interval '90 days' then
    raise exception 'drop_refused_rows: what came after % is kept', now() - interval '90 days' using errcode = 'invalid_parameter_value';
  end if;
  delete from public.quarantined_row where recorded_at < p_before;
  get diagnostics dropped = row_count;
  return dropped;
end $$;
revoke all on function drop_refused_rows(timestamptz) from public;
