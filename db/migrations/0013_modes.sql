-- What was set in the dashboard in place of a default or of what a file says. What the environment sets goes before it.
create table overrides (
  -- 0: they are the installation's
  project_id integer not null default 0 check (project_id = 0),
  setting text not null check (setting in ('gate_mode', 'rule_mode', 'retention_days')),
  -- The rule's name; empty for what there is one of
  name text not null default '',
  value text not null,
  set_by text not null,
  set_at timestamptz not null,
  primary key (project_id, setting, name),
  check (case setting when 'retention_days' then value ~ '^[1-9][0-9]{0,3}$' else value in ('log', 'enforce') end),
  check ((setting = 'rule_mode') = (name <> ''))
);
