-- What was tried to be able to recover, and what came of it. A backup counts by what lies in the storage; this says when it was tried, and why not.

create table dr_run (
  id          bigint      generated always as identity primary key,
  kind        text        not null check (kind in ('full', 'export', 'export_rest', 'drill')),
  -- Of a backup where it goes, of a drill what it restores.
  target      text        not null check (target ~ '^[a-z][a-z0-9_]{0,31}$'),
  started_at  timestamptz not null default clock_timestamp(),
  finished_at timestamptz check (finished_at >= started_at),
  ok          boolean,
  detail      text,
  check ((finished_at is null) = (ok is null))
);
create index dr_run_newest on dr_run (kind, target, started_at desc);
comment on table dr_run is 'One row an attempt at a backup or a drill. One that has no end is running, or was killed.';
comment on column dr_run.detail is 'JSON: of a drill all that it found, of a failure what went wrong.';
