/**
 * What an action of a rule means for one alert: which block, or which votes. Pure. It is never more than the alert’s group says:
 * votes are narrowed by every field of it, a network is no wider than one subscriber’s, and where that cannot be kept the
 * action says why it is not done.
 */
import type { BlockCoverage } from '../../contract/moderation.ts'
import type { Action, ActionType, CorrelationDocument } from '../../contract/rule.ts'
import { sourceOf } from '../../gate/blocklist.ts'
import { isLocal, normaliseAddress, normaliseNetwork, spansMore } from '../../gate/network.ts'
import { normaliseOriginPattern } from '../../gate/origins.ts'
import type { TierCode } from '../../gate/settle.ts'
import type { BlockTarget } from '../../../db/queries/blocks.ts'
import type { Alert } from '../alerts/alert.ts'
import { TARGETS } from '../language/check-correlation.ts'
import { durationMs } from '../language/duration.ts'
import { type VoteGroup, nameVotes, voteGroupOf } from './vote-group.ts'

const COVERS: Readonly<Record<Exclude<ActionType, 'hold_votes' | 'invalidate_votes'>, BlockCoverage>> = {
  block: 'widget', lock_out: 'widget', tighten_limits: 'limits', end_sessions: 'sessions', require_step_up: 'step_up', suspend_key: 'writes',
}

export interface BlockAim {
  block: BlockTarget & { covers: BlockCoverage }
}
export interface VotesAim {
  projectId: number
  effect: 'h' | 'i'
  votes: VoteGroup
  /** Cast since then. */
  since: number
}
export interface Aim {
  action: Action
  /** For a person, and the same for the same thing every time. */
  target: string
  /** Addresses and networks it is about: one that is allowed is left alone. */
  sources: string[]
  does: BlockAim | VotesAim
  /** Why it is not to be done, though the rule asks for it. */
  unable?: string
}

export interface AimFacts {
  /** undefined: no such project. */
  publicKeyOf: (projectId: number) => string | undefined
  /** Of the voter the group names; a verified user where nothing is known of them. */
  voterTier: TierCode | undefined
  /** Of the project; what a block on an origin must never be. */
  isOwnOrigin: (origin: string) => boolean
}

/** undefined: the alert’s group has nothing that this action could be aimed at. */
export function aim(action: Action, alert: Alert, document: CorrelationDocument, facts: AimFacts): Aim | undefined {
  const group = fieldsOf(alert, document)
  const sources = [group.get('ipAddress'), group.get('network')].flatMap((value) => sourceText(value) ?? [])
  if (action.type === 'hold_votes' || action.type === 'invalidate_votes') return aimAtVotes(action, alert, document, group, sources)

  const field = fieldOf(document, action.target)
  const value = field === 'projectId' && alert.projectId !== 0 ? String(alert.projectId) : group.get(field ?? '')
  if (field === undefined || value === undefined || !TARGETS[action.type].includes(field)) return undefined
  const { on, label, unable } = blockOn(field, value, alert.projectId, facts)
  return {
    action, target: label, does: { block: { ...on, source: '', covers: field === 'actor' ? 'operator' : COVERS[action.type] } },
    // A key in the wrong hands is so wherever it is shown.
    sources: action.type === 'suspend_key' ? [] : sources,
    ...(unable === undefined ? {} : { unable }),
  }
}

interface Found {
  on: Pick<BlockTarget, 'projectId' | 'kind' | 'matches'>
  label: string
  unable?: string
}

function blockOn(field: string, value: string, projectId: number, facts: AimFacts): Found {
  const on = (kind: BlockTarget['kind'], matches: string, unable?: string, label = matches, within = projectId): Found =>
    ({ on: { projectId: within, kind, matches }, label, ...(unable === undefined ? {} : { unable }) })
  switch (field) {
    case 'ipAddress': {
      const address = normaliseAddress(value)
      if (address === undefined) return on('ip', value, 'is no address')
      const source = sourceOf(address)
      return on(source.includes('/') ? 'network' : 'ip', source, isLocal(address) ? 'is this host, or one that hides who is behind it' : undefined)
    }
    case 'network': {
      const network = normaliseNetwork(value)
      if (network === undefined) return on('network', value, 'is no network')
      if (spansMore(network)) return on('network', network, 'is wider than what one subscriber has')
      return on('network', network, isLocal(network) ? 'is this host, or one that hides who is behind it' : undefined)
    }
    case 'fingerprint': return on('fingerprint', value, /^[A-Za-z0-9]{8,64}$/.test(value) ? undefined : 'is no fingerprint')
    case 'device': return on('device', value, UUID.test(value) ? undefined : 'is no device', `device ${value}`)
    case 'voter': return on(facts.voterTier === 'd' ? 'device' : 'user', value, UUID.test(value) ? undefined : 'is no voter', `voter ${value}`)
    case 'origin': {
      const origin = value.includes('*') ? undefined : normaliseOriginPattern(value)
      if (origin === undefined) return on('origin', value, 'is no origin')
      return on('origin', origin, facts.isOwnOrigin(origin) ? 'is one of the project’s own' : undefined)
    }
    // A token that is in the wrong hands is so everywhere, whatever project noticed.
    case 'actor': return on('api_key', value, /^(?:operator|account):\d{1,10}$/.test(value) ? undefined : 'is no operator', value, 0)
    default: {
      const key = /^[1-9]\d{0,9}$/.test(value) ? facts.publicKeyOf(Number(value)) : undefined
      return key === undefined ? on('api_key', value, 'is no project', `project ${value}`) : on('api_key', key, undefined, key, Number(value))
    }
  }
}

function aimAtVotes(action: Action, alert: Alert, document: CorrelationDocument, group: ReadonlyMap<string, string>, sources: string[]): Aim {
  const projectId = alert.projectId === 0 ? Number(group.get('projectId') ?? 0) : alert.projectId
  const { votes, unable } = voteGroupOf(group)
  const reason = projectId === 0 ? 'the group names no project' : unable
  return {
    action, target: nameVotes(votes), sources,
    does: {
      projectId, votes, effect: action.type === 'hold_votes' ? 'h' : 'i', since: alert.startsAt - durationMs(document.correlation.timespan),
    },
    ...(reason === undefined ? {} : { unable: reason }),
  }
}

/** The alert’s group by the fields its names stand for: a rule may give a field a name of its own. */
export function fieldsOf({ group }: Alert, document: CorrelationDocument): Map<string, string> {
  return new Map(Object.entries(group).map(([name, value]) => [fieldOf(document, name) ?? name, value]))
}

/** An alias that stands for different fields in different rules is none of them. */
function fieldOf(document: CorrelationDocument, name: string | undefined): string | undefined {
  const meanings = name === undefined ? undefined : document.correlation.aliases?.[name]
  if (meanings === undefined) return name
  const fields = new Set(Object.values(meanings))
  return fields.size === 1 ? [...fields][0] : name
}

const sourceText = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : value.includes('/') ? normaliseNetwork(value) : normaliseAddress(value)

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
