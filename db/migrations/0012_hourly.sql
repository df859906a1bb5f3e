-- Figures for pictures: what was asked, by what it came to, and counts of the ledger by the hour, so that 90 days answer at once.

alter table traffic
  -- Of `requests`: answered 401, 403 or 429
  add column denied integer not null default 0,
  -- … that proved who they were, and whose proof (a user's token, an operator's token or password) was refused
  add column accepted integer not null default 0,
  add column refused integer not null default 0,
  -- How many took how long, by the bounds of server/ledger/latency.ts; '{}': counted before there were any
  add column latency integer[] not null default '{}';

-- Counts over the ledger by the hour and the day (UTC). They follow from the ledger and can be made again from it: that is what
-- happens to an hour into which a line came late. Of a dimension the 100 largest keys of an hour are kept; the others are together '*'.
create table hourly_counts (
  project_id integer not null,
  -- event or vote
  source text not null,
  -- event: kind (`<type> <severity>`), country, asn, network. vote: item, country, asn, network, userAgent
  dimension text not null,
  at timestamptz not null,
  -- '': not known. '*': the others
  key text not null,
  count bigint not null,
  -- Votes held on arrival
  held bigint not null default 0,
  primary key (project_id, source, dimension, at, key)
);
create index hourly_counts_at on hourly_counts (source, dimension, at);

-- The same summed by day.
create table daily_counts (
  project_id integer not null,
  source text not null,
  dimension text not null,
  at timestamptz not null,
  key text not null,
  count bigint not null,
  held bigint not null default 0,
  primary key (project_id, source, dimension, at, key)
);
create index daily_counts_at on daily_counts (source, dimension, at);

create table hourly_traffic (
  project_id integer not null,
  at timestamptz not null,
  endpoint text not null,
  status smallint not null,
  requests bigint not null,
  denied bigint not null,
  accepted bigint not null,
  refused bigint not null,
  duration_ms double precision not null,
  latency bigint[] not null,
  primary key (project_id, at, endpoint, status)
);
create index hourly_traffic_at on hourly_traffic (at);

-- One row: every hour before `until` is counted, and lines the database saw after `checked_at` (its clock) are still to be looked for.
create table hourly_position (
  project_id integer primary key default 0 check (project_id = 0),
  until timestamptz not null,
  checked_at timestamptz not null
);
