/** What each kind of channel is told, field by field; docs/watch.md explains them. Types only from the contract: its schemas would triple the page. */
import type { Channel, ChannelKind } from '../../../../../contract/channel.ts'

export interface SettingsField {
  /** Where it goes in the settings: `smtp.host`. */
  path: string
  label: string
  hint?: string
  type?: 'text' | 'url' | 'password' | 'number' | 'list' | 'long' | 'headers' | 'flag'
  options?: readonly (readonly [string, string])[]
  /** The server does without it. */
  optional?: boolean
  /** Not shown again, so it is empty when a channel is changed, and stays as it is. */
  secret?: boolean
  initial?: string
}

export const KINDS: Record<ChannelKind, { title: string; hint: string }> = {
  webhook: { title: 'Webhook', hint: 'A signed POST to an address of yours (Standard Webhooks).' },
  slack: { title: 'Slack', hint: 'An incoming webhook of a Slack app.' },
  teams: { title: 'Microsoft Teams', hint: 'The address of a workflow that posts to a channel.' },
  email: { title: 'E-mail', hint: 'Through a mail server of yours.' },
  pagerduty: { title: 'PagerDuty', hint: 'Incidents by the Events API v2, resolved with their alerts.' },
  sms: { title: 'SMS or another gateway', hint: 'Any HTTP gateway, by a template.' },
}

const url = (hint: string): SettingsField => ({ path: 'url', label: 'Address', type: 'url', secret: true, hint })
export const FIELDS: Record<ChannelKind, readonly SettingsField[]> = {
  webhook: [
    url('https; what comes there is signed.'),
    { path: 'secret', label: 'Signing secret', type: 'password', optional: true, secret: true, hint: 'whsec_…; left empty, one is made and shown once.' },
  ],
  slack: [url('https://hooks.slack.com/services/…')],
  teams: [url('https://….logic.azure.com/workflows/…')],
  email: [
    { path: 'to', label: 'To', type: 'list', hint: 'Addresses, with commas between them.' },
    { path: 'from', label: 'From', hint: 'truetally@votes.example.com' },
    { path: 'smtp.host', label: 'Mail server', hint: 'mail.example.com' },
    { path: 'smtp.port', label: 'Port', type: 'number', initial: '587' },
    { path: 'smtp.secure', label: 'TLS from the first byte, as on port 465', type: 'flag', optional: true },
    { path: 'smtp.user', label: 'User', optional: true },
    { path: 'smtp.password', label: 'Password', type: 'password', optional: true, secret: true },
  ],
  pagerduty: [
    { path: 'routingKey', label: 'Integration key', type: 'password', secret: true, hint: 'Of a service with the integration “Events API v2”.' },
    { path: 'url', label: 'Address', type: 'url', optional: true, secret: true, hint: 'PagerDuty’s own unless you say otherwise.' },
  ],
  sms: [
    { ...url('Placeholders may stand behind the host, for gateways that take a query.') },
    { path: 'to', label: 'To', optional: true, hint: 'What {{to}} stands for: a telephone number.' },
    { path: 'method', label: 'Method', options: [['POST', 'POST'], ['PUT', 'PUT'], ['GET', 'GET, without a body']], initial: 'POST' },
    { path: 'contentType', label: 'Content type', options: [['application/json', 'JSON'], ['application/x-www-form-urlencoded', 'a form'], ['text/plain', 'plain text']], initial: 'application/json' },
    { path: 'headers', label: 'Headers', type: 'headers', optional: true, secret: true, hint: 'One on a line: Authorization: Bearer …' },
    { path: 'bodyTemplate', label: 'Body', type: 'long', optional: true, secret: true, hint: 'With {{text}}, and {{to}} {{severity}} {{title}} … as the gateway wants them.' },
  ],
}

/** Whether that is what the server says is wrong: its pointers end with the field’s place in the settings. */
export const isAbout = ({ pointer }: { pointer: string }, { path }: SettingsField): boolean => pointer.replaceAll('/', '.').endsWith(`settings.${path}`)

export type Draft = Record<string, string>

/** What the form shows at first: what is known of a channel, or the defaults. */
export function draftOf(kind: ChannelKind, channel?: Channel): Draft {
  return Object.fromEntries(FIELDS[kind].map(({ path, secret, initial = '' }) => {
    if (channel === undefined) return [path, initial]
    const value = secret === true ? undefined : path.split('.').reduce<unknown>((of, key) => (of as Record<string, unknown> | undefined)?.[key], channel.settings)
    return [path, Array.isArray(value) ? value.join(', ') : value === undefined ? '' : String(value)]
  }))
}

/** As the server takes them; what was left empty is left out. */
export function settingsOf(kind: ChannelKind, draft: Draft): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const { path, type = 'text' } of FIELDS[kind]) {
    const text = (draft[path] ?? '').trim()
    if (text === '' || (type === 'flag' && text !== 'true')) continue
    const [first = '', second] = path.split('.')
    const value = valueOf(type, text)
    if (second === undefined) settings[first] = value
    else settings[first] = { ...(settings[first] as object | undefined), [second]: value }
  }
  // A GET has no body, and its content type means nothing.
  if (settings['method'] === 'GET') delete settings['contentType']
  return settings
}

function valueOf(type: NonNullable<SettingsField['type']>, text: string): unknown {
  if (type === 'number') return Number(text)
  if (type === 'flag') return true
  if (type === 'list') return text.split(/[,;\s]+/).filter((part) => part !== '')
  if (type === 'headers') return Object.fromEntries(text.split('\n').filter((line) => line.includes(':')).map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]))
  return text
}
