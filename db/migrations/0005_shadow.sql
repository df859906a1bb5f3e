-- When which policy was on trial: how many votes it was compared on cannot be told from the few it disagreed about.
create table policy_trials (
  -- 0: a policy is the installation's
  project_id integer not null default 0,
  policy text not null,
  began_at timestamptz not null,
  -- null: it goes on
  ended_at timestamptz,
  primary key (project_id, policy)
);

create index decisions_shadow on decisions (project_id, decided_at) where shadow is not null;
