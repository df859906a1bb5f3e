/** What a rule does about an alert, as the worker would have it done: one transaction, then what was read is read again. */
import { appendTimeline, saveAlerts } from '../../db/queries/alerts.ts'
import { inTransaction } from '../../db/queryable.ts'
import type { Severity } from '../../server/contract/primitives.ts'
import type { RuleResponse } from '../../server/contract/response.ts'
import type { Action, CorrelationDocument } from '../../server/contract/rule.ts'
import { aRule, anAlert } from '../../server/watch/alerts/alert.fixture.ts'
import { type Alert, groupKeyOf } from '../../server/watch/alerts/alert.ts'
import { type AppliedResponses, applyResponses } from '../../server/watch/responses/apply.ts'
import { type EndedResponses, expireResponses } from '../../server/watch/responses/expire.ts'
import type { TestApp } from './app.ts'
import { Operator, expectJson } from './operator.ts'

export interface Fired {
  group: Record<string, string>
  actions: Action[]
  projectId?: number
  rule?: string
  mode?: 'log' | 'enforce'
  severity?: Severity
  logOnly?: boolean
  suppressed?: boolean
  proxies?: string[]
}

let alerts = 0

/** The alert begins to fire now, and what its rule says is done. */
export async function fire(test: TestApp, fired: Fired): Promise<AppliedResponses & { alert: Alert }> {
  const now = test.clock.now
  const { group, actions, projectId = test.project.id, rule = `rule-${(alerts += 1)}`, mode, severity = 'high', suppressed = false } = fired
  const alert = anAlert((alerts += 1), {
    projectId, rule, group, groupKey: groupKeyOf(group), severity, suppressed, state: 'resolved', startsAt: now, firesAt: now, lastAt: now, detectedAt: now,
    endsAt: now,
  })
  const document: CorrelationDocument = aRule(rule, { actions, ...(mode === undefined ? {} : { mode }) })
  const { app } = test
  const result = await inTransaction(app.db, async (client) => {
    await saveAlerts(client, [alert])
    const applied = await applyResponses(client, {
      alert, document, now, logOnly: fired.logOnly ?? false, publicKeyOf: (id) => app.projects.all().find((project) => project.id === id)?.publicKey,
      ...(fired.proxies === undefined ? {} : { proxies: fired.proxies }),
    })
    await appendTimeline(client, applied.timeline)
    return applied
  })
  app.boards.apply(result.tallies)
  if (result.blocksChanged) {
    await Promise.all([app.blocks.reload(), app.responses.reload()])
    await app.changes.publish('blocks')
  }
  return { ...result, alert }
}

/** The worker’s tick, as far as it ends what has had its time. */
export async function expire(test: TestApp): Promise<EndedResponses> {
  const ended = await inTransaction(test.app.db, async (client) => {
    const result = await expireResponses(client, test.clock.now)
    await appendTimeline(client, result.timeline)
    return result
  })
  test.app.boards.apply(ended.tallies)
  return ended
}

export async function listed(test: TestApp, query: Record<string, string> = {}, authorization = test.operators.moderator): Promise<RuleResponse[]> {
  const answer = await new Operator(test, authorization).call('GET', `/moderation/v1/responses?${new URLSearchParams(query)}`)
  return expectJson<{ responses: RuleResponse[] }>(answer, 200).responses
}
