-- What the models are, what they said, and what became of it.

create table model_version (
  id                text        primary key check (id = name || '@' || version),
  name              text        not null,
  version           integer     not null check (version >= 1),
  sha256            text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
  artifact          text        not null,
  timeframe         text        not null check (timeframe in ('1m', '1d')),
  calendar          text        not null,
  source_id         text        not null references source,
  feature_spec_hash text        not null,
  training_from     timestamptz not null,
  training_to       timestamptz not null check (training_to > training_from),
  calibration_from  timestamptz not null check (calibration_from >= training_to),
  calibration_to    timestamptz not null check (calibration_to > calibration_from),
  test_to           timestamptz not null check (test_to >= calibration_to),
  embargo_minutes   integer     not null check (embargo_minutes > 0),
  -- Trading minutes are never fewer than those of the clock, so this holds for every calendar.
  eligible_from     timestamptz not null check (eligible_from >= test_to + embargo_minutes * interval '1 minute'),
  code_commit       text        check (code_commit ~ '^[0-9a-f]{7,40}$'),
  recorded_at       timestamptz not null default now(),
  unique (name, version),
  unique (id, eligible_from)
);
comment on column model_version.code_commit is 'Of the code that trained it; null when that code did not know its commit.';
comment on column model_version.eligible_from is 'End of the last window that shaped or judged the model, plus the embargo: no decision of its own before.';

create table signal (
  id                 uuid        primary key,
  dedup_key          text        not null unique,
  source_id          text        not null references source,
  instrument_id      text        not null references instrument,
  model_version_id   text        not null,
  -- Copied, so that "no decision inside the model's own windows or embargo" is a constraint of this table and not a habit of the code.
  model_eligible_from timestamptz not null,
  side               text        not null check (side in ('LONG', 'SHORT')),
  timeframe          text        not null check (timeframe in ('1m', '1d')),
  decision_bar_start timestamptz not null,
  decision_ingest_seq bigint     not null,
  decision_time      timestamptz not null,
  published_at       timestamptz not null check (published_at >= decision_time),
  expires_at         timestamptz not null check (expires_at > published_at),
  confidence         numeric     not null check (confidence between 0 and 1),
  baseline_probability numeric   not null check (baseline_probability between 0 and 1),
  supersedes         uuid        references signal,
  state              text        not null default 'PUBLISHED' check (state in (
    'PUBLISHED', 'TRIGGERED', 'TARGET_HIT', 'STOP_HIT', 'TIME_EXIT', 'SESSION_CLOSE', 'EXPIRED_UNTRIGGERED', 'CANCELLED', 'SUPERSEDED', 'VOID_DATA')),
  state_since        timestamptz not null,
  body               text        not null,
  recorded_at        timestamptz not null default now(),
  foreign key (model_version_id, model_eligible_from) references model_version (id, eligible_from),
  constraint signal_outside_training check (decision_time >= model_eligible_from)
);
create index signal_newest on signal (published_at desc, id);
create index signal_by_instrument on signal (instrument_id, published_at desc);
create index signal_open on signal (source_id) where state in ('PUBLISHED', 'TRIGGERED');

create table outcome (
  signal_id       uuid        not null references signal,
  settler_version integer     not null,
  settled_at      timestamptz not null,
  exit_reason     text        not null,
  label           smallint    not null check (label in (-1, 0, 1)),
  gross_r         numeric     not null,
  net_r           numeric     not null,
  ambiguous       boolean     not null,
  body            text        not null,
  recorded_at     timestamptz not null default now(),
  primary key (signal_id, settler_version)
);
comment on table outcome is 'One record a settlement; settling again with other code adds a record and edits none.';

create table engine_position (
  shard       text   primary key references ingest_shard,
  ingest_seq  bigint not null
);
comment on table engine_position is 'How far the engine has read the input log; written in the transaction of the events that it made from it.';
