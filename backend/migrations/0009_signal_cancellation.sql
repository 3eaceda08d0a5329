-- Somebody takes back a signal that has not been filled. For the engine this is an input like a bar: it has its place between the bars.

create table signal_cancellation (
  signal_id         uuid        primary key references signal,
  shard             text        not null references ingest_shard,
  number            bigint      not null check (number > 0),
  after_ingest_seq  bigint      not null,
  reason            text        not null check (length(reason) between 1 and 200),
  tenant            text        not null,
  principal         text        not null,
  cancelled_at      timestamptz not null,
  unique (shard, number)
);
comment on column signal_cancellation.number is 'Gapless within its shard.';
comment on column signal_cancellation.after_ingest_seq is 'Where in the input log it took place: after this bar, and before the next one.';
comment on column signal_cancellation.cancelled_at is 'By the clock on the wall. The event bears the time of the bar that it came after.';

alter table engine_position add column cancellations bigint not null default 0;
comment on column engine_position.cancellations is 'How many there were so far. An engine that knows of fewer has made its step from another state, and may not write it.';
