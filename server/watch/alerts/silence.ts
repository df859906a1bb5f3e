/** Alerts that are told to nobody for now: a person said so, or a graver alert about the same is being told already. */
import { inNetwork, normaliseAddress, normaliseNetwork } from '../../gate/network.ts'
import type { RuleLibrary } from '../language/library.ts'
import { isCorrelation } from '../../contract/rule.ts'
import type { Alert } from './alert.ts'
import { byGravity } from './severity.ts'

/** All must match. `name` is rule, severity, project, or a field of the alert’s group; in `value`, `*` stands for anything. */
export interface Matcher {
  name: string
  value: string
}

export interface Silence {
  id: number
  /** 0: alerts of every project, and the installation’s own. */
  projectId: number
  matchers: Matcher[]
  reason: string
  actor: string
  startsAt: number
  endsAt: number
  /** Ended early. */
  endedAt: number | null
}

export type Silenced = Pick<Alert, 'projectId' | 'rule' | 'severity' | 'group'>

/** The silence that covers the alert at this moment; of several the one that lasts longest. */
export function silenceOf(alert: Silenced, silences: readonly Silence[], now: number): Silence | undefined {
  let found: Silence | undefined
  for (const silence of silences) {
    if (silence.projectId !== 0 && silence.projectId !== alert.projectId) continue
    if (now < silence.startsAt || now >= silence.endsAt || (silence.endedAt !== null && now >= silence.endedAt)) continue
    if (found !== undefined && (silence.endsAt < found.endsAt || (silence.endsAt === found.endsAt && silence.id > found.id))) continue
    if (silence.matchers.every((matcher) => matches(alert, matcher))) found = silence
  }
  return found
}

function matches(alert: Silenced, { name, value }: Matcher): boolean {
  const actual = name === 'rule' ? alert.rule
    : name === 'severity' ? alert.severity
    : name === 'project' ? String(alert.projectId)
    : Object.hasOwn(alert.group, name) ? alert.group[name] : undefined
  return actual !== undefined && fits(actual, value)
}

/** Piece by piece from the left, which no pattern can make slow. */
function fits(text: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === head
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false
  let at = head.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1 || found + piece.length > text.length - tail.length) return false
    at = found + piece.length
  }
  return true
}

export type Inhibiting = Pick<Alert, 'projectId' | 'id' | 'rule' | 'group' | 'state' | 'suppressed' | 'startsAt' | 'severity'>

/**
 * The alert that makes this one no news: its rule names this one’s under `inhibits`, it is at least as grave, it fires in the same
 * project or in the installation, and what both are grouped by is the same. Of two that name each other the earlier one is told.
 */
export function inhibitedBy<Other extends Inhibiting>(alert: Inhibiting, open: readonly Other[], library: RuleLibrary): Other | undefined {
  return open.find((other) =>
    // One that was told to nobody cannot stand for another.
    other.state === 'firing' && !other.suppressed && other.id !== alert.id &&
    // A milder one is not what somebody has to hear of instead: a throwaway alert must not hide what has become grave.
    byGravity(other.severity, alert.severity) <= 0 &&
    (other.projectId === alert.projectId || other.projectId === 0) &&
    inhibitsOf(library, other.rule).includes(alert.rule) && isAboutTheSame(other.group, alert.group) &&
    (!inhibitsOf(library, alert.rule).includes(other.rule) || isEarlier(other, alert)))
}

/** Rules may have been taken away since they fired. */
export function inhibitsOf(library: RuleLibrary, rule: string): readonly string[] {
  if (!library.has(rule)) return []
  const { document } = library.get(rule)
  return isCorrelation(document) ? document.inhibits ?? [] : []
}

const isEarlier = (a: Inhibiting, b: Inhibiting): boolean => a.startsAt < b.startsAt || (a.startsAt === b.startsAt && a.id < b.id)

function isAboutTheSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const shared = Object.keys(a).filter((name) => Object.hasOwn(b, name))
  if (shared.some((name) => a[name] !== b[name])) return false
  return isWithin(a['ipAddress'], b['network']) && isWithin(b['ipAddress'], a['network'])
}

/** true also where one of them is missing, or is no address (an alias can give another field that name): nothing tells them apart. */
function isWithin(address: string | undefined, network: string | undefined): boolean {
  if (address === undefined || network === undefined) return true
  if (normaliseAddress(address) === undefined || normaliseNetwork(network) === undefined) return true
  return inNetwork(address, network)
}
