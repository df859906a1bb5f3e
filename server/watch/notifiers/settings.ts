/** A channel’s settings: what no schema can say about them, what of them is shown, and how a change is laid over them. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { CHANNEL_KINDS, CHANNEL_SETTINGS, type ChannelKind, type EmailSettings, type SmsSettings } from '../../contract/channel.ts'
import { literalAddress, refuseAddress } from './destination.ts'
import type { StoredSettings } from './registry.ts'
import { smsValues } from './sms.ts'
import { PLACEHOLDERS, escapeFor, fillTemplate, isPlaceholder, placeholdersIn } from './template.ts'
import { newWebhookSecret } from './webhook.ts'

/** `pointer` within the settings. */
export interface SettingsFault {
  pointer: string
  detail: string
}
type Loose = Record<string, unknown>

const ajv = new Ajv({ allErrors: true, strict: false })
const validators = Object.fromEntries(CHANNEL_KINDS.map((kind) => [kind, ajv.compile(CHANNEL_SETTINGS[kind])])) as Record<ChannelKind, ValidateFunction>

/** What must be right before a channel is stored. Names are resolved when it is used: what they lead to changes. */
export function findSettingsFaults(kind: ChannelKind, settings: Loose, allowPrivate: boolean): SettingsFault[] {
  const validate = validators[kind]
  if (!validate(settings)) return (validate.errors ?? []).slice(0, 5).map((error) => ({ pointer: error.instancePath, detail: wordsOf(error) }))
  if (kind === 'email') return findSmtpFaults((settings as EmailSettings).smtp, allowPrivate)
  const template = kind === 'sms' ? findTemplateFaults(settings as SmsSettings) : []
  const { url } = settings as { url?: string }
  return url === undefined || template.length > 0 ? template : findUrlFaults(kind === 'sms' ? filled(url) : url, allowPrivate)
}

function wordsOf({ message = 'is not valid', params }: ErrorObject): string {
  const extra = (params as Loose)['additionalProperty'] ?? (params as Loose)['allowedValues']
  return extra === undefined ? message : `${message}: ${JSON.stringify(extra)}`
}

function findUrlFaults(text: string, allowPrivate: boolean): SettingsFault[] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return urlFault('is not an http address')
  if (url.username !== '' || url.password !== '') return urlFault('must not hold a user or password')
  if (url.protocol === 'http:' && !allowPrivate) return urlFault('must be https; allowPrivate lets http through')
  const literal = literalAddress(url.hostname)
  const refusal = literal === undefined ? undefined : refuseAddress(literal, allowPrivate)
  return refusal === undefined ? [] : urlFault(refusal)
}

const urlFault = (detail: string): SettingsFault[] => [{ pointer: '/url', detail }]

function findSmtpFaults({ host, secure, startTls, user, password }: EmailSettings['smtp'], allowPrivate: boolean): SettingsFault[] {
  const literal = literalAddress(host)
  const refusal = literal === undefined ? undefined : refuseAddress(literal, allowPrivate)
  if (refusal !== undefined) return [{ pointer: '/smtp/host', detail: refusal }]
  if (startTls === 'never' && secure !== true && !allowPrivate) return [{ pointer: '/smtp/startTls', detail: 'may be never only with allowPrivate' }]
  if ((user === undefined) !== (password === undefined)) return [{ pointer: '/smtp', detail: 'user and password come together' }]
  return []
}

/** Everything a template can say wrong, by the name of the placeholder. */
function findTemplateFaults({ url, to, method = 'POST', headers = {}, bodyTemplate, contentType = 'application/json' }: SmsSettings): SettingsFault[] {
  if (/^https?:\/\/[^/?#]*\{\{/.test(url)) return [{ pointer: '/url', detail: 'may hold placeholders behind the host only' }]
  if (Object.values(headers).some((value) => value.includes('{{'))) return [{ pointer: '/headers', detail: 'hold no placeholders' }]
  if (method === 'GET' && bodyTemplate !== undefined) return [{ pointer: '/bodyTemplate', detail: 'a GET has no body; placeholders go into the url' }]
  if (method !== 'GET' && bodyTemplate === undefined) return [{ pointer: '/bodyTemplate', detail: `is missing: a ${method} has a body` }]
  const parts = [['/url', url], ['/bodyTemplate', bodyTemplate ?? '']] as const
  const faults: SettingsFault[] = parts.flatMap(([pointer, template]) => placeholdersIn(template).filter((name) => !isPlaceholder(name))
    .map((name) => ({ pointer, detail: `{{${name}}} is unknown; there are ${PLACEHOLDERS.map((known) => `{{${known}}}`).join(' ')}` })))
  const used = new Set(parts.flatMap(([, template]) => placeholdersIn(template)))
  if (!used.has('text')) faults.push({ pointer: bodyTemplate === undefined ? '/url' : '/bodyTemplate', detail: '{{text}} is missing: the message would say nothing' })
  if (used.has('to') && to === undefined) faults.push({ pointer: '/to', detail: 'is missing, and the template asks for {{to}}' })
  if (faults.length === 0 && bodyTemplate !== undefined && contentType === 'application/json' && !isJson(fillTemplate(bodyTemplate, SAMPLE, escapeFor[contentType]))) {
    faults.push({ pointer: '/bodyTemplate', detail: 'is not JSON once it is filled in; placeholders stand between quotes' })
  }
  return faults
}

/** With a quote in every value: a placeholder that stands outside of quotes shows. */
const SAMPLE = Object.fromEntries(Object.keys(smsValues({
  kind: 'test', status: 'firing', severity: 'low', title: '', groupKey: '', projectId: 0, projectName: '', alerts: [], more: 0, at: 0,
}, '', '')).map((name) => [name, '"a"'])) as ReturnType<typeof smsValues>
const filled = (url: string): string => fillTemplate(url, SAMPLE, escapeFor.url)

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** What is sealed: a webhook gets the secret it was not given. */
export function completeSettings(kind: ChannelKind, settings: Loose): { stored: StoredSettings; generatedSecret?: string } {
  if (kind !== 'webhook' || typeof settings['secret'] === 'string') return { stored: { kind, settings } as StoredSettings }
  const secret = newWebhookSecret()
  return { stored: { kind, settings: { ...settings, secret } } as StoredSettings, generatedSecret: secret }
}

/** For whoever manages channels: where it leads, and nothing that would let one send there in our name. */
export function showSettings({ kind, settings }: StoredSettings): Record<string, unknown> {
  switch (kind) {
    case 'webhook':
    case 'slack':
    case 'teams':
      return { url: maskUrl(settings.url) }
    case 'email': {
      const { password, ...smtp } = settings.smtp
      return { to: settings.to, from: settings.from, smtp: { ...smtp, hasPassword: password !== undefined } }
    }
    case 'pagerduty':
      return { ...(settings.url === undefined ? {} : { url: maskUrl(settings.url) }), routingKey: `…${settings.routingKey.slice(-4)}` }
    case 'sms':
      return {
        url: maskUrl(filled(settings.url)), method: settings.method ?? 'POST', contentType: settings.contentType ?? 'application/json',
        ...(settings.to === undefined ? {} : { to: settings.to }),
        headers: Object.keys(settings.headers ?? {}), placeholders: placeholdersIn(settings.url + (settings.bodyTemplate ?? '')),
      }
  }
}

/** Webhook addresses carry their secret in the path. */
function maskUrl(text: string): string {
  const { origin, pathname, search } = new URL(text)
  return pathname === '/' && search === '' ? origin : `${origin}/…`
}

/**
 * Lays a change over the present settings. What is secret stays where it was meant to go: whoever moves a channel elsewhere sends
 * it again, as somebody who may only manage channels could otherwise have it delivered to them.
 */
export function changeSettings({ kind, settings: present }: StoredSettings, change: Loose): { settings: Loose } | { faults: SettingsFault[] } {
  const settings: Loose = { ...present, ...change }
  if (kind === 'email' && isRecord(change['smtp'])) {
    const smtp: Loose = { ...present.smtp, ...change['smtp'] }
    const moved = (['host', 'port', 'secure', 'startTls', 'user'] as const).some((key) => smtp[key] !== present.smtp[key])
    if (moved && present.smtp.password !== undefined && change['smtp']['password'] === undefined) return sendAgain('/smtp/password')
    settings['smtp'] = smtp
  }
  const moved = 'url' in change && (present as Loose)['url'] !== change['url']
  if (moved && kind === 'pagerduty' && change['routingKey'] === undefined) return sendAgain('/routingKey')
  if (moved && kind === 'sms') {
    if (present.headers !== undefined && change['headers'] === undefined) return sendAgain('/headers')
    if (present.bodyTemplate !== undefined && change['bodyTemplate'] === undefined) return sendAgain('/bodyTemplate')
  }
  return { settings }
}

const sendAgain = (pointer: string): { faults: SettingsFault[] } => ({ faults: [{ pointer, detail: 'must be sent again when the channel moves elsewhere' }] })

const isRecord = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value)
