-- People who sign in. They are the installation's, whatever they may see: a person who is moved to another project stays who they are.
create table operators (
  project_id integer not null default 0 check (project_id = 0),
  operator_id integer not null generated always as identity,
  name text not null,
  role text not null check (role in ('viewer', 'moderator', 'admin')),
  -- The one project they see; 0: every project
  only_project_id integer not null default 0,
  -- argon2id, as a PHC string: its own parameters and salt in it
  password_hash text not null,
  -- Set by somebody else: it opens nothing but the choice of another one
  password_is_temporary boolean not null default false,
  -- Sealed under the master secret. Asked for from the moment it was confirmed by a code
  sealed_totp bytea,
  totp_confirmed_at timestamptz,
  -- The 30 seconds of the last code taken: each counts once
  totp_step bigint not null default 0,
  created_at timestamptz not null,
  created_by text not null,
  disabled_at timestamptz,
  primary key (project_id, operator_id)
);
create unique index operators_name on operators (project_id, lower(name));

create table operator_sessions (
  project_id integer not null default 0 check (project_id = 0),
  session_id integer not null generated always as identity,
  operator_id integer not null,
  -- SHA-256 of 256 random bits
  session_hash bytea not null,
  created_at timestamptz not null,
  -- Written once a minute at most
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  -- Ended ones are kept for a month: from where somebody was signed in, they are not locked out
  ended_at timestamptz,
  ip_address inet not null,
  network cidr not null,
  user_agent text not null,
  primary key (project_id, session_id),
  unique (project_id, session_hash),
  foreign key (project_id, operator_id) references operators
);
create index operator_sessions_operator on operator_sessions (project_id, operator_id, last_seen_at desc);
create index operator_sessions_age on operator_sessions (last_seen_at);

-- Counted before a password is looked at, taken back where it was right: requests at the same moment share one count, on all nodes.
create table sign_in_failures (
  project_id integer not null default 0 check (project_id = 0),
  -- SHA-256 of the name in lower case, whether anybody has it or not: a password typed into the wrong field stays unknown
  name_hash bytea not null,
  -- 0.0.0.0/0: from everywhere together
  network cidr not null,
  failures integer not null check (failures >= 0),
  last_failed_at timestamptz not null,
  locked_until timestamptz,
  primary key (project_id, name_hash, network)
);
create index sign_in_failures_age on sign_in_failures (last_failed_at);

-- A person's own tokens never reach further than the person does now.
alter table operator_tokens add column operator_id integer;
alter table operator_tokens add column created_by text not null default '';
create index operator_tokens_operator on operator_tokens (operator_id) where operator_id is not null;
