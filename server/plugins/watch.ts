/**
 * `app.watch`: reads what was decided since it looked last, finds cohorts, holds them, and lets go what has proved honest.
 * It meets the gate only in PostgreSQL: every node watches all of the ledger, and a unique constraint lets one of them act.
 */
import fp from 'fastify-plugin'
import { type LedgerVote, readDecisions, readRecentDecisions, stretchCohort } from '../../db/queries/watch.ts'
import { actOn, describe, holdLate } from '../watch/act.ts'
import type { Group } from '../watch/cohorts/groups.ts'
import { releaseProven } from '../watch/release.ts'
import { type Finding, Watch, observedOf } from '../watch/watch.ts'

declare module 'fastify' {
  interface FastifyInstance {
    watch: {
      /** Looks once, by `app.clock()`. The server does so by itself, unless it was started with `watchEveryMs: 0`. */
      tick(): Promise<void>
      readonly saturation: { voters: number; behindMs: number }
    }
  }
}

const MAX_VOTERS = 50_000
const BATCH = 5000
/** A decision is dated when its request came and seen when it is committed: so far back lies what may turn up late. */
const OVERLAP_MS = 5000
const RELEASE_EVERY_MS = 60_000
const MAX_FINDINGS = 50

export default fp<{ everyMs: number }>(
  async (app, { everyMs }) => {
    const { policy } = app.gate
    const watch = new Watch(policy.cohorts, MAX_VOTERS)
    let cursor = 0
    let seen = new Map<string, number>()
    let released = 0
    let behindMs = 0
    /** Written down already, in log mode or because somebody took it back: not every second again. */
    const reported = new Set<string>()

    const tick = async (): Promise<void> => {
      const now = app.clock()
      for (let round = 0; round < 4; round += 1) {
        const rows = cursor === 0
          ? await readRecentDecisions(app.db, now - policy.cohorts.horizonMs, MAX_VOTERS)
          : await readDecisions(app.db, cursor - OVERLAP_MS, BATCH)
        await take(rows.filter(({ decisionId }) => !seen.has(decisionId)), now)
        for (const { decisionId, at } of rows) seen.set(decisionId, at)
        const newest = rows.at(-1)?.at ?? now
        cursor = Math.max(cursor, newest)
        behindMs = rows.length < BATCH ? 0 : Math.max(0, now - newest)
        seen = new Map([...seen].filter(([, at]) => at >= cursor - OVERLAP_MS))
        if (rows.length < BATCH) break
      }
      if (now - released >= RELEASE_EVERY_MS) {
        released = now
        await release(now)
      }
    }

    async function take(rows: readonly LedgerVote[], now: number): Promise<void> {
      const groups = new Map<number, Set<Group>>()
      const surging = new Set<string>()
      const extended = new Map<number, { projectId: number; itemId: number }>()
      const late = new Map<number, { projectId: number; voters: Set<string> }>()
      for (const row of rows) {
        const surge = row.cohortId !== null && app.cohorts.find(row.projectId, row.itemId, { surge: '*' }, now) === row.cohortId
        const vote = observedOf(row)
        const asked = watch.observe(vote, surge)
        const standing = row.state === 'c' && row.value === 1 ? app.cohorts.find(row.projectId, row.itemId, vote.signs, now) : undefined
        if (standing !== undefined) late.set(standing, { projectId: row.projectId, voters: new Set([...(late.get(standing)?.voters ?? []), row.voter]) })
        if (asked.groups.length > 0) groups.set(row.projectId, new Set([...(groups.get(row.projectId) ?? []), ...asked.groups]))
        if (asked.surge) surging.add(`${row.projectId} ${row.itemId}`)
        if (row.cohortId !== null) extended.set(row.cohortId, row)
      }
      for (const [cohortId, { projectId, itemId }] of extended) await extend(projectId, itemId, cohortId, now)
      for (const [cohortId, { projectId, voters }] of late) app.boards.apply((await holdLate(app.db, projectId, cohortId, voters)).tallies)
      for (let left = MAX_FINDINGS; left > 0; left -= 1) {
        const finding = nextFinding(groups, surging)
        if (finding === null) break
        await follow(finding, now)
      }
    }

    function nextFinding(groups: Map<number, Set<Group>>, surging: Set<string>): Finding | null {
      for (const [projectId, own] of groups) {
        const finding = watch.examineGroups(projectId, own)
        if (finding !== null) return finding
        groups.delete(projectId)
      }
      for (const key of surging) {
        surging.delete(key)
        const [projectId, itemId] = key.split(' ').map(Number) as [number, number]
        const finding = watch.examineSurge(projectId, itemId)
        if (finding !== null && !app.cohorts.spikeExpected(projectId, itemId, app.clock())) return finding
      }
      return null
    }

    async function follow(finding: Finding, now: number): Promise<void> {
      const { projectId, kind, matches, itemId, evidence } = finding
      const action = await actOn(app.db, finding, policy.cohorts, now)
      watch.account(finding, action.members)
      if (action.tallies.length > 0) app.boards.apply(action.tallies)
      const key = `${projectId} ${kind} ${matches} ${itemId}`
      if (action.cohortId === null && (policy.cohorts.mode === 'enforce' || reported.has(key))) return
      if (reported.size > 10_000) reported.clear()
      reported.add(key)
      if (action.cohortId !== null) await app.cohorts.announce()
      app.ledger.write({
        projectId, eventType: 'suspicious_activity', severity: 'high', endpoint: 'watch',
        errorMessage: `${action.cohortId === null ? 'Would hold a cohort' : `Holds ${action.held} votes`}: ${describe(finding)}`,
        detail: { kind: 'cohort', cohort: action.cohortId, sign: kind, matches, itemId: String(itemId), evidence, held: action.held },
      })
    }

    /** Votes keep coming with the sign of the cohort: it stands on. A surge does only as long as it is one. */
    async function extend(projectId: number, itemId: number, cohortId: number, now: number): Promise<void> {
      const surge = app.cohorts.find(projectId, itemId, { surge: '*' }, now) === cohortId
      if (surge && !watch.surgeLasts(projectId, itemId, now)) return
      if (await stretchCohort(app.db, projectId, cohortId, now)) await app.cohorts.announce()
    }

    async function release(now: number): Promise<void> {
      const { tallies, lifted } = await releaseProven(app.db, {
        plausibility: (projectId, itemId, signs) => watch.plausibility(projectId, itemId, signs),
        standing: (projectId, itemId, signs) => app.cohorts.find(projectId, itemId, signs, now) !== undefined,
        spikeExpected: (projectId, itemId, at) => app.cohorts.spikeExpected(projectId, itemId, at),
      }, policy, now)
      if (tallies.length > 0) app.boards.apply(tallies)
      if (lifted) await app.cohorts.announce()
    }

    let running: Promise<void> | undefined
    const once = (): Promise<void> => (running ??= tick().finally(() => (running = undefined)))
    app.decorate('watch', {
      tick: once,
      get saturation() {
        return { voters: watch.voters, behindMs }
      },
    })
    if (everyMs > 0) {
      const timer = setInterval(() => {
        once().catch((error: unknown) => app.log.error({ err: error }, 'the watch stumbled; it looks again'))
      }, everyMs)
      timer.unref()
      app.addHook('onClose', async () => clearInterval(timer))
    }
    app.addHook('onClose', async () => {
      await running?.catch(() => undefined)
    })
  },
  { name: 'watch', dependencies: ['database', 'changes', 'clock', 'boards', 'ledger', 'gate', 'cohorts'] },
)
