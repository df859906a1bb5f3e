/**
 * `app.watch`: reads what was decided since it looked last, finds cohorts, holds them, and lets go what has proved honest.
 * It meets the gate only in PostgreSQL: every node watches all of the ledger, and a unique constraint lets one of them act.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { countMerges } from '../../db/queries/merges.ts'
import { type LedgerVote, stretchCohort } from '../../db/queries/watch.ts'
import { actOn, describe, holdLate, narrow } from '../watch/act.ts'
import type { Group } from '../watch/cohorts/group.ts'
import { LedgerReader } from '../watch/ledger-reader.ts'
import { type ReleasePosition, releaseProven } from '../watch/release.ts'
import { runUnhurried } from '../watch/unhurried.ts'
import { type Finding, Watch, findingKey, observedOf } from '../watch/watch.ts'

declare module 'fastify' {
  interface FastifyInstance {
    watch: {
      /** Looks once, by `app.clock()`. The server does so by itself, unless it was started with `watchEveryMs: 0`. */
      tick(): Promise<void>
      readonly saturation: { voters: number; forgotten: number; behindMs: number }
    }
  }
}

export const MAX_VOTERS = 50_000
const RELEASE_EVERY_MS = 60_000
const MAX_FINDINGS = 50
/** A finding that led to nothing, because it stands or was taken back, is not followed again at once. */
const QUIET_MS = 60_000
const MAX_QUIET = 10_000

/** What was read and is still to be asked about: kept until it has been, whatever goes wrong meanwhile. */
interface Pending {
  groups: Map<number, Set<Group>>
  /** Items, by project, on which new devices voted. */
  bursts: Map<number, Set<number>>
  /** Cohorts that held a vote on arrival. */
  active: Map<number, { projectId: number; itemId: number }>
  /** Votes that bear the sign of a standing cohort, and that it does not hold. */
  late: Map<number, { projectId: number; voters: Set<string> }>
}

export default fp<{ everyMs: number }>(
  async (app, { everyMs }) => {
    // Its figures stay; its modes are asked for each time.
    const { cohorts: figures } = app.gate.policy
    let watch = new Watch(figures, MAX_VOTERS)
    let reader = new LedgerReader(app.db, figures.horizonMs, MAX_VOTERS)
    const pending: Pending = { groups: new Map(), bursts: new Map(), active: new Map(), late: new Map() }
    const quiet = new Map<string, number>()
    let judgedUnder = app.gate.policy.version
    let mergesRead = await countMerges(app.db)
    let released = 0
    let releasePosition: ReleasePosition = null

    const tick = async (): Promise<void> => {
      const now = app.clock()
      const { version } = app.gate.policy
      const merges = await countMerges(app.db)
      if (version !== judgedUnder || merges !== mergesRead) beginAgain()
      judgedUnder = version
      mergesRead = merges
      await reader.read(now, (row) => note(row, now))
      await stretch(now)
      await holdLateComers()
      await followFindings(now)
      if (now - released >= RELEASE_EVERY_MS) {
        released = now
        await release(now)
      }
    }

    /**
     * The mode has changed: what was only written down is found again, to be acted on, as it would be after a restart. Or an item was
     * merged, and decisions have gone to another one with their votes.
     */
    function beginAgain(): void {
      watch = new Watch(figures, MAX_VOTERS)
      reader = new LedgerReader(app.db, figures.horizonMs, MAX_VOTERS)
      for (const known of [pending.groups, pending.bursts, pending.active, pending.late, quiet]) known.clear()
    }

    function note(row: LedgerVote, now: number): void {
      const { projectId, itemId, cohortId, voter } = row
      const vote = observedOf(row)
      const bySurge = cohortId !== null && app.cohorts.find(projectId, itemId, { surge: '*' }, now) === cohortId
      const asked = watch.observe(vote, bySurge)
      for (const group of asked.groups) entry(pending.groups, projectId, () => new Set<Group>()).add(group)
      if (asked.surge) entry(pending.bursts, projectId, () => new Set<number>()).add(itemId)
      if (cohortId !== null) pending.active.set(cohortId, { projectId, itemId })
      const unaware = row.value === 1 && (row.state === 'c' || row.heldFor === 'seat' || row.heldFor === 'age')
      const standing = unaware ? app.cohorts.find(projectId, itemId, vote.signs, now) : undefined
      if (standing !== undefined) entry(pending.late, standing, () => ({ projectId, voters: new Set<string>() })).voters.add(voter)
    }

    /** Votes keep coming with the sign of the cohort: it stands on. A surge does only as long as it is one. */
    async function stretch(now: number): Promise<void> {
      let stretched = false
      for (const [cohortId, { projectId, itemId }] of pending.active) {
        const surge = app.cohorts.find(projectId, itemId, { surge: '*' }, now) === cohortId
        if (!surge || watch.surgeLasts(projectId, itemId, now)) stretched = (await stretchCohort(app.db, projectId, cohortId, now, figures.standsMs)) || stretched
        pending.active.delete(cohortId)
      }
      if (stretched) await app.cohorts.announce()
    }

    async function holdLateComers(): Promise<void> {
      for (const [cohortId, { projectId, voters }] of pending.late) {
        app.boards.apply((await holdLate(app.db, projectId, cohortId, voters)).tallies)
        pending.late.delete(cohortId)
      }
    }

    async function followFindings(now: number): Promise<void> {
      for (let left = MAX_FINDINGS; left > 0; left -= 1) {
        const finding = await nextFinding(now)
        if (finding === null) return
        let acted = false
        for (const narrowed of await narrow(app.db, finding, (line) => watch.isOdd(line))) acted = (await follow(narrowed, now)) || acted
        // Whatever came of it, the same finding is not the next one.
        keepQuiet(finding, acted ? now + 1 : now + QUIET_MS)
      }
    }

    async function nextFinding(now: number): Promise<Finding | null> {
      const followed = (key: string): boolean => (quiet.get(key) ?? 0) > now
      for (const [projectId, groups] of pending.groups) {
        const examination = watch.examineGroups(projectId, groups, followed)
        let step = examination.next()
        while (step.done !== true) {
          await nextTurn()
          step = examination.next()
        }
        if (step.value !== null) return step.value
        pending.groups.delete(projectId)
      }
      for (const [projectId, items] of pending.bursts) {
        for (const itemId of items) {
          const finding = watch.examineSurge(projectId, itemId)
          items.delete(itemId)
          if (finding === null || followed(findingKey(finding))) continue
          const expected = app.cohorts.spikeExpected(projectId, itemId, now) || app.cohorts.spikeExpected(projectId, itemId, finding.since)
          if (!expected) return finding
        }
        pending.bursts.delete(projectId)
      }
      return null
    }

    function keepQuiet(finding: Finding, until: number): void {
      const key = findingKey(finding)
      quiet.delete(key)
      if (quiet.size >= MAX_QUIET) {
        const oldest = quiet.keys().next().value
        if (oldest !== undefined) quiet.delete(oldest)
      }
      quiet.set(key, until)
    }

    /** Whether a cohort stands now that did not before. */
    async function follow(finding: Finding, now: number): Promise<boolean> {
      const { projectId, kind, matches, itemId, evidence } = finding
      const { cohorts } = app.gate.policy
      const action = await actOn(app.db, finding, cohorts, now)
      watch.account(finding, action.members)
      if (action.tallies.length > 0) app.boards.apply(action.tallies)
      const opened = action.cohortId !== null
      if (opened) await app.cohorts.announce()
      if (opened || cohorts.mode === 'log') {
        app.ledger.write({
          projectId, eventType: 'suspicious_activity', severity: 'high', endpoint: 'watch',
          errorMessage: `${opened ? `Holds ${action.held} votes` : 'Would hold a cohort'}: ${describe(finding)}`,
          detail: { kind: 'cohort', cohort: action.cohortId, sign: kind, matches, itemId: String(itemId), evidence, held: action.held },
        })
      }
      return opened
    }

    async function release(now: number): Promise<void> {
      const { tallies, lifted, position } = await releaseProven(app.db, {
        plausibility: (projectId, itemId, signs) => watch.plausibility(projectId, itemId, signs),
        standing: (projectId, itemId, signs) => app.cohorts.find(projectId, itemId, signs, now) !== undefined,
        spikeExpected: (projectId, itemId, at) => app.cohorts.spikeExpected(projectId, itemId, at),
      }, app.gate.policy, now, releasePosition)
      releasePosition = position
      if (tallies.length > 0) app.boards.apply(tallies)
      if (lifted) await app.cohorts.announce()
    }

    let running: Promise<void> | undefined
    const once = (): Promise<void> => (running ??= tick().finally(() => (running = undefined)))
    app.decorate('watch', {
      tick: once,
      get saturation() {
        return { voters: watch.voters, forgotten: watch.forgotten, behindMs: reader.behindMs }
      },
    })
    if (everyMs > 0) {
      const end = runUnhurried(everyMs, () => once().catch((error: unknown) => app.log.error({ err: error }, 'the watch stumbled; it looks again')))
      app.addHook('onClose', async () => end())
    }
    app.addHook('onClose', async () => {
      await running?.catch(() => undefined)
    })
  },
  { name: 'watch', dependencies: ['database', 'changes', 'clock', 'boards', 'ledger', 'gate', 'cohorts'] },
)

function entry<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = create()))
  return value
}
