-- Actions on votes lie on each other: a vote that a rule holds for its cohort and a moderator then invalidates is out for two
-- reasons, and whichever ends first, the other must still hold. A layer ends when its action is undone or the vote is released.
alter table invalidated_votes add column ended boolean not null default false;
update invalidated_votes v set ended = true
from invalidations i
where i.project_id = v.project_id and i.invalidation_id = v.invalidation_id and i.undone_at is not null;
create index invalidated_votes_standing on invalidated_votes (project_id, item_id, voter) where not ended;

-- Everything a cohort holds: by its actions, and on arrival while it stood.
create index invalidations_cohort on invalidations (project_id, cohort_id) where cohort_id is not null;
create index decisions_cohort on decisions (project_id, cohort_id) where cohort_id is not null;

-- A spike that was ended early stays as it was declared, beside who ended it.
alter table expected_spikes
  add column ended_at timestamptz,
  add column ended_by text;
