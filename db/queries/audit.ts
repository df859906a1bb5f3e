/** The audit log: appended at the end of a change’s own transaction, read, and walked from its first entry. */
import type { PoolClient } from 'pg'
import { ADVISORY_LOCKS } from '../advisory-locks.ts'
import { type AuditFields, type ChainHead, type ChainLink, GENESIS, hashEntry } from '../../server/ledger/audit-chain.ts'
import type { Json } from '../../server/ledger/canonical-json.ts'
import type { Queryable } from '../queryable.ts'

export interface NewAuditEntry {
  at: number
  actor: string
  actorName: string
  action: string
  target: string
  /** 0: the installation. */
  projectId: number
  before: Json
  after: Json
  ipAddress: string | null
}

export interface AuditEntry extends AuditFields {
  /** 64 hex digits. */
  hash: string
}

/**
 * The last statements of a transaction, at read committed: what waits for the lock waits for the commit of whoever has it, and a lock
 * on a row taken after it could wait for somebody who waits for this one.
 */
export async function appendAuditEntry(client: PoolClient, { projectId, ...entry }: NewAuditEntry): Promise<void> {
  // A statement of its own: the next one sees what was committed before the lock was free. The address as it will be read again.
  const { rows: [locked] } = await client.query<{ ipAddress: string | null }>(
    { name: 'audit-lock', text: 'select $2::inet as "ipAddress", pg_advisory_xact_lock($1)::text', values: [ADVISORY_LOCKS.audit, entry.ipAddress] })
  const head = await readAuditHead(client)
  const id = head.entries + 1
  const hash = hashEntry(head.hash, {
    ...entry, id: String(id), projectId: projectId === 0 ? null : String(projectId), ipAddress: locked?.ipAddress ?? null,
  })
  await client.query({
    name: 'audit-append',
    text: `
      insert into audit_log (project_id, entry_id, at, actor, actor_name, action, target, before, after, ip_address, prev_hash, hash)
      values ($1, $2, to_timestamp($3 / 1000.0), $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11, $12)`,
    values: [
      projectId, id, entry.at, entry.actor, entry.actorName, entry.action, entry.target, jsonb(entry.before), jsonb(entry.after), entry.ipAddress, head.hash, hash,
    ],
  })
}

const jsonb = (value: Json): string | null => (value === null ? null : JSON.stringify(value))

/** `GENESIS` while there is none. */
async function readAuditHead(db: Queryable): Promise<ChainHead> {
  const { rows } = await db.query<{ entries: string; hash: Buffer }>(
    { name: 'audit-head', text: 'select entry_id as entries, hash from audit_log order by entry_id desc limit 1' })
  return rows[0] === undefined ? GENESIS : { entries: Number(rows[0].entries), hash: rows[0].hash }
}

/** A time that is no whole millisecond was never written by us: its fraction is read too, and found by the hash. */
const FIELDS = `entry_id::text as id, (extract(epoch from at) * 1000)::float8 as at, actor, actor_name as "actorName", action, target,
  nullif(project_id, 0)::text as "projectId", before, after, ip_address as "ipAddress"`

export interface AuditFilter {
  actor?: string
  /** A whole action, or the part before a dot: `vote` is every `vote.…`. */
  action?: string
  /** 0: the installation’s. */
  projectId?: number
  since?: number
  until?: number
}

/** Newest first. */
export async function listAuditEntries(
  db: Queryable, { actor = null, action = null, projectId = null, since = null, until = null }: { [K in keyof AuditFilter]: AuditFilter[K] | null },
  { before, limit }: { before: string | null; limit: number },
): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>(
    `select ${FIELDS}, encode(hash, 'hex') as hash from audit_log
     where ($1::text is null or actor = $1)
       and ($2::text is null or action = $2 or starts_with(action, $2 || '.'))
       and ($3::int is null or project_id = $3)
       and ($4::float8 is null or at >= to_timestamp($4 / 1000.0))
       and ($5::float8 is null or at < to_timestamp($5 / 1000.0))
       and ($6::bigint is null or entry_id < $6)
     order by entry_id desc limit $7`,
    [actor, action, projectId, since, until, before, limit],
  )
  return rows
}

/** Where a walk stands: the entry’s number and its project, as a number that is there twice is two rows. */
export interface AuditPosition {
  id: string
  projectId: string | null
}

/** The next links, in the chain’s order. */
export async function readAuditLinks(db: Queryable, after: AuditPosition, limit: number): Promise<ChainLink[]> {
  const { rows } = await db.query<AuditFields & { prevHash: Buffer; hash: Buffer }>({
    name: 'audit-links',
    text: `
      select ${FIELDS}, prev_hash as "prevHash", hash from audit_log
      where (entry_id, project_id) > ($1::bigint, coalesce($2::int, 0)) order by entry_id, project_id limit $3`,
    values: [after.id, after.projectId, limit],
  })
  return rows.map(({ prevHash, hash, ...fields }) => ({ fields, prevHash, hash }))
}
