-- The watch over the ledger: what rules found, what was done about it, who was told.

-- When the database saw a line last, by its own clock: the clocks of servers differ. (`now()` first, so that no row is rewritten.)
alter table security_events add column recorded_at timestamptz not null default now();
alter table security_events alter column recorded_at set default clock_timestamp();
create index security_events_recorded on security_events using brin (recorded_at) with (pages_per_range = 16);
-- Rules ask for one type of event at a time.
-- … and rules of the whole installation for a source, whatever the project.
create index security_events_source on security_events (ip_address, occurred_at desc);
create index security_events_type on security_events (project_id, event_type, occurred_at desc);

-- What was asked of this server, counted in ten-second steps: how much, how slow, how much was read.
create table traffic (
  project_id integer not null,
  occurred_at timestamptz not null,
  node uuid not null,
  endpoint text not null,
  -- 2, 3, 4 or 5: the status class
  status smallint not null,
  -- `operator:<token id>` where it was one; '': anybody
  actor text not null default '',
  -- Of an operator's last request; widget traffic keeps no address here
  ip_address inet,
  requests integer not null,
  records integer not null default 0,
  duration_ms real not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (project_id, occurred_at, node, endpoint, status, actor)
) partition by range (occurred_at);
create index traffic_recorded on traffic using brin (recorded_at) with (pages_per_range = 16);
create table traffic_default partition of traffic default;

-- project_id 0: the installation, for what no project owns.
create table alerts (
  project_id integer not null,
  alert_id uuid not null,
  rule text not null,
  -- Which text of the rule found it
  rule_version text not null,
  title text not null,
  -- {"ipAddress": "203.0.113.7"}: the values of its group-by
  group_by jsonb not null,
  -- The same as one text, keys in order, for the unique index
  group_key text not null,
  state text not null check (state in ('pending', 'firing', 'resolved')),
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  -- By the ledger's time: the line that crossed, when it began to fire (`for`), the last line for which it held, and its end
  starts_at timestamptz not null,
  fires_at timestamptz,
  last_at timestamptz not null,
  ends_at timestamptz,
  -- By the node's clock: when the alert was stored
  detected_at timestamptz not null,
  -- The most that was measured, and of how many lines
  value double precision not null,
  lines integer not null,
  -- Ids of the first lines
  evidence jsonb not null default '[]',
  -- Another of the same group had only just ended: told to nobody, nothing done
  suppressed boolean not null default false,
  acknowledged_at timestamptz,
  acknowledged_by text,
  disposition text check (disposition in ('true_positive', 'false_positive', 'benign')),
  disposed_at timestamptz,
  disposed_by text,
  -- How often it was escalated for want of an acknowledgement
  escalations integer not null default 0,
  primary key (project_id, alert_id)
);
-- One worker at a time acts, and if ever two did, one of them would fail here.
create unique index alerts_one_open on alerts (project_id, rule, group_key) where state <> 'resolved';
create index alerts_group on alerts (project_id, rule, group_key, last_at desc);
create index alerts_newest on alerts (project_id, starts_at desc, alert_id);
create index alerts_open on alerts (state) where state <> 'resolved';

create table alert_timeline (
  project_id integer not null,
  alert_id uuid not null,
  entry_id bigint not null generated always as identity,
  at timestamptz not null,
  kind text not null,
  actor text not null,
  detail jsonb not null default '{}',
  primary key (project_id, alert_id, entry_id),
  foreign key (project_id, alert_id) references alerts (project_id, alert_id) on delete cascade
);

create table silences (
  project_id integer not null,
  silence_id integer not null generated always as identity,
  -- [{"name": "rule", "value": "…"}]: rule, severity, or a group-by field; all must match
  matchers jsonb not null,
  reason text not null,
  actor text not null,
  created_at timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  ended_at timestamptz,
  ended_by text,
  primary key (project_id, silence_id)
);

-- What was done about an alert. A detection is one row, what followed from it another, with an expiry and an undo.
create table responses (
  project_id integer not null,
  response_id integer not null generated always as identity,
  alert_id uuid not null,
  rule text not null,
  action text not null,
  -- What it is about, for a person: `203.0.113.7`, `14 votes on item 3`
  target text not null,
  -- log: it only says what would have been done
  mode text not null check (mode in ('log', 'enforce')),
  reason text not null,
  applied_at timestamptz not null,
  expires_at timestamptz not null,
  -- Where it is in force: a block, or an action on votes
  block_id integer,
  invalidation_id integer,
  ended_at timestamptz,
  -- `expiry`, or who took it back
  ended_by text,
  end_reason text,
  detail jsonb not null default '{}',
  primary key (project_id, response_id)
);
create index responses_alert on responses (project_id, alert_id);
create index responses_standing on responses (expires_at) where ended_at is null;
-- How often the same was done to the same within the day: each further time is longer.
create index responses_earlier on responses (project_id, action, target, applied_at);

-- Sources that nothing automatic ever acts on. project_id 0: of every project.
create table allowed_sources (
  project_id integer not null,
  allowed_id integer not null generated always as identity,
  network cidr not null,
  reason text not null,
  actor text not null,
  created_at timestamptz not null,
  -- null: until somebody takes it back
  expires_at timestamptz,
  ended_at timestamptz,
  ended_by text,
  primary key (project_id, allowed_id)
);
create unique index allowed_sources_one_standing on allowed_sources (project_id, network) where ended_at is null;

-- A standing block may also end sessions, narrow limits or ask for more work: what it covers says which.
alter table blocks drop constraint blocks_covers_check;
alter table blocks add constraint blocks_covers_check
  check (covers in ('widget', 'writes', 'operator', 'sessions', 'limits', 'step_up'));

-- Where alerts are told. project_id 0: those of every project.
create table channels (
  project_id integer not null,
  channel_id integer not null generated always as identity,
  name text not null,
  kind text not null check (kind in ('webhook', 'slack', 'teams', 'email', 'pagerduty', 'sms')),
  -- URLs and keys, sealed under the master secret
  sealed_settings bytea not null,
  -- Which alerts: severities, and rules where not all
  severities text[] not null,
  rules text[],
  -- Told only what was escalated
  escalations_only boolean not null default false,
  group_wait_ms integer not null,
  group_interval_ms integer not null,
  repeat_interval_ms integer not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  primary key (project_id, channel_id)
);
-- A name is free again when its channel is not used any more.
create unique index channels_one_of_a_name on channels (project_id, name) where disabled_at is null;

-- The outbox. Written in the transaction that changed the alert; sent after it, again and again until it is taken or given up.
create table notifications (
  project_id integer not null,
  notification_id bigint not null generated always as identity,
  channel_id integer not null,
  -- The channel's own project: 0 where it serves all
  channel_project_id integer not null,
  -- Says what is told: the same alerts in the same states are told once
  dedup_key text not null,
  message jsonb not null,
  -- What belongs together is told in order; a group's key may be too long for an index
  group_hash uuid not null generated always as (md5(message->>'groupKey')::uuid) stored,
  created_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  -- Held by a sender until then
  locked_until timestamptz,
  sent_at timestamptz,
  -- Given up after too many attempts, or refused for good; can be sent again by hand
  dead_at timestamptz,
  last_error text,
  primary key (project_id, notification_id),
  unique (project_id, channel_project_id, channel_id, dedup_key)
);
create index notifications_due on notifications (channel_project_id, channel_id, next_attempt_at) where sent_at is null and dead_at is null;
create index notifications_order on notifications (channel_project_id, channel_id, group_hash, notification_id) where sent_at is null and dead_at is null;
create index notifications_newest on notifications (channel_project_id, channel_id, notification_id desc);
create index notifications_sent on notifications (sent_at) where sent_at is not null;
create index notifications_dead on notifications (dead_at) where dead_at is not null;

-- One row: how far the ledger has been looked through, and the beat of whoever looks.
create table watch_position (
  project_id integer primary key default 0 check (project_id = 0),
  recorded_at timestamptz not null,
  looked_at timestamptz not null,
  node uuid not null
);

-- What each notified group of alerts was told last, per channel: for group_interval and repeat_interval.
create table notified_groups (
  project_id integer not null,
  channel_project_id integer not null,
  channel_id integer not null,
  group_key text not null,
  -- State of each alert as it was told: {"<alert id>": "firing:high"}
  told jsonb not null,
  told_at timestamptz not null,
  primary key (project_id, channel_project_id, channel_id, group_key)
);
