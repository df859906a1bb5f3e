/** `truetally audit verify`: whether the audit log is what was written. For a person’s terminal, or a job that keeps heads elsewhere. */
import type { PoolClient } from 'pg'
import type { Queryable } from '../../db/queryable.ts'
import { verifyAudit } from '../../db/verify-audit.ts'
import { ConfigError } from '../config.ts'
import { FAULT_WORDS } from '../ledger/audit-chain.ts'
import { type AuditedChange, audit } from '../plugins/audit.ts'

/** Who changed something by a command: whoever could run it, as the system knows nobody by name there. */
export async function auditCommand(client: PoolClient, change: AuditedChange): Promise<void> {
  await audit(client, { ...change, actor: 'command line', actorName: 'command line', ipAddress: null }, Date.now())
}

/** For `seedDemo`. */
export async function auditSeed(client: PoolClient, id: number): Promise<void> {
  await auditCommand(client, { action: 'project.create', target: String(id), projectId: id, after: { name: 'the demo project, with its items' } })
}

/** Returns the exit code: 0 when everything holds. Throws a ConfigError for a head that is none. */
export async function verifyAuditLog(db: Queryable, head: string | undefined, print: (text: string) => void): Promise<number> {
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) throw new ConfigError('--head takes the 64 hexadecimal digits that an earlier run printed.')
  const verdict = await verifyAudit(db, head)
  const counted = `${verdict.entries} ${verdict.entries === 1 ? 'entry' : 'entries'}`
  if (verdict.fault === null) {
    print(`${counted} verified: every one is as it was written${head === undefined ? '' : ', and the kept head is among them'}.`)
    print(`head ${verdict.head}`)
    return 0
  }
  const { id, kind } = verdict.fault
  print(`${id === null ? 'The log' : `Entry ${id}`} does not hold (${kind}). ${FAULT_WORDS[kind]}`)
  print(`${counted} before it ${verdict.entries === 1 ? 'holds' : 'hold'}; head there ${verdict.head}`)
  return 1
}
