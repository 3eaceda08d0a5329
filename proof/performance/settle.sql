-- What became of every published signal, from the raw bars and the plans as they were published, and from nothing else.
-- Instruments of calendar XNYS, bars of one minute, positions flat at the close.
with plan as (
  select s->>'id' as id, s->'instrument'->>'id' as instrument_id, s->>'side' as side, s->>'supersedes' as supersedes,
         case s->>'side' when 'LONG' then 1 else -1 end as sign,
         (s->>'publishedAt')::timestamptz as published_at, (s->>'expiresAt')::timestamptz as expires_at,
         (s->'plan'->>'stop')::numeric as stop, (s->'plan'->'targets'->0->>'price')::numeric as target,
         (s->'plan'->>'riskPerUnit')::numeric as risk, (s->'plan'->>'timeLimitMinutes')::int * interval '1 minute' as time_limit
    from (select body::json->'signal' as s from event_log where stream = 'public' and kind = 'PUBLISHED') published
), regular as (
  -- A session lies within one day of UTC; its last bar is the one that no other of that day follows.
  select *, (bar_start at time zone 'UTC')::date as session,
         lead(bar_start) over (partition by instrument_id, (bar_start at time zone 'UTC')::date order by bar_start) is null as is_last
    from bar where timeframe = '1m' and segment = 'REGULAR'
), entered as (
  -- The first bar that a client can reach a second after the publication, if it ends before the signal expires.
  select plan.*, b.bar_start as entered_at, b.session, b.open as entry, b.volume as entry_volume
    from plan cross join lateral (
      select * from regular where instrument_id = plan.instrument_id and bar_start >= plan.published_at + interval '1 second'
       order by bar_start limit 1) b
   where b.bar_end < plan.expires_at and not exists (select from plan later where later.supersedes = plan.id)
), left_at as (
  -- Bar by bar the open comes first, then the stop, then the target; what is left at the end of the session goes at its last close.
  select entered.*, x.price as exit, x.volume as exit_volume, x.reason
    from entered cross join lateral (
      select b.volume, r.reason, case r.reason when 'STOP' then stop when 'TARGET' then target when 'CLOSE' then b.close else b.open end as price
        from regular b cross join lateral (select case
               when b.bar_start >= entered_at + time_limit then 'TIME_OPEN'
               when sign * (b.open - stop) <= 0 then 'STOP_OPEN'
               when sign * (b.open - target) >= 0 then 'TARGET_OPEN'
               when sign * (case sign when 1 then b.low else b.high end - stop) <= 0 then 'STOP'
               when sign * (case sign when 1 then b.high else b.low end - target) >= 0 then 'TARGET'
               when b.is_last then 'CLOSE' end as reason) r
       where b.instrument_id = entered.instrument_id and b.session = entered.session and b.bar_start >= entered_at and r.reason is not null
       order by b.bar_start limit 1) x
), settled as (
  -- Half a tick of spread at both ends, and slippage by the share of the bar's volume that an order of 10,000 takes.
  select id, side, reason,
         -- An entry beyond the target leaves where it came in: nobody earned that target.
         case when reason like 'STOP%' then -1 when reason like 'TARGET%' and sign * (exit - entry) > 0 then 1 else 0 end as label,
         round((sign * (exit - entry) - round((0.005 + entry * 0.1 * power(case when entry_volume > 0 then least(10000 / (entry * entry_volume), 0.025) else 0.025 end, 2))
                                                  + (0.005 + exit * 0.1 * power(case when exit_volume > 0 then least(10000 / (exit * exit_volume), 0.025) else 0.025 end, 2)), 6)) / risk, 4) as net_r
    from left_at
)
select coalesce(plan.side, 'ALL') as side, count(*)::int as published, count(settled.id)::int as n,
       count(*) filter (where label = 1)::int as hits, avg(net_r)::float8 as expectancy_r,
       (count(*) filter (where label = 1))::float8 / nullif(count(settled.id), 0) as hit_rate,
       (count(*) filter (where exists (select from plan later where later.supersedes = plan.id)))::int as superseded,
       array_agg(distinct reason) filter (where reason is not null) as reasons
  from plan left join settled using (id)
 group by grouping sets ((), (plan.side)) order by side
