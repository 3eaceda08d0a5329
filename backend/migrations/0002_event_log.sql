-- The log is the truth: one totally ordered stream per audience, gapless seq, each event chained to the one before.

create table stream_head (
  stream    text   primary key,
  epoch     text   not null,
  last_seq  bigint not null default 0,
  last_hash bytea  not null default decode(repeat('00', 32), 'hex')
);

create table stream_epoch (
  stream          text        not null references stream_head,
  epoch           text        not null,
  previous_epoch  text,
  last_common_seq bigint      not null,
  opened_at       timestamptz not null default now(),
  primary key (stream, epoch)
);
comment on table stream_epoch is 'An incarnation of a stream. After a restore seq goes on from last_common_seq + 1 in a new epoch.';

create table event_log (
  stream         text        not null,
  epoch          text        not null,
  seq            bigint      not null,
  kind           text        not null,
  schema_version integer     not null,
  occurred_at    timestamptz not null,
  recorded_at    timestamptz not null default clock_timestamp(),
  body           text        not null,
  prev_hash      bytea       not null,
  hash           bytea       not null,
  primary key (stream, seq)
) partition by range (seq);
comment on column event_log.prev_hash is 'Hash of the event before, also when that one is no longer held; zeros for the first.';
comment on column event_log.body is 'Canonical JSON text: the bytes that are hashed. jsonb would keep neither key order nor number text.';

create type new_event as (kind text, schema_version integer, occurred_at timestamptz, body text);

-- The only way into the log. It must be the last statement of its transaction: the head stays locked until the commit, so the order of
-- seq is the order of commits and a roll-back leaves no hole.
create function append_events(p_stream text, p_events new_event[])
returns table (epoch text, first_seq bigint, last_seq bigint)
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  head public.stream_head%rowtype;
  item public.new_event;
  start bigint;
  previous bytea;
begin
  select * into head from public.stream_head h where h.stream = p_stream for update;
  if not found then
    raise exception 'append_events: there is no stream "%"', p_stream using errcode = 'invalid_parameter_value';
  end if;
  start := head.last_seq + 1;
  foreach item in array p_events loop
    head.last_seq := head.last_seq + 1;
    previous := head.last_hash;
    head.last_hash := sha256(previous || int8send(head.last_seq) || convert_to(item.body, 'UTF8'));
    insert into public.event_log (stream, epoch, seq, kind, schema_version, occurred_at, body, prev_hash, hash)
    values (p_stream, head.epoch, head.last_seq, item.kind, item.schema_version, item.occurred_at, item.body, previous, head.last_hash);
  end loop;
  update public.stream_head h set last_seq = head.last_seq, last_hash = head.last_hash where h.stream = p_stream;
  return query select head.epoch, start, head.last_seq;
end $$;
revoke all on function append_events(text, new_event[]) from public;

insert into stream_head (stream, epoch) values ('public', gen_random_uuid()::text);
insert into stream_epoch (stream, epoch, previous_epoch, last_common_seq)
  select stream, epoch, null, 0 from stream_head;
select ensure_partitions(now());
