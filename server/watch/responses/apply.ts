/**
 * Does what a rule’s actions say about an alert, inside the caller’s transaction: block rows, actions on votes, and a response
 * row for each with its expiry. What was done is in force when the transaction commits and blocks are read again.
 */
import type { PoolClient } from 'pg'
import { loadAllowedSources } from '../../../db/queries/allowed-sources.ts'
import { findPersonalBlocks, loadPardons, setAutomaticBlock } from '../../../db/queries/blocks.ts'
import { holdVotes, invalidateVotes } from '../../../db/queries/invalidations.ts'
import { findGroupVotes, loadOrigins, tierOfVoter } from '../../../db/queries/response-facts.ts'
import { type ResponseRow, insertResponse, loadEarlierResponses } from '../../../db/queries/responses.ts'
import type { Tally } from '../../../db/queries/tallies.ts'
import type { CorrelationDocument } from '../../contract/rule.ts'
import { Allowlist } from '../../gate/allowlist.ts'
import { originAllowed } from '../../gate/origins.ts'
import type { Alert, TimelineEntry } from '../alerts/alert.ts'
import { type Aim, type VotesAim, aim, fieldsOf } from './aim.ts'
import { type Left, MEMORY_MS, PARDON_MS, type Planned, plan } from './plan.ts'

export interface Application {
  /** Stored: its id is what the responses refer to. */
  alert: Alert
  document: CorrelationDocument
  now: number
  /** The gate only writes down what it would do: so does every rule. */
  logOnly: boolean
  /** What somebody set in place of the modes in the rule’s file. */
  modeSet?: 'log' | 'enforce' | undefined
  publicKeyOf: (projectId: number) => string | undefined
  /** CIDRs or addresses of the proxies in front of this server; nothing automatic is done to them. */
  proxies?: readonly string[]
  /** It was responded to before and goes on: what is left alone has been told of. */
  again?: boolean
}

export interface AppliedResponses {
  applied: ResponseRow[]
  /** For `app.boards.apply`, after the commit. */
  tallies: Tally[]
  /** Blocks are to be read again, here and on the other nodes. */
  blocksChanged: boolean
  /** Of the kind `response`, to be stored with the alert’s. */
  timeline: TimelineEntry[]
}

/**
 * For an alert that begins to fire, and again when it becomes graver: what stands is not done again. Nothing is done for a
 * suppressed one. Times are by `now`.
 */
export async function applyResponses(client: PoolClient, application: Application): Promise<AppliedResponses> {
  const { alert, document, now } = application
  const result: AppliedResponses = { applied: [], tallies: [], blocksChanged: false, timeline: [] }
  const actions = document.actions ?? []
  if (actions.length === 0) return result

  const aims = await takeAim(client, application)
  if (aims.length === 0) return result
  const { planned, left } = plan(aims, await gatherFacts(client, application, aims))
  for (const one of planned) {
    const row = await carryOut(client, application, one, result)
    if (row === undefined) continue
    result.applied.push(row)
    result.timeline.push(told(alert, now, {
      responseId: String(row.id), action: row.action, target: row.target, mode: row.mode, expiresAt: row.expiresAt,
      ...(row.detail.votes === undefined ? {} : { votes: row.detail.votes }), ...(row.detail.because === undefined ? {} : { because: row.detail.because }),
    }))
  }
  for (const { aim: { action, target }, because } of application.again === true ? [] : left satisfies Left[]) {
    result.timeline.push(told(alert, now, { action: action.type, target, mode: 'none', because }))
  }
  return result
}

const told = ({ projectId, id, rule }: Alert, at: number, detail: Record<string, unknown>): TimelineEntry =>
  ({ projectId, alertId: id, at, kind: 'response', actor: `rule:${rule}`, detail })

async function takeAim(client: PoolClient, { alert, document, publicKeyOf }: Application): Promise<Aim[]> {
  const { projectId } = alert
  const actions = document.actions ?? []
  const voter = fieldsOf(alert, document).get('voter')
  const origins = actions.some(({ type }) => type === 'block') ? await loadOrigins(client, projectId) : []
  const facts = {
    publicKeyOf,
    voterTier: voter === undefined || !UUID.test(voter) ? undefined : await tierOfVoter(client, projectId, voter),
    isOwnOrigin: (origin: string) => originAllowed(origin, origins),
  }
  return actions.flatMap((action) => aim(action, alert, document, facts) ?? [])
}

async function gatherFacts(
  client: PoolClient, { alert, document, now, logOnly, modeSet, proxies = [] }: Application, aims: readonly Aim[],
): Promise<Parameters<typeof plan>[1]> {
  const allowed = new Allowlist(await loadAllowedSources(client, now))
  const targets = aims.flatMap(({ does }) => ('block' in does ? [does.block.matches] : []))
  return {
    now, logOnly, modeSet, proxies, alertId: alert.id, rule: alert.rule, severity: alert.severity, mode: document.mode,
    earlier: await loadEarlierResponses(client, alert.projectId, aims.map((one) => one.action.type), aims.map(({ target }) => target), now - MEMORY_MS),
    pardons: (await loadPardons(client, now - PARDON_MS)).filter(({ liftedAt }) => liftedAt > now - PARDON_MS),
    personal: targets.length === 0 ? [] : await findPersonalBlocks(client, targets, now),
    isAllowed: (source) => allowed.includes(alert.projectId, source, now),
  }
}

/** undefined: there was nothing to do it to. */
async function carryOut(client: PoolClient, { alert, now }: Application, one: Planned, result: AppliedResponses): Promise<ResponseRow | undefined> {
  const { aim: { action, target, does, unable }, mode, expiresAt, because } = one
  const row = {
    projectId: alert.projectId, alertId: alert.id, rule: alert.rule, action: action.type, target, mode, reason: alert.title, appliedAt: now, expiresAt,
    blockId: null, invalidationId: null,
  }
  const note = because === undefined ? {} : { because }
  if ('block' in does) {
    const detail = { onProject: does.block.projectId, ...note }
    if (mode === 'log') return await insertResponse(client, { ...row, detail })
    const { id } = await setAutomaticBlock(client, {
      ...does.block, label: target, reason: alert.title, actor: `rule:${alert.rule}`, expiresAt,
    }, now)
    result.blocksChanged = true
    return await insertResponse(client, { ...row, blockId: id, detail })
  }
  if (unable !== undefined) return await insertResponse(client, { ...row, detail: { onProject: does.projectId, ...note } })
  return await moveVotes(client, alert, does, { ...row, detail: { onProject: does.projectId, ...note } }, result)
}

async function moveVotes(
  client: PoolClient, alert: Alert, { projectId, votes, since, effect }: VotesAim,
  row: Parameters<typeof insertResponse>[1], result: AppliedResponses,
): Promise<ResponseRow | undefined> {
  const named = await findGroupVotes(client, projectId, votes, since, row.appliedAt, alert)
  if (named.voters.length === 0) return undefined
  const act = effect === 'h' ? holdVotes : invalidateVotes
  const { id, matched, tallies } = await act(client, projectId, { filter: {}, named }, {
    reason: alert.title, actor: `rule:${alert.rule}`, request: { alert: alert.id, group: alert.group, since }, dryRun: row.mode === 'log',
  })
  result.tallies.push(...tallies)
  return await insertResponse(client, { ...row, invalidationId: id, detail: { ...row.detail, votes: matched } })
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
