/** PagerDuty, Events API v2. One incident per group of alerts: the same dedup key triggers it, raises it and resolves it. */
import { PAGERDUTY_URL, type PagerDutySettings } from '../../contract/channel.ts'
import type { Severity } from '../../contract/primitives.ts'
import type { HttpRequest } from './http-request.ts'
import type { Message } from './message.ts'
import { clean, figuresOf, headlineOf, subjectLine, threadOf } from './words.ts'

const SEVERITIES: Record<Severity, 'critical' | 'error' | 'warning' | 'info'> = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' }

export function formatPagerDuty(message: Message, { routingKey, url = PAGERDUTY_URL }: PagerDutySettings): HttpRequest {
  const first = message.alerts[0]
  const links = message.alerts.flatMap(({ url: href, title }) => (typeof href === 'string' ? [{ href, text: clean(title, 120) }] : []))
  const trigger = {
    routing_key: routingKey,
    event_action: 'trigger',
    // Up to 255 characters; a group key may be longer.
    dedup_key: `truetally-${threadOf(message)}`,
    client: 'Truetally',
    ...(typeof message.url === 'string' ? { client_url: message.url } : {}),
    ...(links.length > 0 ? { links } : {}),
    payload: {
      summary: clean(headlineOf(message), 1000),
      source: clean(message.projectName, 200) || 'Truetally',
      severity: SEVERITIES[message.severity],
      timestamp: new Date(first?.startsAt ?? message.at).toISOString(),
      component: 'truetally',
      ...(first === undefined ? {} : { class: clean(first.rule, 100), group: clean(subjectLine(first), 200) }),
      custom_details: {
        kind: message.kind,
        more: message.more,
        alerts: message.alerts.map((alert) => ({
          rule: alert.rule, title: clean(alert.title, 120), severity: alert.severity, state: alert.state, about: clean(subjectLine(alert), 600),
          figures: figuresOf(alert), responses: alert.responses.slice(0, 5).map((response) => clean(response, 200)), triage: clean(alert.triage, 500),
        })),
      },
    },
  }
  const resolve = { routing_key: routingKey, event_action: 'resolve', dedup_key: trigger.dedup_key }
  return {
    url, method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message.status === 'resolved' ? resolve : trigger),
  }
}
