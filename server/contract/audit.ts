/** Operator API: the audit log, which says who changed what and from where. */
import { type Static, Type } from 'typebox'
import { Cursor, Id, Instant, NextCursor, PageSize, ProjectRef } from './primitives.ts'

const EntryId = Type.String({ pattern: '^[1-9][0-9]{0,17}$', description: '1, 2, 3 …, in the order of commits and without gaps.' })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: '32 bytes in hexadecimal.' })
const Changed = Type.Any({ description: 'What changed and nothing else, without secrets; e-mail addresses masked, cut where it is long. null: there is nothing to say.' })

export const AuditEntry = Type.Object(
  {
    id: EntryId,
    at: Instant,
    actor: Type.String({ description: '`account:<id>`, `operator:<token id>` or `command line`.' }),
    actorName: Type.String({ description: 'As it was called then.' }),
    action: Type.String({ description: 'A dotted verb: `vote.invalidate`.' }),
    target: Type.String({ description: 'What it was done to: an id or a name.' }),
    projectId: Type.Union([Id, Type.Null()], { description: 'null: the installation.' }),
    before: Changed,
    after: Changed,
    ipAddress: Type.Union([Type.String(), Type.Null()], { description: 'null: it came from no network.' }),
    hash: Type.String({ ...Hash, description: 'SHA-256 over the hash of the entry before and all of this one; how, is in docs/audit.md.' }),
  },
  { $id: 'AuditEntry' },
)
export type AuditEntry = Static<typeof AuditEntry>

export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    action: Type.Optional(Type.String({ pattern: '^[a-z_-]+(\\.[a-z_-]+)*$', maxLength: 100, description: 'Whole, or the part before a dot: `vote` finds every `vote.…`.' })),
    project: Type.Optional(ProjectRef),
    since: Type.Optional(Instant),
    until: Type.Optional({ ...Instant, description: 'Before this time. Milliseconds since the epoch.' }),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)
export type AuditQuery = Static<typeof AuditQuery>
export const AuditParams = Type.Object({ id: EntryId })
export const AuditAnswer = Type.Object({ entries: Type.Array(AuditEntry), nextCursor: NextCursor })
export type AuditAnswer = Static<typeof AuditAnswer>

export const AuditVerificationQuery = Type.Object(
  { head: Type.Optional({ ...Hash, description: 'One that an earlier verification gave and that was kept elsewhere.' }) },
  { additionalProperties: false },
)
export const AuditVerification = Type.Object(
  {
    ok: Type.Boolean(),
    entries: Type.Integer({ description: 'Entries that hold, from the first on.' }),
    head: Type.String({ ...Hash, description: 'Of the last entry that holds. Keep it somewhere else: it proves later that nothing up to here was changed.' }),
    fault: Type.Optional(Type.Object({
      entryId: Type.Union([EntryId, Type.Null()], { description: 'The first entry that does not hold. null: none has the head that was asked for.' }),
      kind: Type.Enum(['changed', 'missing', 'out_of_order', 'broken_link', 'head_gone']),
      explanation: Type.String(),
    })),
  },
  { $id: 'AuditVerification' },
)
export type AuditVerification = Static<typeof AuditVerification>
