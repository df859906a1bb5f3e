/**
 * Which actions of a rule are taken for an alert now, for how long, and in what mode. Pure: what was done before, whom a person
 * allowed, freed or blocked, and the time are arguments. Precedence: allowed > a person’s block > automatic.
 */
import type { BlockCoverage } from '../../contract/moderation.ts'
import type { Action } from '../../contract/rule.ts'
import type { Severity } from '../../contract/primitives.ts'
import { SEVERITIES } from '../../contract/primitives.ts'
import type { BlockTarget } from '../../../db/queries/blocks.ts'
import type { ResponseRow } from '../../../db/queries/responses.ts'
import { overlaps } from '../../gate/allowlist.ts'
import { durationMs } from '../language/duration.ts'
import type { Aim, BlockAim } from './aim.ts'

/** The same done to the same within this long counts towards a longer time. */
export const MEMORY_MS = 86_400_000
/** What a person freed is left alone for so long, as it is by the blocks for offences. */
export const PARDON_MS = 3_600_000
export const EXPIRY = 'expiry'

export type Earlier = Pick<ResponseRow, 'alertId' | 'rule' | 'action' | 'target' | 'mode' | 'appliedAt' | 'expiresAt' | 'endedAt' | 'endedBy'>

export interface PlanFacts {
  now: number
  alertId: string
  rule: string
  severity: Severity
  /** Of the rule; an action’s own goes before it. */
  mode: 'log' | 'enforce' | undefined
  /** Set by somebody for all actions of the rule, in place of what its file says. */
  modeSet?: 'log' | 'enforce' | undefined
  /** The gate as a whole only writes down. */
  logOnly: boolean
  /** Of these targets, within MEMORY_MS, or standing. */
  earlier: readonly Earlier[]
  /** Automatic blocks that a person lifted within PARDON_MS. */
  pardons: readonly BlockTarget[]
  /** Standing blocks of persons. */
  personal: readonly (BlockTarget & { covers: BlockCoverage })[]
  isAllowed: (source: string) => boolean
  /** Networks of the proxies in front of this server. */
  proxies: readonly string[]
}

export interface Planned {
  aim: Aim
  mode: 'log' | 'enforce'
  expiresAt: number
  /** Why it is only written down, where the rule does not say so. */
  because?: string
}
export interface Left {
  aim: Aim
  because: 'allowed' | 'pardoned' | 'blocked by a person'
}

/** Actions that the alert is not severe enough for, and those that stand already, are in neither list. */
export function plan(aims: readonly Aim[], facts: PlanFacts): { planned: Planned[]; left: Left[] } {
  const planned: Planned[] = []
  const left: Left[] = []
  for (const aim of aims) {
    const { action, target } = aim
    if (action.level !== undefined && SEVERITIES.indexOf(facts.severity) < SEVERITIES.indexOf(action.level)) continue
    const because = aim.unable ?? (isProxy(aim, facts) ? 'is a proxy of this server' : undefined)
    const mode = facts.logOnly || because !== undefined ? 'log' : modeInForce(action, facts.mode, facts.modeSet)
    const before = facts.earlier.filter((row) => row.action === action.type && row.target === target)
    const times = before.filter((row) => row.mode === mode && row.appliedAt > facts.now - MEMORY_MS && !byPerson(row)).length
    const expiresAt = facts.now + lengthOf(aim, times)
    // Votes that came since are held as well; in log mode nothing was, and once is enough.
    const lasts = isBlock(aim.does) || mode === 'log'
    if (lasts && before.some((row) => row.mode === mode && stands(row, facts.now) && suffices(row, aim, expiresAt, facts))) continue
    if (planned.some((other) => other.aim.action.type === action.type && other.aim.target === target)) continue
    const spared = spare(aim, before, facts)
    if (spared !== undefined) {
      left.push({ aim, because: spared })
      continue
    }
    planned.push({ aim, mode, expiresAt, ...(because === undefined ? {} : { because: `${target} ${because}` }) })
  }
  return { planned, left }
}

/** Of an action of a rule, where the gate as a whole enforces. @param modeSet what somebody set in place of the file’s */
export const modeInForce = ({ mode }: Pick<Action, 'mode'>, ofRule: 'log' | 'enforce' | undefined, modeSet: 'log' | 'enforce' | undefined): 'log' | 'enforce' =>
  modeSet ?? mode ?? ofRule ?? 'enforce'

function spare(aim: Aim, before: readonly Earlier[], facts: PlanFacts): Left['because'] | undefined {
  if (aim.sources.some((source) => facts.isAllowed(source))) return 'allowed'
  const freed = before.some((row) => byPerson(row) && (row.endedAt ?? 0) > facts.now - PARDON_MS)
  if (!isBlock(aim.does)) return freed ? 'pardoned' : undefined
  const { block } = aim.does
  if (freed || facts.pardons.some((pardon) => sameTarget(pardon, block))) return 'pardoned'
  return facts.personal.some((other) => sameTarget(other, block) && other.covers === block.covers) ? 'blocked by a person' : undefined
}

const stands = ({ endedAt, expiresAt }: Earlier, now: number): boolean => endedAt === null && expiresAt > now

/** Another rule’s block is made longer where it is too short. Sessions that began since are ended for another alert. */
function suffices(row: Earlier, aim: Aim, expiresAt: number, { alertId, rule }: PlanFacts): boolean {
  if (aim.action.type === 'end_sessions') return row.alertId === alertId
  return row.rule === rule || row.expiresAt >= expiresAt || !isBlock(aim.does)
}

const isBlock = (does: Aim['does']): does is BlockAim => 'block' in does

const isProxy = (aim: Aim, { proxies }: PlanFacts): boolean => {
  if (!isBlock(aim.does) || aim.unable !== undefined) return false
  const { kind, matches } = aim.does.block
  return (kind === 'ip' || kind === 'network') && proxies.some((proxy) => overlaps(proxy, matches))
}

const byPerson = ({ endedAt, endedBy }: Earlier): boolean => endedAt !== null && endedBy !== EXPIRY

const sameTarget = (one: BlockTarget, other: BlockTarget): boolean =>
  one.projectId === other.projectId && one.kind === other.kind && one.matches === other.matches && one.source === other.source

/** Milliseconds. Without a backoff every time is as long as the first. */
function lengthOf({ action: { ttl, backoff } }: Aim, earlier: number): number {
  const first = durationMs(ttl)
  return backoff === undefined ? first : Math.max(first, Math.min(durationMs(backoff.max), first * backoff.factor ** earlier))
}
