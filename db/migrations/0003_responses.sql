-- Blocks that the server sets by itself: for every project, for a part of what a source does, and with a person's word above them.

-- 0: every project of this installation. A source that guesses project keys has no project.
alter table blocks drop constraint blocks_project_id_fkey;

alter table blocks
  add column automatic boolean not null default false,
  -- widget: every widget endpoint; writes: all of them but reading, answered with how long to wait; operator: what takes an operator token.
  add column covers text not null default 'widget' check (covers in ('widget', 'writes', 'operator')),
  -- The one address (IPv4) or /64 (IPv6) it holds for; '': it holds wherever the value shows up.
  add column source text not null default '';

-- A person's block and the server's own stand side by side: neither shortens the other.
drop index blocks_one_standing;
create unique index blocks_one_standing on blocks (project_id, kind, matches, source, covers, automatic) where lifted_at is null;

-- Every node reads the standing ones again after each change, and a large attack leaves many expired ones.
create index blocks_standing on blocks (expires_at) where lifted_at is null;
-- How often a source was stopped within the day: each further time is longer.
create index blocks_earlier on blocks (project_id, kind, matches, created_at) where automatic;
