-- Generated from db/migrations by `npm run schema`; a test compares it.

CREATE TABLE alert_timeline (
  project_id integer not null,
  alert_id uuid not null,
  entry_id bigint not null generated always as identity,
  at timestamp with time zone not null,
  kind text not null,
  actor text not null,
  detail jsonb not null default '{}'::jsonb,
  constraint alert_timeline_pkey PRIMARY KEY (project_id, alert_id, entry_id),
  constraint alert_timeline_project_id_alert_id_fkey FOREIGN KEY (project_id, alert_id) REFERENCES alerts(project_id, alert_id) ON DELETE CASCADE
);

CREATE TABLE alerts (
  project_id integer not null,
  alert_id uuid not null,
  rule text not null,
  rule_version text not null,
  title text not null,
  group_by jsonb not null,
  group_key text not null,
  state text not null,
  severity text not null,
  starts_at timestamp with time zone not null,
  fires_at timestamp with time zone,
  last_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  detected_at timestamp with time zone not null,
  value double precision not null,
  lines integer not null,
  evidence jsonb not null default '[]'::jsonb,
  suppressed boolean not null default false,
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  disposition text,
  disposed_at timestamp with time zone,
  disposed_by text,
  escalations integer not null default 0,
  constraint alerts_pkey PRIMARY KEY (project_id, alert_id),
  constraint alerts_disposition_check CHECK ((disposition = ANY (ARRAY['true_positive'::text, 'false_positive'::text, 'benign'::text]))),
  constraint alerts_severity_check CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
  constraint alerts_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'firing'::text, 'resolved'::text])))
);
CREATE INDEX alerts_group ON alerts USING btree (project_id, rule, group_key, last_at DESC);
CREATE INDEX alerts_newest ON alerts USING btree (project_id, starts_at DESC, alert_id);
CREATE UNIQUE INDEX alerts_one_open ON alerts USING btree (project_id, rule, group_key) WHERE (state <> 'resolved'::text);
CREATE INDEX alerts_open ON alerts USING btree (state) WHERE (state <> 'resolved'::text);

CREATE TABLE allowed_origins (
  project_id integer not null,
  origin text not null,
  created_at timestamp with time zone not null default now(),
  constraint allowed_origins_pkey PRIMARY KEY (project_id, origin),
  constraint allowed_origins_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id)
);

CREATE TABLE allowed_sources (
  project_id integer not null,
  allowed_id integer not null generated always as identity,
  network cidr not null,
  reason text not null,
  actor text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by text,
  constraint allowed_sources_pkey PRIMARY KEY (project_id, allowed_id)
);
CREATE UNIQUE INDEX allowed_sources_one_standing ON allowed_sources USING btree (project_id, network) WHERE (ended_at IS NULL);

CREATE TABLE blocks (
  project_id integer not null,
  block_id integer not null generated always as identity,
  kind text not null,
  matches text not null,
  label text not null,
  reason text not null,
  actor text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  lifted_at timestamp with time zone,
  lifted_by text,
  automatic boolean not null default false,
  covers text not null default 'widget'::text,
  source text not null default ''::text,
  constraint blocks_pkey PRIMARY KEY (project_id, block_id),
  constraint blocks_covers_check CHECK ((covers = ANY (ARRAY['widget'::text, 'writes'::text, 'operator'::text, 'sessions'::text, 'limits'::text, 'step_up'::text]))),
  constraint blocks_kind_check CHECK ((kind = ANY (ARRAY['ip'::text, 'network'::text, 'fingerprint'::text, 'user'::text, 'device'::text, 'origin'::text, 'api_key'::text])))
);
CREATE INDEX blocks_earlier ON blocks USING btree (project_id, kind, matches, created_at) WHERE automatic;
CREATE UNIQUE INDEX blocks_one_standing ON blocks USING btree (project_id, kind, matches, source, covers, automatic) WHERE (lifted_at IS NULL);
CREATE INDEX blocks_standing ON blocks USING btree (expires_at) WHERE (lifted_at IS NULL);

CREATE TABLE channels (
  project_id integer not null,
  channel_id integer not null generated always as identity,
  name text not null,
  kind text not null,
  sealed_settings bytea not null,
  severities text[] not null,
  rules text[],
  escalations_only boolean not null default false,
  group_wait_ms integer not null,
  group_interval_ms integer not null,
  repeat_interval_ms integer not null,
  created_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  constraint channels_pkey PRIMARY KEY (project_id, channel_id),
  constraint channels_kind_check CHECK ((kind = ANY (ARRAY['webhook'::text, 'slack'::text, 'teams'::text, 'email'::text, 'pagerduty'::text, 'sms'::text])))
);
CREATE UNIQUE INDEX channels_one_of_a_name ON channels USING btree (project_id, name) WHERE (disabled_at IS NULL);

CREATE TABLE cohorts (
  project_id integer not null,
  cohort_id integer not null generated always as identity,
  kind text not null,
  matches text not null,
  item_id integer not null,
  evidence jsonb not null,
  actor text not null,
  first_sign_at timestamp with time zone not null,
  opened_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  lifted_at timestamp with time zone,
  lifted_by text,
  lift_reason text,
  constraint cohorts_pkey PRIMARY KEY (project_id, cohort_id),
  constraint cohorts_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id)
);
CREATE UNIQUE INDEX cohorts_one_standing ON cohorts USING btree (project_id, kind, matches, item_id) WHERE (lifted_at IS NULL);

CREATE TABLE decisions (
  project_id integer not null,
  decided_at timestamp with time zone not null,
  decision_id uuid not null,
  item_id integer not null,
  voter uuid not null,
  tier "char" not null,
  value "char" not null,
  state "char" not null,
  score real not null,
  action text not null,
  would_have text,
  policy text not null,
  breakdown jsonb not null,
  ip_address inet not null,
  network cidr not null,
  fingerprint text,
  device uuid,
  user_agent text,
  origin text not null,
  end_user text,
  signals jsonb,
  core text,
  asn integer,
  hosting boolean,
  country text,
  held_for text,
  cohort_id integer,
  shadow jsonb,
  device_since timestamp with time zone,
  newcomer boolean,
  held_until timestamp with time zone,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  constraint decisions_pkey PRIMARY KEY (project_id, decided_at, decision_id),
  constraint decisions_held_for_check CHECK ((held_for = ANY (ARRAY['score'::text, 'seat'::text, 'cohort'::text, 'age'::text])))
) partition by range (decided_at);
CREATE INDEX decisions_cohort ON ONLY decisions USING btree (project_id, cohort_id) WHERE (cohort_id IS NOT NULL);
CREATE INDEX decisions_core ON ONLY decisions USING btree (project_id, core, decided_at) WHERE (core IS NOT NULL);
CREATE INDEX decisions_device ON ONLY decisions USING btree (project_id, device, decided_at DESC) WHERE (device IS NOT NULL);
CREATE INDEX decisions_fingerprint ON ONLY decisions USING btree (project_id, fingerprint, decided_at) WHERE (fingerprint IS NOT NULL);
CREATE INDEX decisions_ip ON ONLY decisions USING btree (project_id, ip_address, decided_at);
CREATE INDEX decisions_recorded ON ONLY decisions USING brin (recorded_at) WITH (pages_per_range='16');
CREATE INDEX decisions_shadow ON ONLY decisions USING btree (project_id, decided_at) WHERE (shadow IS NOT NULL);
CREATE INDEX decisions_voter ON ONLY decisions USING btree (project_id, voter, item_id, decided_at DESC);
CREATE TABLE decisions_default PARTITION OF decisions DEFAULT;

CREATE TABLE expected_spikes (
  project_id integer not null,
  spike_id integer not null generated always as identity,
  item_id integer,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  reason text not null,
  actor text not null,
  created_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  ended_by text,
  constraint expected_spikes_pkey PRIMARY KEY (project_id, spike_id),
  constraint expected_spikes_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint expected_spikes_check CHECK ((ends_at > starts_at))
);

CREATE TABLE feedback (
  project_id integer not null,
  feedback_id integer not null generated always as identity,
  kind text not null,
  title text not null,
  body text not null default ''::text,
  email text,
  state text not null default 'new'::text,
  note text,
  voter uuid not null,
  tier "char" not null,
  ip_address inet,
  fingerprint text,
  created_at timestamp with time zone not null default now(),
  constraint feedback_pkey PRIMARY KEY (project_id, feedback_id),
  constraint feedback_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint feedback_kind_check CHECK ((kind = ANY (ARRAY['idea'::text, 'bug'::text, 'praise'::text, 'other'::text]))),
  constraint feedback_state_check CHECK ((state = ANY (ARRAY['new'::text, 'accepted'::text, 'rejected'::text])))
);

CREATE TABLE identity_secrets (
  project_id integer not null,
  kid text not null,
  sealed_secret bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  constraint identity_secrets_pkey PRIMARY KEY (project_id, kid),
  constraint identity_secrets_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id)
);
CREATE UNIQUE INDEX identity_secrets_one_current ON identity_secrets USING btree (project_id) WHERE (expires_at IS NULL);

CREATE TABLE invalidated_votes (
  project_id integer not null,
  invalidation_id integer not null,
  item_id integer not null,
  voter uuid not null,
  prior_state "char" not null,
  ended boolean not null default false,
  constraint invalidated_votes_pkey PRIMARY KEY (project_id, invalidation_id, item_id, voter),
  constraint invalidated_votes_project_id_invalidation_id_fkey FOREIGN KEY (project_id, invalidation_id) REFERENCES invalidations(project_id, invalidation_id),
  constraint invalidated_votes_prior_state_check CHECK ((prior_state = ANY (ARRAY['c'::"char", 'h'::"char"])))
);
CREATE INDEX invalidated_votes_standing ON invalidated_votes USING btree (project_id, item_id, voter) WHERE (NOT ended);

CREATE TABLE invalidations (
  project_id integer not null,
  invalidation_id integer not null generated always as identity,
  reason text not null,
  actor text not null,
  request jsonb not null,
  matched integer not null,
  created_at timestamp with time zone not null default now(),
  undone_at timestamp with time zone,
  undone_by text,
  undo_reason text,
  effect "char" not null default 'i'::"char",
  cohort_id integer,
  evidence jsonb,
  constraint invalidations_pkey PRIMARY KEY (project_id, invalidation_id),
  constraint invalidations_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint invalidations_effect_check CHECK ((effect = ANY (ARRAY['i'::"char", 'h'::"char"])))
);
CREATE INDEX invalidations_cohort ON invalidations USING btree (project_id, cohort_id) WHERE (cohort_id IS NOT NULL);

CREATE TABLE items (
  project_id integer not null,
  item_id integer not null generated always as identity,
  title text not null,
  description text not null default ''::text,
  status text not null default 'open'::text,
  "position" integer not null default 0,
  created_at timestamp with time zone not null default now(),
  constraint items_pkey PRIMARY KEY (project_id, item_id),
  constraint items_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint items_status_check CHECK ((status = ANY (ARRAY['open'::text, 'planned'::text, 'started'::text, 'shipped'::text, 'declined'::text])))
);

CREATE TABLE notifications (
  project_id integer not null,
  notification_id bigint not null generated always as identity,
  channel_id integer not null,
  channel_project_id integer not null,
  dedup_key text not null,
  message jsonb not null,
  group_hash uuid not null generated always as ((md5((message ->> 'groupKey'::text)))::uuid) stored,
  created_at timestamp with time zone not null,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null,
  locked_until timestamp with time zone,
  sent_at timestamp with time zone,
  dead_at timestamp with time zone,
  last_error text,
  constraint notifications_pkey PRIMARY KEY (project_id, notification_id),
  constraint notifications_project_id_channel_project_id_channel_id_dedu_key UNIQUE (project_id, channel_project_id, channel_id, dedup_key)
);
CREATE INDEX notifications_dead ON notifications USING btree (dead_at) WHERE (dead_at IS NOT NULL);
CREATE INDEX notifications_due ON notifications USING btree (channel_project_id, channel_id, next_attempt_at) WHERE ((sent_at IS NULL) AND (dead_at IS NULL));
CREATE INDEX notifications_newest ON notifications USING btree (channel_project_id, channel_id, notification_id DESC);
CREATE INDEX notifications_order ON notifications USING btree (channel_project_id, channel_id, group_hash, notification_id) WHERE ((sent_at IS NULL) AND (dead_at IS NULL));
CREATE INDEX notifications_sent ON notifications USING btree (sent_at) WHERE (sent_at IS NOT NULL);

CREATE TABLE notified_groups (
  project_id integer not null,
  channel_project_id integer not null,
  channel_id integer not null,
  group_key text not null,
  told jsonb not null,
  told_at timestamp with time zone not null,
  constraint notified_groups_pkey PRIMARY KEY (project_id, channel_project_id, channel_id, group_key)
);

CREATE TABLE operator_tokens (
  project_id integer not null default 0,
  token_id integer not null generated always as identity,
  name text not null,
  role text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint operator_tokens_pkey PRIMARY KEY (project_id, token_id),
  constraint operator_tokens_project_id_token_hash_key UNIQUE (project_id, token_hash),
  constraint operator_tokens_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'moderator'::text, 'admin'::text])))
);
CREATE INDEX operator_tokens_hash ON operator_tokens USING btree (token_hash);

CREATE TABLE policy_trials (
  project_id integer not null default 0,
  policy text not null,
  began_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint policy_trials_pkey PRIMARY KEY (project_id, policy)
);

CREATE TABLE projects (
  project_id integer not null generated always as identity,
  public_key text not null,
  name text not null,
  mode text not null default 'open'::text,
  fingerprint text not null default 'consent'::text,
  dedup text not null default 'hold'::text,
  sealed_pepper bytea not null,
  created_at timestamp with time zone not null default now(),
  anonymous_share real,
  constraint projects_pkey PRIMARY KEY (project_id),
  constraint projects_public_key_key UNIQUE (public_key),
  constraint projects_anonymous_share_check CHECK (((anonymous_share >= (0)::double precision) AND (anonymous_share < (1)::double precision))),
  constraint projects_dedup_check CHECK ((dedup = ANY (ARRAY['hold'::text, 'refuse'::text]))),
  constraint projects_fingerprint_check CHECK ((fingerprint = ANY (ARRAY['off'::text, 'consent'::text, 'on'::text]))),
  constraint projects_mode_check CHECK ((mode = ANY (ARRAY['verified'::text, 'strict'::text, 'open'::text])))
);

CREATE TABLE quotas (
  project_id integer not null,
  item_id integer not null,
  bucket uuid not null,
  seats integer not null,
  constraint quotas_pkey PRIMARY KEY (project_id, item_id, bucket),
  constraint quotas_seats_check CHECK ((seats >= 0))
);

CREATE TABLE releases (
  project_id integer not null,
  release_id integer not null generated always as identity,
  reason text not null,
  actor text not null,
  request jsonb not null,
  matched integer not null,
  created_at timestamp with time zone not null default now(),
  constraint releases_pkey PRIMARY KEY (project_id, release_id),
  constraint releases_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id)
);

CREATE TABLE responses (
  project_id integer not null,
  response_id integer not null generated always as identity,
  alert_id uuid not null,
  rule text not null,
  action text not null,
  target text not null,
  mode text not null,
  reason text not null,
  applied_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  block_id integer,
  invalidation_id integer,
  ended_at timestamp with time zone,
  ended_by text,
  end_reason text,
  detail jsonb not null default '{}'::jsonb,
  constraint responses_pkey PRIMARY KEY (project_id, response_id),
  constraint responses_mode_check CHECK ((mode = ANY (ARRAY['log'::text, 'enforce'::text])))
);
CREATE INDEX responses_alert ON responses USING btree (project_id, alert_id);
CREATE INDEX responses_earlier ON responses USING btree (project_id, action, target, applied_at);
CREATE INDEX responses_standing ON responses USING btree (expires_at) WHERE (ended_at IS NULL);

CREATE TABLE returns (
  project_id integer not null,
  device uuid not null,
  returned_at timestamp with time zone not null,
  constraint returns_pkey PRIMARY KEY (project_id, device),
  constraint returns_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id)
);

CREATE TABLE security_events (
  project_id integer not null,
  occurred_at timestamp with time zone not null,
  event_id uuid not null,
  event_type text not null,
  severity text not null,
  endpoint text not null,
  origin text,
  ip_address inet,
  fingerprint text,
  error_message text,
  end_user_email text,
  end_user_id text,
  detail jsonb not null default '{}'::jsonb,
  count integer not null default 1,
  last_seen_at timestamp with time zone not null,
  is_read boolean not null default false,
  note text,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  constraint security_events_pkey PRIMARY KEY (project_id, occurred_at, event_id),
  constraint security_events_count_check CHECK ((count > 0)),
  constraint security_events_event_type_check CHECK ((event_type = ANY (ARRAY['origin_mismatch'::text, 'rate_limit_exceeded'::text, 'invalid_api_key'::text, 'fingerprint_change'::text, 'jwt_validation_failed'::text, 'suspicious_activity'::text]))),
  constraint security_events_severity_check CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text])))
) partition by range (occurred_at);
CREATE INDEX security_events_ip ON ONLY security_events USING btree (project_id, ip_address, occurred_at DESC);
CREATE INDEX security_events_newest ON ONLY security_events USING btree (project_id, occurred_at DESC, severity);
CREATE INDEX security_events_recorded ON ONLY security_events USING brin (recorded_at) WITH (pages_per_range='16');
CREATE INDEX security_events_source ON ONLY security_events USING btree (ip_address, occurred_at DESC);
CREATE INDEX security_events_time ON ONLY security_events USING brin (occurred_at);
CREATE INDEX security_events_type ON ONLY security_events USING btree (project_id, event_type, occurred_at DESC);
CREATE INDEX security_events_unread ON ONLY security_events USING btree (project_id, occurred_at DESC) WHERE ((NOT is_read) AND (severity = ANY (ARRAY['high'::text, 'critical'::text])));
CREATE TABLE security_events_default PARTITION OF security_events DEFAULT;

CREATE TABLE silences (
  project_id integer not null,
  silence_id integer not null generated always as identity,
  matchers jsonb not null,
  reason text not null,
  actor text not null,
  created_at timestamp with time zone not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by text,
  constraint silences_pkey PRIMARY KEY (project_id, silence_id),
  constraint silences_check CHECK ((ends_at > starts_at))
);

CREATE TABLE tallies (
  project_id integer not null,
  item_id integer not null,
  counted integer not null default 0,
  held integer not null default 0,
  invalidated integer not null default 0,
  version bigint not null default 0,
  counted_verified integer not null default 0,
  held_verified integer not null default 0,
  invalidated_verified integer not null default 0,
  constraint tallies_pkey PRIMARY KEY (project_id, item_id),
  constraint tallies_project_id_item_id_fkey FOREIGN KEY (project_id, item_id) REFERENCES items(project_id, item_id),
  constraint tallies_check CHECK (((counted_verified >= 0) AND (counted_verified <= counted))),
  constraint tallies_check1 CHECK (((held_verified >= 0) AND (held_verified <= held))),
  constraint tallies_check2 CHECK (((invalidated_verified >= 0) AND (invalidated_verified <= invalidated))),
  constraint tallies_counted_check CHECK ((counted >= 0)),
  constraint tallies_held_check CHECK ((held >= 0)),
  constraint tallies_invalidated_check CHECK ((invalidated >= 0))
) with (fillfactor=50);

CREATE TABLE traffic (
  project_id integer not null,
  occurred_at timestamp with time zone not null,
  node uuid not null,
  endpoint text not null,
  status smallint not null,
  actor text not null default ''::text,
  ip_address inet,
  requests integer not null,
  records integer not null default 0,
  duration_ms real not null,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  constraint traffic_pkey PRIMARY KEY (project_id, occurred_at, node, endpoint, status, actor)
) partition by range (occurred_at);
CREATE INDEX traffic_recorded ON ONLY traffic USING brin (recorded_at) WITH (pages_per_range='16');
CREATE TABLE traffic_default PARTITION OF traffic DEFAULT;

CREATE TABLE votes (
  project_id integer not null,
  item_id integer not null,
  voter uuid not null,
  cast_at timestamp with time zone not null,
  tier "char" not null,
  state "char" not null,
  value "char" not null,
  superseded_by uuid,
  constraint votes_pkey PRIMARY KEY (project_id, item_id, voter),
  constraint votes_project_id_item_id_fkey FOREIGN KEY (project_id, item_id) REFERENCES items(project_id, item_id),
  constraint votes_state_check CHECK ((state = ANY (ARRAY['c'::"char", 'h'::"char", 'i'::"char"]))),
  constraint votes_tier_check CHECK ((tier = ANY (ARRAY['v'::"char", 'd'::"char"]))),
  constraint votes_value_check CHECK ((value = ANY (ARRAY['0'::"char", '1'::"char"])))
);
CREATE INDEX votes_cast_at ON votes USING brin (cast_at);
CREATE INDEX votes_held ON votes USING btree (project_id, item_id) WHERE (state = 'h'::"char");

CREATE TABLE watch_position (
  project_id integer not null default 0,
  recorded_at timestamp with time zone not null,
  looked_at timestamp with time zone not null,
  node uuid not null,
  constraint watch_position_pkey PRIMARY KEY (project_id),
  constraint watch_position_project_id_check CHECK ((project_id = 0))
);

CREATE OR REPLACE FUNCTION public.drop_day_partitions(parent regclass, before_day date)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.ensure_day_partitions(parent regclass, first_day date, last_day date)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
$function$;
