-- Who may ask for what. The audit log is a stream of the event log: append-only and chained like every other, written by append_events only.

create table api_key (
  prefix       text        primary key check (prefix ~ '^[0-9a-f]{12}$'),
  hash         bytea       not null check (length(hash) = 32),
  tenant       text        not null check (tenant ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  name         text        not null check (length(name) between 1 and 64),
  scopes       text[]      not null check (cardinality(scopes) > 0),
  created_by   text        not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  rotated_to   text        unique references api_key,
  last_used_at timestamptz
);
create index api_key_tenant on api_key (tenant, created_at desc);
comment on column api_key.hash is 'SHA-256 of the whole key, which is never stored.';
comment on column api_key.last_used_at is 'To within five minutes.';

create table user_restriction (
  issuer              text        not null,
  subject             text        not null,
  disabled_at         timestamptz,
  tokens_not_before   timestamptz,
  allowed_permissions text[],
  recorded_at         timestamptz not null default now(),
  primary key (issuer, subject)
);
comment on table user_restriction is 'Takes away from what a token says; a user without a row may do what the token says. Holds within seconds, for open subscriptions, too.';
comment on column user_restriction.tokens_not_before is 'Tokens issued before are good for nothing any more: all sessions of the user are ended.';
comment on column user_restriction.allowed_permissions is 'Of what the token grants only these; null for all of it.';

create table revoked_token (
  issuer     text        not null,
  token_id   text        not null,
  revoked_at timestamptz not null default now(),
  primary key (issuer, token_id)
);
comment on table revoked_token is 'Single tokens (jti) that are good for nothing any more.';

insert into stream_head (stream, epoch) values ('audit', gen_random_uuid()::text);
insert into stream_epoch (stream, epoch, previous_epoch, last_common_seq)
  select stream, epoch, null, 0 from stream_head where stream = 'audit';

create table signal_acknowledgement (
  tenant          text        not null,
  principal       text        not null,
  stream          text        not null references stream_head,
  epoch           text        not null,
  seq             bigint      not null check (seq >= 0),
  acknowledged_at timestamptz not null,
  primary key (tenant, principal, stream)
);
comment on table signal_acknowledgement is 'Up to where somebody says that he has dealt with a stream. It moves forward only, but for a restore that lost what was acknowledged.';
