/**
 * The whole chain of the audit log, from its first entry: a batch at a time, so that a million entries take no more memory than a
 * thousand. Nothing is locked; what is appended meanwhile is walked too.
 */
import { type ChainFault, type ChainHead, GENESIS, follow } from '../server/ledger/audit-chain.ts'
import { type AuditPosition, readAuditLinks } from './queries/audit.ts'
import type { Queryable } from './queryable.ts'

const BATCH = 1000

export interface AuditVerdict {
  /** That hold, from the first on. */
  entries: number
  /** Of the last that holds, 64 hex digits; zeros before the first. Kept elsewhere it proves later what stood up to here. */
  head: string
  /** The first entry that does not hold; `id` null with `head_gone`. */
  fault: { id: string | null; kind: ChainFault | 'head_gone' } | null
}

/** `keptHead`: one that an earlier run gave, 64 hex digits. Where no entry has it any more, the log is not the one it was. */
export async function verifyAudit(db: Queryable, keptHead?: string): Promise<AuditVerdict> {
  const kept = keptHead === undefined ? undefined : Buffer.from(keptHead, 'hex')
  let head: ChainHead = GENESIS
  let keptFound = kept === undefined || kept.equals(GENESIS.hash)
  let position: AuditPosition = { id: '0', projectId: null }
  for (;;) {
    const links = await readAuditLinks(db, position, BATCH)
    for (const link of links) {
      const next = follow(head, link)
      if (typeof next === 'string') {
        const id = next === 'missing' ? String(head.entries + 1) : link.fields.id
        return { entries: head.entries, head: head.hash.toString('hex'), fault: { id, kind: next } }
      }
      head = next
      keptFound ||= kept?.equals(head.hash) === true
    }
    const last = links.at(-1)
    if (last === undefined || links.length < BATCH) break
    position = last.fields
  }
  return { entries: head.entries, head: head.hash.toString('hex'), fault: keptFound ? null : { id: null, kind: 'head_gone' } }
}
