/**
 * The chain of the audit log, as mathematics: `hash = SHA-256(prev ‖ canonical entry)`, where prev is the 32 bytes of the entry
 * before (32 zero bytes for the first) and the canonical entry is the UTF-8 of RFC 8785 JSON of exactly the members of `AuditFields`.
 * They are named and formatted as the API shows them, so that whoever has a copy of the answers can check them with a program of
 * their own. Changing one byte of one entry changes every hash after it.
 */
import { createHash } from 'node:crypto'
import { type Json, canonicalJson } from './canonical-json.ts'

/** All of an entry but its hash. */
export interface AuditFields {
  /** Decimal; 1 and on. */
  id: string
  /** Milliseconds since the epoch. */
  at: number
  actor: string
  actorName: string
  action: string
  target: string
  /** Decimal; null: the installation. */
  projectId: string | null
  before: Json
  after: Json
  ipAddress: string | null
}

export interface ChainLink {
  fields: AuditFields
  prevHash: Buffer
  hash: Buffer
}

/** What is wrong with the first entry that does not hold. */
export type ChainFault = 'changed' | 'missing' | 'out_of_order' | 'broken_link'

/** Where the chain stands: the number and the hash of its last entry; `GENESIS` before the first. */
export interface ChainHead {
  entries: number
  hash: Buffer
}
export const GENESIS: ChainHead = { entries: 0, hash: Buffer.alloc(32) }

export function hashEntry(prevHash: Buffer, fields: AuditFields): Buffer {
  const { id, at, actor, actorName, action, target, projectId, before, after, ipAddress } = fields
  const canonical = canonicalJson({ id, at, actor, actorName, action, target, projectId, before, after, ipAddress })
  return createHash('sha256').update(prevHash).update(canonical).digest()
}

/**
 * The head after `link`, or why it does not follow.
 * `missing`: entries between are gone. `out_of_order`: its number was there before. `broken_link`: it was written after another
 * entry than the one that stands before it. `changed`: its own content is not what was hashed.
 */
export function follow(head: ChainHead, { fields, prevHash, hash }: ChainLink): ChainHead | ChainFault {
  const id = Number(fields.id)
  if (id > head.entries + 1) return 'missing'
  if (id <= head.entries) return 'out_of_order'
  if (!prevHash.equals(head.hash)) return 'broken_link'
  return hashEntry(prevHash, fields).equals(hash) ? { entries: id, hash } : 'changed'
}

/** For whoever reads it: what was found at which entry, and what that means. */
export const FAULT_WORDS: Record<ChainFault | 'head_gone', string> = {
  changed: 'Its content is not what was written: its hash is another.',
  missing: 'It is not there, and later ones are.',
  out_of_order: 'Its number is there twice.',
  broken_link: 'It was written after another entry than the one that stands before it: one of the two was exchanged, moved or written anew.',
  head_gone: 'No entry has the head that was kept: the end was cut off, or the log was written anew since.',
}
