-- Old partitions of the event log may go once what they held is archived; what is left says where it begins, so that the chain goes on.

create table event_log_anchor (
  stream       text        not null references stream_head,
  seq          bigint      not null check (seq > 0),
  epoch        text        not null,
  hash         bytea       not null check (length(hash) = 32),
  archive      text        not null check (archive ~ '^event_log_[0-9a-z_]+\.jsonl\.gz$'),
  sha256       text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
  rows         bigint      not null check (rows between 1 and seq),
  recorded_at  timestamptz not null default clock_timestamp(),
  primary key (stream, seq)
);
comment on table event_log_anchor is 'Up to where a stream was archived, one row for each stream and archive. The chain goes on from seq and hash when the events are gone.';
comment on column event_log_anchor.hash is 'Of the event seq, the last of its stream in the archive.';
comment on column event_log_anchor.archive is 'Name of the file in EVENT_LOG_ARCHIVE_DIR, which holds the whole partition.';
comment on column event_log_anchor.sha256 is 'Of the bytes of the file.';
comment on column event_log_anchor.rows is 'Events of this stream in the archive.';

-- The partitions of the log in the order of their seqs; [first_seq, end_seq) is what each has room for.
create view event_log_partition as
  select c.relname::text as name, bound[1]::bigint as first_seq, bound[2]::bigint as end_seq
    from pg_inherits h
    join pg_class c on c.oid = h.inhrelid,
    regexp_match(pg_get_expr(c.relpartbound, c.oid), '\(''(\d+)''\) TO \(''(\d+)''\)') as bound
   where h.inhparent = 'event_log'::regclass;

-- Drops the oldest partition of the log. It decides itself that nobody loses anything: callers choose only whether and when.
create function drop_archived_partition(p_name text) returns void
language plpgsql security definer set search_path = pg_catalog, public set lock_timeout = '2s' as $$
declare
  floor constant interval := interval '30 days';
  part public.event_log_partition%rowtype;
  youngest timestamptz;
  reason text;
begin
  select * into part from public.event_log_partition where name = p_name;
  if not found then
    raise exception 'drop_archived_partition: the event log has no partition "%"', p_name using errcode = 'invalid_parameter_value';
  end if;
  execute format('select max(recorded_at) from public.%I', p_name) into youngest;
  if exists (select from public.event_log_partition where first_seq < part.first_seq) then
    reason := 'an older one is still there';
  elsif exists (select from public.stream_head where last_seq < part.end_seq) then
    reason := (select format('stream "%s" has only come to %s', stream, last_seq) from public.stream_head where last_seq < part.end_seq order by 1 limit 1);
  elsif youngest > now() - floor then
    reason := format('it holds an event of %s, which is younger than %s', youngest, floor);
  else
    reason := public.missing_anchor(part.name, part.end_seq);
  end if;
  if reason is not null then
    raise exception 'drop_archived_partition: % is kept: %', p_name, reason using errcode = 'object_in_use';
  end if;
  execute format('drop table public.%I', p_name);
end $$;
revoke all on function drop_archived_partition(text) from public;

-- Which stream of a partition has no anchor that fits what the partition holds; null when all have.
create function missing_anchor(p_name text, p_end_seq bigint) returns text
language plpgsql set search_path = pg_catalog, public as $$
declare
  held record;
  fits boolean;
begin
  for held in execute format('select stream, count(*) as rows from public.%I group by stream order by stream', p_name) loop
    execute format(
      'select exists (select from public.event_log_anchor a join public.%I l on l.stream = a.stream and l.seq = a.seq and l.hash = a.hash and l.epoch = a.epoch
         where a.stream = $1 and a.seq = $2 and a.rows = $3)', p_name)
      into fits using held.stream, p_end_seq - 1, held.rows;
    if not fits then
      return format('stream "%s" has no anchor at %s that fits its %s events', held.stream, p_end_seq - 1, held.rows);
    end if;
  end loop;
  return null;
end $$;
revoke all on function missing_anchor(text, bigint) from public;

alter table stream_epoch add column restore text;
create unique index stream_epoch_restore on stream_epoch (stream, restore);
comment on column stream_epoch.restore is 'What the restore is called that this epoch was opened after: a restore opens one epoch, however often it is told.';
