-- Two items that say the same become one: the votes of one follow to the other, one for each voter, and go back exactly.

-- null: it stands for itself. Else it has left the board, takes no votes, and keeps those that had a vote there already.
alter table items
  add column merged_into integer,
  add constraint items_merged_into_fkey foreign key (project_id, merged_into) references items (project_id, item_id),
  add constraint items_merged_elsewhere check (merged_into <> item_id);

create table merges (
  project_id integer not null references projects,
  merge_id integer generated always as identity,
  item_id integer not null,
  into_id integer not null,
  reason text not null,
  actor text not null,
  -- Votes that went, those that stayed because their voter has one there, and of the first those held for their fingerprint's seat
  moved integer not null default 0,
  kept integer not null default 0,
  held integer not null default 0,
  -- The hold on those, in invalidations
  invalidation_id integer,
  -- By the database's clock, once nothing else writes votes of the two: what was decided on them before belongs to the merge
  created_at timestamptz not null default clock_timestamp(),
  undone_at timestamptz,
  undone_by text,
  undo_reason text,
  primary key (project_id, merge_id),
  foreign key (project_id, item_id) references items (project_id, item_id),
  foreign key (project_id, into_id) references items (project_id, item_id)
);

-- What became of each voter's row: m it moved; s it changed places with a vote taken back there; l a device's row there, for which a
-- verified voter who came speaks from now on; k it stayed, its voter has one there; b for one there, who changed places spoke already.
create table merged_votes (
  project_id integer not null,
  merge_id integer not null,
  voter uuid not null,
  what "char" not null check (what in ('m', 's', 'l', 'k', 'b')),
  -- Who spoke for it: m: when it moved; k, b: there, before; l: there, from then on
  superseded_by uuid,
  -- Once undone. w it went back whole; c it went back, and what its voter did there since stays there
  went_back "char" check (went_back in ('w', 'c')),
  primary key (project_id, merge_id, voter),
  foreign key (project_id, merge_id) references merges (project_id, merge_id)
);

-- Seats of fingerprint buckets that came with the votes.
create table merged_seats (
  project_id integer not null,
  merge_id integer not null,
  bucket uuid not null,
  seats integer not null check (seats > 0),
  primary key (project_id, merge_id, bucket),
  foreign key (project_id, merge_id) references merges (project_id, merge_id)
);

-- Where the votes of an item are cast now: itself, or at the end of its merges.
create function present_item(project integer, item integer) returns integer language sql stable as $$
  with recursive way (item_id, merged_into) as (
    select i.item_id, i.merged_into from items i where i.project_id = project and i.item_id = item
    union
    select i.item_id, i.merged_into from way w join items i on i.project_id = project and i.item_id = w.merged_into
  )
  select item_id from way where merged_into is null
$$;

-- The item somebody made of it.
alter table feedback
  add column item_id integer,
  add constraint feedback_item_id_fkey foreign key (project_id, item_id) references items (project_id, item_id);
