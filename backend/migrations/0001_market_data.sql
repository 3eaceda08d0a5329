-- Bars and what they refer to. Bars are append-only: a correction is a further revision with its own known_time.

create table allowed_provenance (
  provenance text primary key check (provenance in ('LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'))
);
comment on table allowed_provenance is 'What this environment accepts; filled by the migrator. Production holds neither REPLAY nor SYNTHETIC.';

create table source (
  source_id   text primary key check (length(source_id) between 1 and 128),
  feed        text not null,
  provenance  text not null references allowed_provenance,
  licence     text not null,
  timeframe   text not null check (timeframe in ('1m', '1d')),
  recorded_at timestamptz not null default now()
);

create table instrument (
  id          text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  symbol      text not null,
  mic         text not null check (mic ~ '^[A-Z0-9]{4}$'),
  calendar    text not null,
  tick        numeric not null check (tick > 0),
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  figi        text check (figi ~ '^[A-Z0-9]{12}$'),
  asset_class text not null check (asset_class in ('EQUITY', 'CRYPTO')),
  recorded_at timestamptz not null default now()
);

create table bar (
  instrument_id text        not null,
  timeframe     text        not null check (timeframe in ('1m', '1d')),
  bar_start     timestamptz not null,
  revision      integer     not null check (revision >= 0),
  bar_end       timestamptz not null check (bar_end > bar_start),
  known_time    timestamptz not null check (known_time >= bar_end),
  recorded_at   timestamptz not null default now(),
  shard         text        not null,
  ingest_seq    bigint      not null,
  source_id     text        not null,
  segment       text        not null check (segment in ('PRE', 'REGULAR', 'POST', 'CLOSED')),
  -- Each price is checked once: low is positive, and no other is below it.
  open          numeric     not null,
  high          numeric     not null check (high >= open and high >= close),
  low           numeric     not null check (low > 0 and low <= open and low <= close),
  close         numeric     not null,
  volume        numeric     not null check (volume >= 0),
  price_scale   numeric     not null default 1 check (price_scale > 0),
  halted_ms     integer     not null default 0 check (halted_ms >= 0),
  primary key (instrument_id, timeframe, bar_start, revision)
) partition by range (bar_start);
comment on column bar.price_scale is 'Product of the ratios of all splits that are effective at this bar and were known when it was: raw price x scale has no jumps from splits.';
comment on column bar.halted_ms is 'Trading time of halts of this instrument between its bar before and this one.';
create index bar_ingest_seq on bar (shard, ingest_seq);

-- A row-wise foreign key costs a look-up a bar; one look a statement keeps the same promise for the application role, which can reach
-- the table through its parent only.
create function refuse_unknown_bar_references() returns trigger language plpgsql as $$
declare
  wrong record;
begin
  select n.source_id, n.instrument_id into wrong
    from (select distinct source_id, instrument_id from new_bar) n
    left join source s using (source_id)
    left join allowed_provenance a using (provenance)
    left join instrument i on i.id = n.instrument_id
   where a.provenance is null or i.id is null
   limit 1;
  if found then
    raise exception 'bar refused: source "%" with an allowed provenance and instrument "%" must both be known', wrong.source_id, wrong.instrument_id
      using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger bar_references after insert on bar
  referencing new table as new_bar for each statement execute function refuse_unknown_bar_references();

create table ingest_shard (
  shard           text primary key,
  last_ingest_seq bigint not null default 0
);
comment on table ingest_shard is 'Head of the input log of each shard; its row lock makes the order of ingest_seq the order of commit.';

create table ingest_batch (
  shard         text        not null references ingest_shard,
  first_seq     bigint      not null,
  last_seq      bigint      not null check (last_seq >= first_seq),
  min_bar_start timestamptz not null,
  max_bar_start timestamptz not null,
  known_time    timestamptz not null,
  recorded_at   timestamptz not null default now(),
  primary key (shard, last_seq)
);
comment on table ingest_batch is 'One row a committed batch: lets a reader of the input log touch only the partitions that hold it.';

create table quarantined_row (
  source_id   text        not null references source,
  origin      text        not null,
  line        bigint      not null,
  reason      text        not null,
  raw         text        not null,
  recorded_at timestamptz not null default now(),
  primary key (source_id, origin, line)
);

create function ensure_partitions(until timestamptz, since timestamptz default now()) returns integer
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  month timestamptz := date_trunc('month', since, 'UTC');
  following timestamptz;
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
    name := format('bar_%s', to_char(month at time zone 'UTC', 'YYYY_MM'));
    if to_regclass(format('public.%I', name)) is null then
      execute format('create table public.%I partition of public.bar for values from (%L) to (%L)', name, month, following);
      made := made + 1;
    end if;
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
revoke all on function ensure_partitions(timestamptz, timestamptz) from public;
