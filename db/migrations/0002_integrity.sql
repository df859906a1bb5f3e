-- What only many votes together show, why a vote is held, and tallies by tier.

-- The share of a public tally that device votes may make up; null: as many as there are.
alter table projects add column anonymous_share real check (anonymous_share >= 0 and anonymous_share < 1);

alter table tallies
  add column counted_verified integer not null default 0 check (counted_verified between 0 and counted),
  add column held_verified integer not null default 0 check (held_verified between 0 and held),
  add column invalidated_verified integer not null default 0 check (invalidated_verified between 0 and invalidated);
update tallies t
set counted_verified = v.counted, held_verified = v.held, invalidated_verified = v.invalidated
from (
  select project_id, item_id,
    count(*) filter (where state = 'c') as counted, count(*) filter (where state = 'h') as held,
    count(*) filter (where state = 'i') as invalidated
  from votes where tier = 'v' and value = '1' and superseded_by is null
  group by project_id, item_id
) v
where v.project_id = t.project_id and v.item_id = t.item_id;

-- Few votes are held, and those are looked through every minute.
create index votes_held on votes (project_id, item_id) where state = 'h';

alter table decisions
  -- Hash of what the machine is, whatever profile its browser claims: the visitorId of a rotator changes, this does not.
  add column core text,
  add column asn integer,
  -- Whether the address is a data centre’s; null: not known.
  add column hosting boolean,
  add column country text,
  -- Why a held vote is held: score, seat, cohort, age.
  add column held_for text check (held_for in ('score', 'seat', 'cohort', 'age')),
  add column cohort_id integer,
  -- {policy, action, score} of the policy on trial, where it would have done something else.
  add column shadow jsonb;
create index decisions_core on decisions (project_id, core, decided_at) where core is not null;

-- Votes that belong together as no honest crowd does: what they share, on which item, and the numbers that say so.
-- While it stands, further votes with the same sign are held; it ends by itself.
create table cohorts (
  project_id integer not null references projects,
  cohort_id integer generated always as identity,
  kind text not null,
  matches text not null,
  item_id integer not null,
  evidence jsonb not null,
  actor text not null,
  first_sign_at timestamptz not null,
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text,
  primary key (project_id, cohort_id)
);
create unique index cohorts_one_standing on cohorts (project_id, kind, matches, item_id) where lifted_at is null;

-- A launch, a mention in the news: many new people at once are no sign of an attack then.
create table expected_spikes (
  project_id integer not null references projects,
  spike_id integer generated always as identity,
  -- null: every item
  item_id integer,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  reason text not null,
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (project_id, spike_id)
);

-- An action can also hold votes back, with the same exact undo; a rule's actions name the cohort and its evidence.
alter table invalidations
  add column effect "char" not null default 'i' check (effect in ('i', 'h')),
  add column cohort_id integer,
  add column evidence jsonb;

-- When the device token was given out: a vote by a device older than the vote is a returning person’s.
alter table decisions
  add column device_since timestamptz,
  -- Whether the device had no vote on this board when its session began.
  add column newcomer boolean,
  -- For a vote held because its voter is too young: when that is over.
  add column held_until timestamptz;

-- Devices that came back with a vote held back: made-up visitors are thrown away, and so is what they were given.
create table returns (
  project_id integer not null references projects,
  device uuid not null,
  returned_at timestamptz not null,
  primary key (project_id, device)
);

-- The watch reads what was recorded since it looked last, of all projects at once; by the database's clock, because those of
-- the servers differ.
alter table decisions add column recorded_at timestamptz not null default clock_timestamp();
create index decisions_recorded on decisions using brin (recorded_at) with (pages_per_range = 16);
