/**
 * `app.responses`: what the server does by itself about a source that goes on offending (gate/policies/responses.ts). A block
 * holds on this node with the offence that reaches the threshold, and on the others once it is written.
 *
 * It is a block like a moderator’s: a row with reason, actor, expiry, and the same undo. What a block turns away is never an
 * offence, nor an event; and what a source does that a person allowed is none either. Offences are
 * counted by all nodes together where Redis answers, else by each for itself; how often a source was stopped before is read from the rows.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type BlockRow, countEarlierBlocks, forgetBlocks, insertBlock, loadPardons } from '../../db/queries/blocks.ts'
import { forgetAllowedSources } from '../../db/queries/allowed-sources.ts'
import { forgetResponses } from '../../db/queries/responses.ts'
import { inTransaction } from '../../db/queryable.ts'
import { type BlockEntry, sourceOf } from '../gate/blocklist.ts'
import { PREFIX_TIMES } from '../gate/network.ts'
import { Offences, blockLength } from '../gate/offences.ts'
import type { OffenceKind, ResponsePolicy, ResponseRule } from '../gate/policies/responses.ts'
import type { EventDraft } from '../ledger/event.ts'

const MAX_MARKS = 20_000
const MAX_WAITING = 5000
const BATCH = 100
const HOUSEKEEPING_MS = 3_600_000
/** Tells this node’s offences that count one by one from another’s. */
const NODE = randomUUID()

/** What an offence is about. A `subject` is what is blocked, at the offender’s address only; without one the address itself is. */
export interface Offence {
  projectId?: number
  subject?: { kind: 'api_key' | 'user'; matches: string; label: string }
  /** What tells this offence from another of the same source; without it each one counts. */
  what?: string
}

export interface Responses {
  note(request: FastifyRequest, kind: OffenceKind, offence?: Offence): void
  /** Reads again whom a person has freed. */
  reload(): Promise<void>
  /** Resolves when every block decided so far is written, or could not be. */
  settled(): Promise<void>
  readonly saturation: { marks: number; forgotten: number; waiting: number; dropped: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    responses: Responses
  }
}

type Target = Pick<BlockEntry, 'projectId' | 'kind' | 'matches' | 'source' | 'covers'>
interface Reached {
  kind: OffenceKind
  target: Target
  label: string
  event: Pick<EventDraft, 'endpoint' | 'ipAddress'>
}
interface Wanted extends Reached {
  reason: string
  offences: number
  held: BlockEntry
}

const COVERS: Record<OffenceKind, BlockEntry['covers']> = {
  invalid_api_key: 'widget', repeated_api_key: 'widget', user_token: 'widget', user_lockout: 'widget',
  operator_token: 'operator', repeated_operator_token: 'operator', rate_limit_exceeded: 'writes',
}

/**
 * Counted for the /48 of an IPv6 address as well. Not guesses at project keys, which are no secret: a block for those is on the whole
 * widget, and a /48 may be all of a mobile carrier’s customers in a town.
 */
const BY_PREFIX: ReadonlySet<OffenceKind> = new Set(['operator_token'])

export default fp<{ policy: ResponsePolicy }>(
  async (app, { policy }) => {
    const offences = new Offences(MAX_MARKS)
    let pardons = new Map<string, number>()
    let counted = 0
    let dropped = 0
    const waiting: Wanted[] = []
    let writing: Promise<void> | undefined

    const note: Responses['note'] = (request, kind, offence) => {
      // The /48 first: what stops the /64 is the last that is counted there.
      if (request.clientPrefix !== undefined && BY_PREFIX.has(kind)) {
        noteOf(request, kind, offence, request.clientPrefix, PREFIX_TIMES * policy.rules[kind].offences)
      }
      noteOf(request, kind, offence, sourceOf(request.clientAddress), policy.rules[kind].offences)
    }

    const noteOf = (
      request: FastifyRequest, kind: OffenceKind, { projectId = 0, subject, what }: Offence = {}, source: string, most: number,
    ): void => {
      const now = app.clock()
      const rule = { ...policy.rules[kind], offences: most }
      const target: Target = subject === undefined
        ? { projectId, kind: source.includes('/') ? 'network' : 'ip', matches: source, source: '', covers: COVERS[kind] }
        : { projectId, kind: subject.kind, matches: subject.matches, source, covers: COVERS[kind] }
      if ((pardons.get(idOf(target)) ?? 0) > now || app.allowedSources.includes(projectId, request.clientAddress, now)) return
      const subjects = { ip: request.clientAddress, ...(subject === undefined ? {} : { [subject.kind]: subject.matches }) }
      // Under way when the block came: it was not turned away, and is no reason for another block either.
      const isStopped = (): boolean => app.blocks.find(projectId, subjects, now, target.covers) !== undefined
      if (isStopped()) return

      counted += 1
      const reached = offences.note(`${kind}\0${idOf(target)}`, what ?? String(counted), rule, now)
      const offence: Reached = {
        kind, target, label: subject === undefined ? source : `${subject.label} from ${source}`,
        event: { endpoint: request.endpoint(), ipAddress: request.clientAddress },
      }
      const { keys } = app.redis
      const isAsked = app.redis.ask('offence', keys.name(`o:${kind}`, idOf(target)), [
        String(now), keys.digest(what ?? `${NODE} ${counted}`), String(rule.windowMs), String(rule.offences),
      ], (answer) => {
        // The greater of what all nodes saw and what this one did: a Redis that comes back empty forgives nobody.
        const count = Math.max(Number(answer ?? 0), reached ?? 0)
        if (count > 0 && !isStopped()) respond(offence, count, now)
      })
      if (!isAsked && reached !== undefined) respond(offence, reached, now)
    }

    const respond = ({ kind, target, label, event }: Reached, count: number, now: number): void => {
      const rule = policy.rules[kind]
      // Another node may have seen the last of them.
      offences.forget(`${kind}\0${idOf(target)}`)
      if (rule.mode === 'log') {
        report(kind, target, event, `Would be blocked: ${reasonOf(rule, count)}`, { mode: 'log', offences: count, blockMs: rule.firstBlockMs })
        return
      }
      const held: BlockEntry = { id: 0, ...target, automatic: true, createdAt: now, expiresAt: now + rule.firstBlockMs }
      app.blocks.hold(held)
      if (waiting.length >= MAX_WAITING) {
        dropped += 1
        return
      }
      waiting.push({ kind, target, label, reason: reasonOf(rule, count), offences: count, held, event })
      writing ??= writeAll().finally(() => void (writing = undefined))
    }

    const report = (kind: OffenceKind, { projectId }: Target, event: Wanted['event'], text: string, detail: Record<string, unknown>): void =>
      app.ledger.write({
        ...event, projectId, eventType: 'suspicious_activity', severity: policy.rules[kind].severity, errorMessage: text,
        detail: { kind: 'response', rule: kind, policy: policy.version, ...detail },
      })

    /** One batch at a time: an attack from many sources at once costs a reload for each batch, not for each source. */
    const writeAll = async (): Promise<void> => {
      while (waiting.length > 0) {
        // In one order on all nodes: two batches that wait for each other’s rows would be a deadlock.
        const batch = waiting.splice(0, BATCH).toSorted((a, b) => (idOf(a.target) < idOf(b.target) ? -1 : 1))
        try {
          const rows = await inTransaction(app.db, async (client) => {
            const made: [Wanted, BlockRow][] = []
            for (const wanted of batch) {
              const now = app.clock()
              const earlier = await countEarlierBlocks(client, wanted.target, now - policy.memoryMs)
              const row = await insertBlock(client, {
                ...wanted.target, automatic: true, label: wanted.label, reason: wanted.reason, actor: `rule:${wanted.kind}`,
                expiresAt: now + blockLength(policy.rules[wanted.kind], earlier),
              }, now)
              // null: another node was quicker, and tells of it.
              if (row !== null) made.push([wanted, row])
            }
            return made
          })
          await app.blocks.reload()
          for (const { held } of batch) app.blocks.drop(held)
          for (const [{ kind, target, event, offences: seen, label }, { id, reason, expiresAt }] of rows) {
            report(kind, target, event, `Blocked ${label}: ${reason}`, { blockId: String(id), until: expiresAt, offences: seen })
          }
          if (rows.length > 0) await app.changes.publish('blocks')
        } catch (error) {
          app.log.error({ err: error, blocks: batch.length }, 'automatic blocks could not be written; they hold on this node for their first length')
        }
      }
    }

    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const rows = await loadPardons(app.db, app.clock() - policy.graceMs)
      if (turn < shown) return
      shown = turn
      pardons = new Map(rows.map((row) => [idOf(row), row.liftedAt + policy.graceMs]))
    }

    app.decorate('responses', {
      note,
      reload,
      settled: async () => {
        await writing
      },
      get saturation() {
        return { marks: offences.size, forgotten: offences.saturations, waiting: waiting.length, dropped }
      },
    })
    // Before the blocks are: a source that a person has freed may be blocked again by nobody who lets it through already.
    app.changes.on('blocks', reload, true)
    await reload()

    const forget = setInterval(() => {
      const before = app.clock() - app.modes.retentionDays.value * 86_400_000
      for (const work of [forgetBlocks, forgetResponses, forgetAllowedSources]) {
        work(app.db, before).catch((error: unknown) =>
          app.log.error({ err: error }, 'old automatic blocks, responses or allowed sources could not be deleted; the next hour tries again'))
      }
    }, HOUSEKEEPING_MS)
    forget.unref()
    app.addHook('onClose', async () => {
      clearInterval(forget)
      await writing
    })
  },
  { name: 'responses', dependencies: ['allowed-sources', 'blocks', 'ledger', 'client', 'clock', 'changes', 'database', 'modes', 'redis'] },
)

/** A pardon is for the target, whatever part of it was covered. */
const idOf = ({ projectId, kind, matches, source }: Pick<Target, 'projectId' | 'kind' | 'matches' | 'source'>): string =>
  `${projectId}\0${kind}\0${matches}\0${source}`

const reasonOf = ({ words, windowMs }: ResponseRule, count: number): string => `${count} ${words} within ${Math.round(windowMs / 60_000)} minutes`
