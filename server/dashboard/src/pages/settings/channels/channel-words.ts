import type { Channel } from '../../../../../contract/channel.ts'

/** Which alerts a channel is told: `high and critical, escalations only`. */
export function routingWords({ severities, rules, escalationsOnly }: Pick<Channel, 'severities' | 'rules' | 'escalationsOnly'>): string {
  const which = severities.length === 4 ? 'all alerts' : `${severities.join(' and ')} alerts`
  const whose = rules === null ? '' : ` of ${rules.length === 1 ? rules[0] : `${rules.length} rules`}`
  return `${which}${whose}${escalationsOnly ? ', once nobody answered in time' : ''}`
}

/** Where it leads, as far as that is shown. */
export function whereTo({ settings, kind }: Pick<Channel, 'settings' | 'kind'>): string {
  const { url, to, routingKey } = settings as { url?: string; to?: string | string[]; routingKey?: string }
  if (kind === 'email') return [to ?? []].flat().join(', ')
  if (kind === 'pagerduty') return `key ${routingKey ?? ''}`
  return url ?? ''
}
