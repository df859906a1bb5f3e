-- The ledger and the tallies. Every primary key begins with project_id, so the schema distributes by it unchanged.
-- project_id 0 stands for "no project": installation-wide operators, and events that name no known project.

create table projects (
  project_id integer generated always as identity primary key,
  public_key text not null unique,
  name text not null,
  mode text not null default 'open' check (mode in ('verified', 'strict', 'open')),
  fingerprint text not null default 'consent' check (fingerprint in ('off', 'consent', 'on')),
  dedup text not null default 'hold' check (dedup in ('hold', 'refuse')),
  -- Sealed under the master key; voter keys are HMACs under it, so it never changes in a project's life.
  sealed_pepper bytea not null,
  created_at timestamptz not null default now()
);

create table allowed_origins (
  project_id integer not null references projects,
  origin text not null,
  created_at timestamptz not null default now(),
  primary key (project_id, origin)
);

create table identity_secrets (
  project_id integer not null references projects,
  kid text not null,
  sealed_secret bytea not null,
  created_at timestamptz not null default now(),
  -- null: the current one. A rotated secret stays valid until here.
  expires_at timestamptz,
  primary key (project_id, kid)
);
create unique index identity_secrets_one_current on identity_secrets (project_id) where expires_at is null;

create table items (
  project_id integer not null references projects,
  item_id integer generated always as identity,
  title text not null,
  description text not null default '',
  status text not null default 'open' check (status in ('open', 'planned', 'started', 'shipped', 'declined')),
  position integer not null default 0,
  created_at timestamptz not null default now(),
  primary key (project_id, item_id)
);

-- One row per item, changed only together with the votes it sums. `truetally verify-tallies` recounts.
create table tallies (
  project_id integer not null,
  item_id integer not null,
  counted integer not null default 0 check (counted >= 0),
  held integer not null default 0 check (held >= 0),
  invalidated integer not null default 0 check (invalidated >= 0),
  -- Counts the changes: answers of two commits can overtake each other on their way to a cache.
  version bigint not null default 0,
  primary key (project_id, item_id),
  foreign key (project_id, item_id) references items
) with (fillfactor = 50);

-- The voter is the first 128 bits of an HMAC: the key is the deduplication. What is known about the act of voting
-- is in decisions, so that this row stays small.
create table votes (
  project_id integer not null,
  item_id integer not null,
  voter uuid not null,
  cast_at timestamptz not null,
  tier "char" not null check (tier in ('v', 'd')),
  state "char" not null check (state in ('c', 'h', 'i')),
  value "char" not null check (value in ('0', '1')),
  -- The verified voter that spoke for this device: the row is then in no tally, and its key stays used.
  superseded_by uuid,
  primary key (project_id, item_id, voter),
  foreign key (project_id, item_id) references items
);

-- Time filters of moderators, at a few kilobytes: a B-tree here would cost every vote a quarter of its size.
create index votes_cast_at on votes using brin (cast_at);

-- Seats taken by counted votes of one fingerprint bucket on one item. A seat is never given back by changing one's mind.
create table quotas (
  project_id integer not null,
  item_id integer not null,
  bucket uuid not null,
  seats integer not null check (seats >= 0),
  primary key (project_id, item_id, bucket)
);

-- Why each recorded change of a vote was judged as it was. Days are partitions: retention drops them whole.
create table decisions (
  project_id integer not null,
  decided_at timestamptz not null,
  decision_id uuid not null,
  item_id integer not null,
  voter uuid not null,
  tier "char" not null,
  value "char" not null,
  state "char" not null,
  score real not null,
  -- What the policy's bands did, and what one in log mode would have done instead.
  action text not null,
  would_have text,
  policy text not null,
  -- {found: [{detector, group, value, weight}], credits: [{name, value}], missing: [name]}
  breakdown jsonb not null,
  ip_address inet not null,
  network cidr not null,
  fingerprint text,
  device uuid,
  user_agent text,
  origin text not null,
  end_user text,
  signals jsonb,
  primary key (project_id, decided_at, decision_id)
) partition by range (decided_at);
create index decisions_voter on decisions (project_id, voter, item_id, decided_at desc);
create index decisions_device on decisions (project_id, device, decided_at desc) where device is not null;
create index decisions_ip on decisions (project_id, ip_address, decided_at);
create index decisions_fingerprint on decisions (project_id, fingerprint, decided_at) where fingerprint is not null;

create table invalidations (
  project_id integer not null references projects,
  invalidation_id integer generated always as identity,
  reason text not null,
  actor text not null,
  -- {filter} or {voteIds}: what was asked for, for the log; the votes it came to are in invalidated_votes.
  request jsonb not null,
  matched integer not null,
  created_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by text,
  undo_reason text,
  primary key (project_id, invalidation_id)
);

create table invalidated_votes (
  project_id integer not null,
  invalidation_id integer not null,
  item_id integer not null,
  voter uuid not null,
  prior_state "char" not null check (prior_state in ('c', 'h')),
  primary key (project_id, invalidation_id, item_id, voter),
  foreign key (project_id, invalidation_id) references invalidations
);

-- The moderators' own log of releases, so that every change of a vote has its reason and actor.
create table releases (
  project_id integer not null references projects,
  release_id integer generated always as identity,
  reason text not null,
  actor text not null,
  request jsonb not null,
  matched integer not null,
  created_at timestamptz not null default now(),
  primary key (project_id, release_id)
);

create table blocks (
  project_id integer not null references projects,
  block_id integer generated always as identity,
  kind text not null check (kind in ('ip', 'network', 'fingerprint', 'user', 'device', 'origin', 'api_key')),
  -- What requests are matched against: a CIDR, a voter key for users and devices, the value itself otherwise.
  matches text not null,
  -- What a person reads: user ids are masked.
  label text not null,
  reason text not null,
  actor text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  primary key (project_id, block_id)
);
create unique index blocks_one_standing on blocks (project_id, kind, matches) where lifted_at is null;

create table feedback (
  project_id integer not null references projects,
  feedback_id integer generated always as identity,
  kind text not null check (kind in ('idea', 'bug', 'praise', 'other')),
  title text not null,
  body text not null default '',
  email text,
  state text not null default 'new' check (state in ('new', 'accepted', 'rejected')),
  note text,
  voter uuid not null,
  tier "char" not null,
  -- Both are cleared when retention ends; the words stay.
  ip_address inet,
  fingerprint text,
  created_at timestamptz not null default now(),
  primary key (project_id, feedback_id)
);

create table security_events (
  project_id integer not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  event_type text not null check (event_type in ('origin_mismatch', 'rate_limit_exceeded', 'invalid_api_key',
    'fingerprint_change', 'jwt_validation_failed', 'suspicious_activity')),
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  endpoint text not null,
  origin text,
  ip_address inet,
  fingerprint text,
  error_message text,
  end_user_email text,
  end_user_id text,
  detail jsonb not null default '{}',
  -- A flood of like events is one row; last_seen_at moves with the count.
  count integer not null default 1 check (count > 0),
  last_seen_at timestamptz not null,
  is_read boolean not null default false,
  note text,
  primary key (project_id, occurred_at, event_id)
) partition by range (occurred_at);
create index security_events_time on security_events using brin (occurred_at);
create index security_events_newest on security_events (project_id, occurred_at desc, severity);
create index security_events_unread on security_events (project_id, occurred_at desc) where not is_read and severity in ('high', 'critical');
create index security_events_ip on security_events (project_id, ip_address, occurred_at desc);

create table operator_tokens (
  -- 0: every project of this installation
  project_id integer not null default 0,
  token_id integer generated always as identity,
  name text not null,
  role text not null check (role in ('viewer', 'moderator', 'admin')),
  -- SHA-256 of a 256-bit random token: nothing to slow down, nothing to look up backwards.
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (project_id, token_id),
  unique (project_id, token_hash)
);
create index operator_tokens_hash on operator_tokens (token_hash);

-- Day partitions, created ahead of time and dropped whole when retention ends. A default partition catches a row whose
-- day has none (a clock that jumped), because a vote must not fail for housekeeping.
create table decisions_default partition of decisions default;
create table security_events_default partition of security_events default;

create function ensure_day_partitions(parent regclass, first_day date, last_day date) returns integer
language plpgsql as $$
declare
  day date := first_day;
  made integer := 0;
  part text;
begin
  while day <= last_day loop
    part := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
    if to_regclass(part) is null then
      begin
        execute format('create table %I partition of %s for values from (%L) to (%L)',
          part, parent, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
        made := made + 1;
      exception
        -- The default partition already holds rows of that day: they stay there, readable, until retention.
        when check_violation then null;
        -- Another node made it first.
        when duplicate_table then null;
      end;
    end if;
    day := day + 1;
  end loop;
  return made;
end
$$;

create function drop_day_partitions(parent regclass, before_day date) returns integer
language plpgsql as $$
declare
  part record;
  dropped integer := 0;
begin
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = parent and c.relname ~ '_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < before_day
    order by c.relname
  loop
    execute format('drop table %I', part.relname);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
