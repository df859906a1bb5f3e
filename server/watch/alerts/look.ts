/**
 * One look at the ledger, in the caller’s transaction: groups with new lines, what the rules say of them, what follows. It commits as a
 * whole or not at all, so a worker that is killed has found nothing, done nothing and told nobody, and the next one finds it.
 */
import type { PoolClient } from 'pg'
import {
  type WatchPosition, appendTimeline, findLatestAlerts, listAlertTimes, listOpenAlerts, readPosition, saveAlerts, savePosition,
} from '../../../db/queries/alerts.ts'
import type { Tally } from '../../../db/queries/tallies.ts'
import { sortInMemory, withinSavepoint } from '../../../db/queryable.ts'
import { type CompiledRule, MAX_EPISODES } from '../../../db/rules/compile.ts'
import { type Usual, findEpisodes, readHours } from '../../../db/rules/evaluate.ts'
import { type Group, MAX_GROUPS } from '../../../db/rules/touched.ts'
import type { WatchSettings } from '../../contract/watch-settings.ts'
import { durationMs } from '../language/duration.ts'
import type { RuleLibrary } from '../language/library.ts'
import { applyResponses } from '../responses/apply.ts'
import { expireResponses } from '../responses/expire.ts'
import { type Alert, groupKeyOf } from './alert.ts'
import { Change } from './change.ts'
import { type Episode, endOf, takeUp } from './episodes.ts'
import { severityOf } from './escalation.ts'
import { FreshGroups, isLost } from './fresh-groups.ts'
import { RulePace } from './rule-pace.ts'
import { type HourTable, addHours, forgetHours, hourTable, usualOf } from './usual.ts'

export interface LookoutOptions {
  library: RuleLibrary
  rules: readonly CompiledRule[]
  settings: WatchSettings
  /** Rule actions only write down what they would do. */
  readonly logOnly: boolean
  /** What somebody set in place of the modes in the rule’s file; undefined: nothing. */
  modeSet: (rule: string) => 'log' | 'enforce' | undefined
  publicKeyOf: (projectId: number) => string | undefined
  proxies: readonly string[]
  /** false: every rule is asked at every look, however long it takes. */
  rests: boolean
  onError: (error: unknown, rule: string) => void
}

export interface Looked {
  /** Changed in this look. */
  alerts: Alert[]
  tallies: Tally[]
  blocksChanged: boolean
  /** So much of the ledger is still to be looked through. */
  behindMs: number
}

/** A line is recorded a moment before it is committed and can be seen. */
const OVERLAP_MS = 2000
/** The clocks of nodes, by which lines are dated, differ by no more than this; later lines of a time are taken up all the same. */
const LATE_MS = 120_000
/** Lines may still be on their way: an alert is not over before this. */
const GRACE_MS = 3000
/** What lies further back at the first look of all is not news. */
const FIRST_MS = 60_000
const RULE_TIMEOUT_MS = 8000
const STEP_MS = 60_000
/** In less than this nobody fills a look with groups. */
const LEAST_STEP_MS = 250
/** A node that does not have a rule leaves its alerts to the nodes that do, and ends them when none has kept them for so long. */
const ORPHAN_MS = 3_600_000
const QUIET_SAVE_MS = 5000
/** What goes on is met again so often: a block that has ended, votes that came since. */
const RENEW_MS = 10_000
/** Of a rule that compares with what is usual: each of them is kept hour by hour. */
const MAX_BASELINE_GROUPS = 20_000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export class Lookout {
  readonly #options: LookoutOptions
  readonly pace: RulePace
  /** Of rules that compare with what is usual: hours read so far, and until when. */
  readonly #hours = new Map<string, { table: HourTable; until: number }>()
  readonly #fresh: FreshGroups
  /** Of alerts that fire: when they were responded to, and how far they had got. After a restart once more, which changes nothing. */
  readonly #responded = new Map<string, { at: number; lastAt: number }>()
  #folded = 0
  /** How much of the ledger one look goes through: less while so much has come that the groups of a rule that needs a list of them do not all fit. */
  #stepMs = STEP_MS

  constructor(options: LookoutOptions) {
    this.#options = options
    this.pace = new RulePace(options.rests)
    this.#fresh = new FreshGroups(options.rules)
  }

  /** Groups that got no alert of their own because a rule had too many open. */
  get folded(): number {
    return this.#folded
  }

  async look(client: PoolClient, now: number): Promise<Looked> {
    const { rules } = this.#options
    const { position: known, clock } = await readPosition(client)
    const stored = known ?? { recordedAt: clock - FIRST_MS, lookedAt: now - FIRST_MS }
    const froms = rules.map(({ name }) => this.pace.positionOf(name, stored))
    // What has gathered while nobody looked is gone through in steps, or one look would take minutes, and hold all it finds until then.
    const begin = Math.max(stored.recordedAt, ...froms.map(({ recordedAt }) => recordedAt))
    const until = Math.min(clock, begin + this.#stepMs)
    const present: WatchPosition = { recordedAt: until, lookedAt: now - (clock - until) }
    await sortInMemory(client)
    const change = new Change(await listOpenAlerts(client), now)

    const due = rules.map(({ name }) => this.pace.isDue(name, now))
    // The clock is told in whole milliseconds, lines are recorded in the middle of one.
    const fresh = await this.#fresh.find(client, {
      // To a rule that rests nothing is new: it starts where it left off when it is its turn.
      after: froms.map(({ recordedAt }, index) => (due[index] === true ? recordedAt - OVERLAP_MS : until + 1)), until: until + 1, dated: present.lookedAt - 2 * DAY_MS,
    }, RULE_TIMEOUT_MS)
    const most = Math.max(0, ...[...fresh.groups.values()].map((groups) => (groups === 'many' ? 0 : groups.length)))
    if (most >= MAX_GROUPS && until - begin > LEAST_STEP_MS) {
      // Nothing has been looked through yet: again, and not as far.
      this.#stepMs = Math.max(LEAST_STEP_MS, (until - begin) / 2)
      return { alerts: [], tallies: [], blocksChanged: false, behindMs: clock - begin }
    }
    if (most < MAX_GROUPS / 4) this.#stepMs = Math.min(STEP_MS, this.#stepMs * 2)
    for (const [index, rule] of rules.entries()) {
      const from = froms[index] ?? stored
      if (due[index] !== true) {
        this.pace.hold(rule.name, from)
        continue
      }
      const begun = performance.now()
      try {
        if (fresh.failed.has(index)) throw fresh.failed.get(index)
        const groups = fresh.groups.get(index) ?? []
        if (groups !== 'many' && groups.length >= MAX_GROUPS) this.#options.onError(new RangeError(`more than ${MAX_GROUPS} groups have new lines; not all of them were looked at`), rule.name)
        if (groups.length > 0) {
          const episodes = await withinSavepoint(client, RULE_TIMEOUT_MS, () => this.#find(client, rule, groups, from, present))
          if (episodes.length >= MAX_EPISODES) this.#options.onError(new RangeError(`more than ${MAX_EPISODES} episodes at once; the later ones were left out`), rule.name)
          await this.#takeUp(client, change, rule, episodes)
        }
        this.pace.note(rule.name, present, { ms: performance.now() - begun, at: now })
      } catch (error) {
        if (isLost(error)) throw error
        const givesUp = this.pace.fail(rule.name, from, { ms: performance.now() - begun, at: now, error: error instanceof Error ? error.message : String(error) })
        this.#options.onError(givesUp ? new RangeError('passes over what it could not look through for a quarter of an hour', { cause: error }) : error, rule.name)
      }
    }
    this.#end(change, present.lookedAt)
    // A group has one open alert: the old one goes before the new one comes.
    await saveAlerts(client, change.changed.filter(({ state }) => state === 'resolved'))
    await saveAlerts(client, change.changed.filter(({ state }) => state !== 'resolved'))
    const looked: Looked = { alerts: change.changed, tallies: [], blocksChanged: false, behindMs: clock - until }
    await this.#respond(client, change, looked, now)
    await appendTimeline(client, change.timeline)
    // Where nothing is new, a commit that is written twice a second would be for nothing.
    const isQuiet = until === clock && fresh.groups.size === 0 && change.changed.length === 0 && known !== undefined && Math.abs(now - known.lookedAt) < QUIET_SAVE_MS
    if (!isQuiet) await savePosition(client, this.pace.through(rules.map(({ name }) => name), stored, present))
    return looked
  }

  async #find(client: PoolClient, rule: CompiledRule, groups: readonly Group[] | 'many', from: WatchPosition, present: WatchPosition): Promise<Episode[]> {
    // A clock that was set back must not hide what comes now.
    const span = { from: Math.min(from.lookedAt, present.lookedAt) - LATE_MS, until: present.lookedAt + LATE_MS }
    return await findEpisodes(client, rule, groups, span, rule.baseline ? await this.#usual(client, rule, span) : [])
  }

  /** What is usual in the hours of the span. An hour is read once, when it is over. */
  async #usual(client: PoolClient, rule: CompiledRule, span: { from: number; until: number }): Promise<Usual[]> {
    const historyMs = durationMs(rule.document.correlation.history ?? '28d')
    const hour = Math.floor(span.until / HOUR_MS) * HOUR_MS
    const oldest = hour - historyMs - DAY_MS
    let known = this.#hours.get(rule.name)
    if (known === undefined || known.until < hour) {
      const table = known?.table ?? hourTable(rule.fields, [])
      // The hour before is read again: its last lines may have come late.
      const from = known === undefined ? oldest : known.until - HOUR_MS
      addHours(table, rule.fields, await readHours(client, rule, null, { from: from - 1, until: hour - 1 }))
      forgetHours(table, oldest)
      if (table.groups.size > MAX_BASELINE_GROUPS) {
        this.#hours.delete(rule.name)
        throw new RangeError(`${rule.name} compares ${table.groups.size} groups with what is usual for them; ${MAX_BASELINE_GROUPS} is the most`)
      }
      known = { table, until: hour }
      this.#hours.set(rule.name, known)
    }
    return usualOf(rule, known.table, await listAlertTimes(client, rule.name, oldest), span)
  }

  async #takeUp(client: PoolClient, change: Change, rule: CompiledRule, episodes: readonly Episode[]): Promise<void> {
    const { settings } = this.#options
    const groups = episodes.map(({ projectId, group }) => ({ projectId, groupKey: groupKeyOf(group) }))
    change.know(await findLatestAlerts(client, rule.name, groups))
    for (const episode of episodes) {
      const known = change.knownOf(episode.projectId, rule.name, groupKeyOf(episode.group))
      const alert = takeUp(rule, known, episode, change.now)
      if (known.includes(alert)) continue
      const isNew = !known.some(({ id }) => id === alert.id)
      // The one before has not been ended yet, for lines that may come late; but another has begun.
      if (isNew) for (const other of known) if (other.startsAt < alert.startsAt) change.set(endOf(rule.keepMs, other, alert.startsAt))
      // One that has gone quiet makes room: what was blocked at once must not keep out who comes next.
      if (isNew && alert.state !== 'resolved') change.makeRoom(alert, settings.maxOpenPerRule)
      if (isNew && alert.state !== 'resolved' && change.openOf(episode.projectId, rule.name) >= settings.maxOpenPerRule) this.#folded += 1
      else change.set({ ...alert, severity: severityOf(rule.document, alert, alert.lastAt, settings) })
    }
  }

  /** Alerts whose actions move votes weigh more. */
  #weight({ rule }: Alert): number {
    const document = this.#options.library.has(rule) ? this.#options.library.get(rule).document : undefined
    const actions = document !== undefined && 'correlation' in document ? document.actions ?? [] : []
    return Number(actions.some(({ type }) => type === 'hold_votes' || type === 'invalidate_votes'))
  }

  /** Alerts that nothing has kept going. Of a rule that is not here they may be another node’s, while one version replaces another. */
  #end(change: Change, now: number): void {
    const keep = new Map(this.#options.rules.map(({ name, keepMs }) => [name, keepMs]))
    for (const alert of change.open) change.set(endOf(keep.get(alert.rule) ?? ORPHAN_MS, alert, now - GRACE_MS))
  }

  async #respond(client: PoolClient, change: Change, looked: Looked, now: number): Promise<void> {
    const { library, logOnly, modeSet, publicKeyOf, proxies } = this.#options
    const begun = new Set(change.toRespondTo)
    const firing = change.open.filter(({ state }) => state === 'firing')
    const ids = new Set(firing.map(({ id }) => id))
    for (const id of this.#responded.keys()) if (!ids.has(id)) this.#responded.delete(id)
    // Who moves votes comes last, and always in the same order: their locks hold up voters until the commit.
    for (const alert of firing.toSorted((a, b) => this.#weight(a) - this.#weight(b) || (a.id < b.id ? -1 : 1))) {
      const last = this.#responded.get(alert.id)
      const goesOn = last === undefined || (alert.lastAt > last.lastAt && now - last.at >= RENEW_MS)
      if ((!begun.has(alert) && !goesOn) || !library.has(alert.rule)) continue
      const { document } = library.get(alert.rule)
      if (!('correlation' in document) || document.actions === undefined) continue
      this.#responded.set(alert.id, { at: now, lastAt: alert.lastAt })
      try {
        const done = await withinSavepoint(client, RULE_TIMEOUT_MS, () => applyResponses(client, {
          alert, document, now, logOnly, modeSet: modeSet(alert.rule), publicKeyOf, proxies, again: !begun.has(alert),
        }))
        looked.tallies.push(...done.tallies)
        looked.blocksChanged ||= done.blocksChanged
        change.timeline.push(...done.timeline)
      } catch (error) {
        if (isLost(error)) throw error
        this.#options.onError(error, alert.rule)
        // Tried again as what goes on is, though nothing more of it may come.
        this.#responded.set(alert.id, { at: now, lastAt: Number.NEGATIVE_INFINITY })
        change.tell(alert, 'response', { failed: error instanceof Error ? error.message : String(error) })
      }
    }
    const { tallies, timeline } = await expireResponses(client, now, (error, { rule }) => {
      if (isLost(error)) throw error
      // It stays due, and the others go on.
      this.#options.onError(error, rule)
    })
    looked.tallies.push(...tallies)
    change.timeline.push(...timeline)
  }
}
