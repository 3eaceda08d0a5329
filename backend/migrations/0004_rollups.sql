-- Longer bars made of one-minute bars. Append-only like the bars themselves: what a late or corrected minute changes is a further revision
-- with the known_time of that minute.

create table rollup_bar (
  instrument_id text        not null,
  timeframe     text        not null check (timeframe in ('5m', '15m', '30m', '1h', '1d')),
  bar_start     timestamptz not null,
  revision      integer     not null check (revision >= 0),
  bar_end       timestamptz not null check (bar_end > bar_start),
  known_time    timestamptz not null check (known_time >= bar_end),
  recorded_at   timestamptz not null default now(),
  source_id     text        not null,
  open          numeric     not null check (open > 0),
  high          numeric     not null check (high >= open and high >= close),
  low           numeric     not null check (low > 0 and low <= open and low <= close),
  close         numeric     not null check (close > 0),
  volume        numeric     not null check (volume >= 0),
  bars          integer     not null check (bars > 0),
  complete      boolean     not null,
  rollup_seq    bigint      not null,
  price_scale   numeric     not null default 1 check (price_scale > 0),
  primary key (instrument_id, timeframe, bar_start, revision)
) partition by range (bar_start);
create index rollup_bar_seq on rollup_bar (instrument_id, timeframe, rollup_seq);
comment on column rollup_bar.rollup_seq is 'Place among all longer bars, in the order of commits: who follows them reads on after it.';
comment on column rollup_bar.bars is 'How many one-minute bars it is made of.';
comment on column rollup_bar.complete is 'Every minute of the span had a bar.';

create trigger rollup_bar_references after insert on rollup_bar
  referencing new table as new_bar for each statement execute function refuse_unknown_bar_references();

create table rollup_head (
  one      boolean primary key default true check (one),
  last_seq bigint  not null default 0,
  -- Something up to here was dropped with its month: who had not read so far cannot go on.
  dropped_up_to_seq bigint not null default 0
);
comment on table rollup_head is 'Head of the longer bars; its row lock makes the order of rollup_seq the order of commit.';
insert into rollup_head default values;

create table rollup_batch (
  first_seq     bigint      not null,
  last_seq      bigint      primary key check (last_seq >= first_seq),
  min_bar_start timestamptz not null,
  max_bar_start timestamptz not null
);
comment on table rollup_batch is 'One row a committed batch: lets a reader of longer bars touch only the partitions that hold it.';

create table rollup_position (
  shard      text        primary key references ingest_shard,
  ingest_seq bigint      not null,
  watermark  timestamptz not null,
  known_time timestamptz not null
);
comment on table rollup_position is 'How far the roll-ups have read the input log; written in the transaction of the bars that they made from it.';
comment on column rollup_position.watermark is 'Event time: the newest bar_end read so far. What ends before it is closed.';
comment on column rollup_position.known_time is 'The newest known_time read so far.';

-- As before, and each month of bars has a partition for the roll-ups that begin in it: no session reaches over the end of a UTC month.
create or replace function ensure_partitions(until timestamptz, since timestamptz default now()) returns integer
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  month timestamptz := date_trunc('month', since, 'UTC');
  following timestamptz;
  parent text;
  name text;
  made integer := 0;
  top bigint;
  size constant bigint := 1000000;
begin
  if since < '1990-01-01Z' or until > '2100-01-01Z' or until < since then
    raise exception 'ensure_partitions: % to % is not a range within 1990 to 2100', since, until using errcode = 'invalid_parameter_value';
  end if;
  perform pg_advisory_xact_lock(hashtext('ensure_partitions'));
  while month <= until loop
    following := date_trunc('month', month + interval '32 days', 'UTC');
    foreach parent in array array['bar', 'rollup_bar'] loop
      name := format('%s_%s', parent, to_char(month at time zone 'UTC', 'YYYY_MM'));
      if to_regclass(format('public.%I', name)) is null then
        execute format('create table public.%I partition of public.%I for values from (%L) to (%L)', name, parent, month, following);
        made := made + 1;
      end if;
    end loop;
    month := following;
  end loop;
  -- The log always has room for a whole partition beyond the one that is being written.
  if to_regclass('public.event_log') is not null then
    select coalesce(max(last_seq), 0) / size + 1 into top from public.stream_head;
    for number in 0 .. top loop
      name := format('event_log_%s', number);
      if number >= top - 1 and to_regclass(format('public.%I', name)) is null then
        execute format('create table public.%I partition of public.event_log for values from (%s) to (%s)', name, number * size, (number + 1) * size);
        made := made + 1;
      end if;
    end loop;
  end if;
  return made;
end $$;

-- Months that hold bars already get theirs now.
select ensure_partitions(coalesce(max(max_bar_start), now()), coalesce(min(min_bar_start), now())) from ingest_batch;
