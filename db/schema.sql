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

CREATE TABLE audit_log (
  project_id integer not null,
  entry_id bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  actor_name text not null,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  ip_address inet,
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_log_pkey PRIMARY KEY (project_id, entry_id),
  constraint audit_log_entry_id_check CHECK ((entry_id > 0)),
  constraint audit_log_hash_check CHECK ((octet_length(hash) = 32)),
  constraint audit_log_prev_hash_check CHECK ((octet_length(prev_hash) = 32))
);
CREATE INDEX audit_log_action ON audit_log USING btree (action text_pattern_ops, entry_id DESC);
CREATE INDEX audit_log_actor ON audit_log USING btree (actor, entry_id DESC);
CREATE INDEX audit_log_at ON audit_log USING btree (at);
CREATE INDEX audit_log_chain ON audit_log USING btree (entry_id, project_id);
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

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

CREATE TABLE daily_counts (
  project_id integer not null,
  source text not null,
  dimension text not null,
  at timestamp with time zone not null,
  key text not null,
  count bigint not null,
  held bigint not null default 0,
  constraint daily_counts_pkey PRIMARY KEY (project_id, source, dimension, at, key)
);
CREATE INDEX daily_counts_at ON daily_counts USING btree (source, dimension, at);

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
  newcomer boolean,
  held_until timestamp with time zone,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  constraint decisions_pkey PRIMARY KEY (project_id, decided_at, decision_id),
  constraint decisions_held_for_check CHECK ((held_for = ANY (ARRAY['score'::text, 'seat'::text, 'cohort'::text, 'age'::text])))
) partition by range (decided_at);
CREATE INDEX decisions_asn ON ONLY decisions USING btree (project_id, asn) WHERE (asn IS NOT NULL);
CREATE INDEX decisions_cohort ON ONLY decisions USING btree (project_id, cohort_id) WHERE (cohort_id IS NOT NULL);
CREATE INDEX decisions_core ON ONLY decisions USING btree (project_id, core, decided_at) WHERE (core IS NOT NULL);
CREATE INDEX decisions_country ON ONLY decisions USING btree (project_id, country) WHERE (country IS NOT NULL);
CREATE INDEX decisions_device ON ONLY decisions USING btree (project_id, device, decided_at DESC) WHERE (device <> voter);
CREATE INDEX decisions_fingerprint ON ONLY decisions USING btree (project_id, fingerprint, decided_at) WHERE (fingerprint IS NOT NULL);
CREATE INDEX decisions_held_for ON ONLY decisions USING btree (project_id, held_for, decided_at) WHERE (held_for IS NOT NULL);
CREATE INDEX decisions_ip ON ONLY decisions USING btree (project_id, ip_address, decided_at);
CREATE INDEX decisions_recorded ON ONLY decisions USING brin (recorded_at) WITH (pages_per_range='16');
CREATE INDEX decisions_shadow ON ONLY decisions USING btree (project_id, decided_at) WHERE (shadow IS NOT NULL);
CREATE INDEX decisions_user ON ONLY decisions USING btree (project_id, end_user, decided_at DESC) WHERE (end_user IS NOT NULL);
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
  item_id integer,
  constraint feedback_pkey PRIMARY KEY (project_id, feedback_id),
  constraint feedback_item_id_fkey FOREIGN KEY (project_id, item_id) REFERENCES items(project_id, item_id),
  constraint feedback_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint feedback_kind_check CHECK ((kind = ANY (ARRAY['idea'::text, 'bug'::text, 'praise'::text, 'other'::text]))),
  constraint feedback_state_check CHECK ((state = ANY (ARRAY['new'::text, 'accepted'::text, 'rejected'::text])))
);

CREATE TABLE hourly_counts (
  project_id integer not null,
  source text not null,
  dimension text not null,
  at timestamp with time zone not null,
  key text not null,
  count bigint not null,
  held bigint not null default 0,
  constraint hourly_counts_pkey PRIMARY KEY (project_id, source, dimension, at, key)
);
CREATE INDEX hourly_counts_at ON hourly_counts USING btree (source, dimension, at);

CREATE TABLE hourly_position (
  project_id integer not null default 0,
  until timestamp with time zone not null,
  checked_at timestamp with time zone not null,
  constraint hourly_position_pkey PRIMARY KEY (project_id),
  constraint hourly_position_project_id_check CHECK ((project_id = 0))
);

CREATE TABLE hourly_traffic (
  project_id integer not null,
  at timestamp with time zone not null,
  endpoint text not null,
  status smallint not null,
  requests bigint not null,
  denied bigint not null,
  accepted bigint not null,
  refused bigint not null,
  duration_ms double precision not null,
  latency bigint[] not null,
  constraint hourly_traffic_pkey PRIMARY KEY (project_id, at, endpoint, status)
);
CREATE INDEX hourly_traffic_at ON hourly_traffic USING btree (at);

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
CREATE INDEX invalidated_votes_vote ON invalidated_votes USING btree (project_id, item_id, voter);

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
  final boolean not null default false,
  constraint invalidations_pkey PRIMARY KEY (project_id, invalidation_id),
  constraint invalidations_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint invalidations_effect_check CHECK ((effect = ANY (ARRAY['i'::"char", 'h'::"char", 'c'::"char"])))
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
  merged_into integer,
  constraint items_pkey PRIMARY KEY (project_id, item_id),
  constraint items_merged_into_fkey FOREIGN KEY (project_id, merged_into) REFERENCES items(project_id, item_id),
  constraint items_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint items_merged_elsewhere CHECK ((merged_into <> item_id)),
  constraint items_status_check CHECK ((status = ANY (ARRAY['open'::text, 'planned'::text, 'started'::text, 'shipped'::text, 'declined'::text])))
);

CREATE TABLE merged_seats (
  project_id integer not null,
  merge_id integer not null,
  bucket uuid not null,
  seats integer not null,
  constraint merged_seats_pkey PRIMARY KEY (project_id, merge_id, bucket),
  constraint merged_seats_project_id_merge_id_fkey FOREIGN KEY (project_id, merge_id) REFERENCES merges(project_id, merge_id),
  constraint merged_seats_seats_check CHECK ((seats > 0))
);

CREATE TABLE merged_votes (
  project_id integer not null,
  merge_id integer not null,
  voter uuid not null,
  what "char" not null,
  superseded_by uuid,
  went_back "char",
  constraint merged_votes_pkey PRIMARY KEY (project_id, merge_id, voter),
  constraint merged_votes_project_id_merge_id_fkey FOREIGN KEY (project_id, merge_id) REFERENCES merges(project_id, merge_id),
  constraint merged_votes_went_back_check CHECK ((went_back = ANY (ARRAY['w'::"char", 'c'::"char"]))),
  constraint merged_votes_what_check CHECK ((what = ANY (ARRAY['m'::"char", 's'::"char", 'l'::"char", 'k'::"char", 'b'::"char"])))
);

CREATE TABLE merges (
  project_id integer not null,
  merge_id integer not null generated always as identity,
  item_id integer not null,
  into_id integer not null,
  reason text not null,
  actor text not null,
  moved integer not null default 0,
  kept integer not null default 0,
  held integer not null default 0,
  invalidation_id integer,
  created_at timestamp with time zone not null default clock_timestamp(),
  undone_at timestamp with time zone,
  undone_by text,
  undo_reason text,
  constraint merges_pkey PRIMARY KEY (project_id, merge_id),
  constraint merges_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(project_id),
  constraint merges_project_id_into_id_fkey FOREIGN KEY (project_id, into_id) REFERENCES items(project_id, item_id),
  constraint merges_project_id_item_id_fkey FOREIGN KEY (project_id, item_id) REFERENCES items(project_id, item_id)
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

CREATE TABLE operator_sessions (
  project_id integer not null default 0,
  session_id integer not null generated always as identity,
  operator_id integer not null,
  session_hash bytea not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ip_address inet not null,
  network cidr not null,
  user_agent text not null,
  constraint operator_sessions_pkey PRIMARY KEY (project_id, session_id),
  constraint operator_sessions_project_id_session_hash_key UNIQUE (project_id, session_hash),
  constraint operator_sessions_project_id_operator_id_fkey FOREIGN KEY (project_id, operator_id) REFERENCES operators(project_id, operator_id),
  constraint operator_sessions_project_id_check CHECK ((project_id = 0))
);
CREATE INDEX operator_sessions_age ON operator_sessions USING btree (last_seen_at);
CREATE INDEX operator_sessions_operator ON operator_sessions USING btree (project_id, operator_id, last_seen_at DESC);

CREATE TABLE operator_tokens (
  project_id integer not null default 0,
  token_id integer not null generated always as identity,
  name text not null,
  role text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  operator_id integer,
  created_by text not null default ''::text,
  constraint operator_tokens_pkey PRIMARY KEY (project_id, token_id),
  constraint operator_tokens_project_id_token_hash_key UNIQUE (project_id, token_hash),
  constraint operator_tokens_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'moderator'::text, 'admin'::text])))
);
CREATE INDEX operator_tokens_hash ON operator_tokens USING btree (token_hash);
CREATE INDEX operator_tokens_operator ON operator_tokens USING btree (operator_id) WHERE (operator_id IS NOT NULL);

CREATE TABLE operators (
  project_id integer not null default 0,
  operator_id integer not null generated always as identity,
  name text not null,
  role text not null,
  only_project_id integer not null default 0,
  password_hash text not null,
  password_is_temporary boolean not null default false,
  sealed_totp bytea,
  totp_confirmed_at timestamp with time zone,
  totp_step bigint not null default 0,
  created_at timestamp with time zone not null,
  created_by text not null,
  disabled_at timestamp with time zone,
  constraint operators_pkey PRIMARY KEY (project_id, operator_id),
  constraint operators_project_id_check CHECK ((project_id = 0)),
  constraint operators_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'moderator'::text, 'admin'::text])))
);
CREATE UNIQUE INDEX operators_name ON operators USING btree (project_id, lower(name));

CREATE TABLE overrides (
  project_id integer not null default 0,
  setting text not null,
  name text not null default ''::text,
  value text not null,
  set_by text not null,
  set_at timestamp with time zone not null,
  constraint overrides_pkey PRIMARY KEY (project_id, setting, name),
  constraint overrides_check CHECK (
CASE setting
    WHEN 'retention_days'::text THEN (value ~ '^[1-9][0-9]{0,3}$'::text)
    ELSE (value = ANY (ARRAY['log'::text, 'enforce'::text]))
END),
  constraint overrides_check1 CHECK (((setting = 'rule_mode'::text) = (name <> ''::text))),
  constraint overrides_project_id_check CHECK ((project_id = 0)),
  constraint overrides_setting_check CHECK ((setting = ANY (ARRAY['gate_mode'::text, 'rule_mode'::text, 'retention_days'::text])))
);

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

CREATE TABLE saved_views (
  project_id integer not null default 0,
  view_id integer not null generated always as identity,
  owner text not null,
  name text not null,
  path text not null,
  created_at timestamp with time zone not null default now(),
  constraint saved_views_pkey PRIMARY KEY (project_id, view_id),
  constraint saved_views_project_id_owner_name_key UNIQUE (project_id, owner, name),
  constraint saved_views_name_check CHECK (((length(name) >= 1) AND (length(name) <= 80))),
  constraint saved_views_path_check CHECK (((length(path) >= 1) AND (length(path) <= 2000))),
  constraint saved_views_project_id_check CHECK ((project_id = 0))
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
CREATE INDEX security_events_endpoint ON ONLY security_events USING btree (endpoint, occurred_at DESC);
CREATE INDEX security_events_fingerprint ON ONLY security_events USING btree (fingerprint, occurred_at DESC) WHERE (fingerprint IS NOT NULL);
CREATE INDEX security_events_first ON ONLY security_events USING btree (project_id, ip_address, event_type, occurred_at DESC);
CREATE INDEX security_events_kind ON ONLY security_events USING btree (event_type, occurred_at DESC);
CREATE INDEX security_events_origin ON ONLY security_events USING btree (origin, occurred_at DESC) WHERE (origin IS NOT NULL);
CREATE INDEX security_events_page ON ONLY security_events USING btree (occurred_at DESC, event_id DESC);
CREATE INDEX security_events_recorded ON ONLY security_events USING brin (recorded_at) WITH (pages_per_range='16');
CREATE INDEX security_events_severity ON ONLY security_events USING btree (severity, occurred_at DESC);
CREATE INDEX security_events_source ON ONLY security_events USING btree (ip_address, occurred_at DESC);
CREATE INDEX security_events_unread ON ONLY security_events USING btree (severity, occurred_at DESC) WHERE (NOT is_read);
CREATE INDEX security_events_user ON ONLY security_events USING btree (end_user_id, occurred_at DESC) WHERE (end_user_id IS NOT NULL);
CREATE TABLE security_events_default PARTITION OF security_events DEFAULT;

CREATE TABLE sign_in_failures (
  project_id integer not null default 0,
  name_hash bytea not null,
  network cidr not null,
  failures integer not null,
  last_failed_at timestamp with time zone not null,
  locked_until timestamp with time zone,
  constraint sign_in_failures_pkey PRIMARY KEY (project_id, name_hash, network),
  constraint sign_in_failures_failures_check CHECK ((failures >= 0)),
  constraint sign_in_failures_project_id_check CHECK ((project_id = 0))
);
CREATE INDEX sign_in_failures_age ON sign_in_failures USING btree (last_failed_at);

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
  denied integer not null default 0,
  accepted integer not null default 0,
  refused integer not null default 0,
  latency integer[] not null default '{}'::integer[],
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
CREATE INDEX votes_apart ON votes USING btree (project_id, state, cast_at, item_id, voter) WHERE (state <> 'c'::"char");
CREATE INDEX votes_cast_at ON votes USING brin (cast_at timestamptz_minmax_multi_ops) WITH (pages_per_range='32', autosummarize='on');

CREATE TABLE watch_position (
  project_id integer not null default 0,
  recorded_at timestamp with time zone not null,
  looked_at timestamp with time zone not null,
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

CREATE OR REPLACE FUNCTION public.expect_open(present bigint, wanted bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  if present <> wanted then
    raise exception 'an item takes no votes' using errcode = 'TT001';
  end if;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.present_item(project integer, item integer)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  with recursive way (item_id, merged_into) as (
    select i.item_id, i.merged_into from items i where i.project_id = project and i.item_id = item
    union
    select i.item_id, i.merged_into from way w join items i on i.project_id = project and i.item_id = w.merged_into
  )
  select item_id from way where merged_into is null
$function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end
$function$;
