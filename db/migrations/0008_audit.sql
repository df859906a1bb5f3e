-- Who changed what: one entry for each change that a person, a token or the command line made, written in the change's own transaction.

-- Append-only and chained: hash = SHA-256 over prev_hash and the entry (server/ledger/audit-chain.ts). Retention does not touch it.
create table audit_log (
  -- Which project the change is about; 0: the installation. The chain runs over all of them.
  project_id integer not null,
  -- 1, 2, 3 … in the order of commits, without gaps: not an identity, whose numbers are lost with a rollback
  entry_id bigint not null check (entry_id > 0),
  -- By the clock of the server that wrote it, in whole milliseconds
  at timestamptz not null,
  -- `account:<id>`, `operator:<token id>` or `command line`
  actor text not null,
  -- As it was called then
  actor_name text not null,
  -- `vote.invalidate`
  action text not null,
  -- What it was done to: an id or a name
  target text not null,
  -- What changed, and nothing else; without secrets, addresses of mail masked, at most 16 kB
  before jsonb,
  after jsonb,
  -- null: nobody asked from anywhere
  ip_address inet,
  prev_hash bytea not null check (octet_length(prev_hash) = 32),
  hash bytea not null check (octet_length(hash) = 32),
  primary key (project_id, entry_id)
);
-- The head of the chain, and its walk. Not unique, as no key of an installation can be on several machines: whoever appends holds a lock.
create index audit_log_chain on audit_log (entry_id, project_id);
create index audit_log_actor on audit_log (actor, entry_id desc);
create index audit_log_action on audit_log (action text_pattern_ops, entry_id desc);
create index audit_log_at on audit_log (at);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();
-- Also where a session calls itself a replica, which leaves ordinary triggers out.
alter table audit_log enable always trigger audit_log_append_only;
