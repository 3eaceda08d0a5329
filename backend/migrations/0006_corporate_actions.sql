-- What happens to an instrument without trading, and the names that it had: attributes with dates, never keys.

-- In a schema of its own: the service may call no function of it, the database's owner may make it (it is a trusted extension).
create schema extension;
create extension btree_gist with schema extension;

create table corporate_action (
  action_id     bigint      generated always as identity primary key,
  source_id     text        not null references source,
  instrument_id text        not null references instrument,
  kind          text        not null check (kind in ('SPLIT', 'DIVIDEND', 'SYMBOL_CHANGE', 'LISTING', 'DELISTING')),
  ex_date       date        not null,
  known_time    timestamptz not null,
  ratio         text        check (ratio ~ '^[0-9]+([.][0-9]+)?:[0-9]+([.][0-9]+)?$'),
  amount        numeric     check (amount > 0),
  currency      text        check (currency ~ '^[A-Z]{3}$'),
  new_symbol    text,
  recorded_at   timestamptz not null default now(),
  check ((kind = 'SPLIT') = (ratio is not null)),
  check ((kind = 'DIVIDEND') = (amount is not null) and (amount is null) = (currency is null)),
  check ((kind = 'SYMBOL_CHANGE') = (new_symbol is not null)),
  unique nulls not distinct (source_id, instrument_id, kind, ex_date, ratio, amount, new_symbol)
);
create index corporate_action_instrument on corporate_action (instrument_id, ex_date, action_id);
comment on table corporate_action is 'Append-only, as each source told it. A split that is told again with another ratio corrects the one before from its known_time on.';
comment on column corporate_action.ex_date is 'First date on which the instrument trades so, in its market; of a delisting the first on which it does not.';
comment on column corporate_action.ratio is 'New units for old ones, such as 7:1.';

create table instrument_symbol (
  instrument_id text        not null references instrument,
  symbol        text        not null,
  mic           text        not null check (mic ~ '^[A-Z0-9]{4}$'),
  valid_from    date        not null default '-infinity',
  valid_until   date        check (valid_until > valid_from),
  recorded_at   timestamptz not null default now(),
  primary key (instrument_id, valid_from),
  constraint one_symbol_at_a_time exclude using gist (instrument_id with =, daterange(valid_from, valid_until) with &&),
  -- XXXX is no market: what is traded there has no authority that gives out names.
  constraint one_instrument_at_a_time exclude using gist (symbol with =, mic with =, daterange(valid_from, valid_until) with &&) where (mic <> 'XXXX')
);
comment on table instrument_symbol is 'Follows from instrument and corporate_action and is made anew with them. Under which ticker an instrument is listed, in [valid_from, valid_until). Listed on a date is what has a row that holds it.';

insert into instrument_symbol (instrument_id, symbol, mic) select id, symbol, mic from instrument order by recorded_at, id on conflict do nothing;
