/** SMS by any gateway that takes an HTTP request: URL and body are templates. */
import type { SmsSettings } from '../../contract/channel.ts'
import type { HttpRequest } from './http-request.ts'
import type { Message } from './message.ts'
import { type TemplateValues, escapeFor, fillTemplate } from './template.ts'
import { clean, instant, subjectsOf } from './words.ts'

/** One SMS in the GSM alphabet, or in UCS-2 where a letter is not in it. */
const GSM_CHARACTERS = 160
const UCS_CHARACTERS = 70

/** At most one SMS, whatever alphabet it takes. Accents go, as they would cost more than half of the room, and so would a link. */
export function smsText(message: Message): string {
  const first = message.alerts[0]
  const about = first === undefined ? '' : subjectsOf(first).map(([, value]) => value).join(' ')
  const more = message.more + Math.max(0, message.alerts.length - 1)
  const kind = message.kind === 'alerts' ? '' : `${message.kind} `
  const text = simplify([
    `Truetally ${message.severity.toUpperCase()} ${kind}${message.status}: ${clean(message.title, 90)}`,
    `(${clean(message.projectName, 30)})`, about, more > 0 ? `+${more} more` : '',
  ].filter((part) => part !== '' && part !== '()').join(' '))
  const room = /^[\x20-\x7e]*$/.test(text) ? GSM_CHARACTERS : UCS_CHARACTERS
  return text.length <= room ? text : `${text.slice(0, room - 3).replace(/[\ud800-\udbff]$/, '')}...`
}

/** To characters that count once: the brackets, braces and the like of ASCII take two places in the GSM alphabet, a backtick is not in it. */
function simplify(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{Mn}/gu, '').normalize('NFC').replaceAll(/[[{]/g, '(').replaceAll(/[\]}]/g, ')').replaceAll(/[\\^|~]/g, '-')
    .replaceAll(/[`´‘’]/g, "'").replaceAll(/[“”„]/g, '"').replaceAll(/[–—]/g, '-').replaceAll('…', '...')
}

export function smsValues(message: Message, to: string, id: string): TemplateValues {
  return {
    text: smsText(message), to, severity: message.severity, status: message.status, title: clean(message.title, 120),
    rule: clean(message.alerts[0]?.rule ?? '', 64), project: clean(message.projectName, 100), count: String(message.alerts.length + message.more), id, at: instant(message.at),
    url: message.url ?? '',
  }
}

export function formatSms(message: Message, settings: SmsSettings, { id }: { id: string }): HttpRequest {
  const { url, to = '', method = 'POST', headers = {}, bodyTemplate = '', contentType = 'application/json' } = settings
  const values = smsValues(message, to, id)
  return {
    url: fillTemplate(url, values, escapeFor.url),
    method,
    // The content type is the one values were escaped for.
    headers: { ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), ...(method === 'GET' ? {} : { 'content-type': `${contentType}; charset=utf-8` }) },
    body: fillTemplate(bodyTemplate, values, escapeFor[contentType]),
  }
}
