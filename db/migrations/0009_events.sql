-- What people ask of the events: any page of any filter, however many there are.

-- A page of all of them, newest first; the BRIN index it replaces found a time, and not in order. That of a project is the primary key.
create index security_events_page on security_events (occurred_at desc, event_id desc);
drop index security_events_time;
drop index security_events_newest;

-- The first of its type from its address; also all of an address within a project, which is what it replaces was for.
create index security_events_first on security_events (project_id, ip_address, event_type, occurred_at desc);
drop index security_events_ip;

-- One for each field that a rare value may be asked for in, whatever the project.
create index security_events_severity on security_events (severity, occurred_at desc);
create index security_events_kind on security_events (event_type, occurred_at desc);
drop index security_events_type;
create index security_events_endpoint on security_events (endpoint, occurred_at desc);
create index security_events_origin on security_events (origin, occurred_at desc) where origin is not null;
create index security_events_fingerprint on security_events (fingerprint, occurred_at desc) where fingerprint is not null;
create index security_events_user on security_events (end_user_id, occurred_at desc) where end_user_id is not null;

-- A day's review ends at none: what is left is found at once, and counted, whatever was read.
drop index security_events_unread;
create index security_events_unread on security_events (severity, occurred_at desc) where not is_read;

-- A view of a page that somebody keeps: its name and what stands in the address bar.
create table saved_views (
  project_id integer not null default 0 check (project_id = 0),
  view_id integer generated always as identity,
  -- Whose: the actor, as in the audit log
  owner text not null,
  name text not null check (length(name) between 1 and 80),
  path text not null check (length(path) between 1 and 2000),
  created_at timestamptz not null default now(),
  primary key (project_id, view_id),
  unique (project_id, owner, name)
);

-- What a user did, by the masked id that events carry too.
create index decisions_user on decisions (project_id, end_user, decided_at desc) where end_user is not null;
