/**
 * Slack, by incoming webhook: Block Kit, with a text for notifications. Slack reads `<…>` as links and mentions, so `&<>` are
 * escaped everywhere; what attackers chose stands in code spans, where nothing else is formatted, and `verbatim` keeps Slack
 * from finding links and names by itself. The one link of an alert is ours (alerts/page-of.ts).
 */
import type { SlackSettings } from '../../contract/channel.ts'
import type { HttpRequest } from './http-request.ts'
import type { Message, MessageAlert } from './message.ts'
import { LINK_WORDS, clean, figuresOf, headlineOf, subjectsOf } from './words.ts'

/** Slack takes 50 blocks; one alert is one of them. */
const MAX_ALERTS = 20
/** Slack takes 3000 in a section, and an escaped `&` counts as five. */
const MAX_SECTION = 2900

const escapeSlack = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const code = (text: string): string => `\`${escapeSlack(text.replaceAll('`', 'ˋ')) || ' '}\``
/** A `|` would end the address. */
const linkTo = (url: string): string => `<${escapeSlack(url).replaceAll('|', '%7C')}|${LINK_WORDS}>`
const mrkdwn = (text: string): object => ({ type: 'mrkdwn', text, verbatim: true })

export function formatSlack(message: Message, { url }: SlackSettings): HttpRequest {
  const headline = headlineOf(message)
  const more = message.more + Math.max(0, message.alerts.length - MAX_ALERTS)
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: clean(headline, 150), emoji: false } },
    ...message.alerts.slice(0, MAX_ALERTS).map((alert) => ({ type: 'section', text: mrkdwn(sectionOf(alert)) })),
    ...(message.alerts.length === 0 && typeof message.url === 'string' ? [{ type: 'section', text: mrkdwn(linkTo(message.url)) }] : []),
    {
      type: 'context',
      elements: [mrkdwn(`Project ${code(clean(message.projectName, 100))}${more > 0 ? `, and ${more} more alerts` : ''}`)],
    },
  ]
  const body = { text: escapeSlack(headline), mrkdwn: false, unfurl_links: false, unfurl_media: false, blocks }
  return { url, method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}

function sectionOf(alert: MessageAlert): string {
  const lines = [
    `*${alert.severity}, ${alert.state}* ${code(clean(alert.title, 120))}`,
    ...subjectsOf(alert).map(([name, value]) => `${escapeSlack(name)}: ${code(value)}`),
    escapeSlack(figuresOf(alert)),
    ...alert.responses.slice(0, 5).map((response) => `• ${code(clean(response, 200))}`),
    ...(alert.state === 'firing' && alert.triage !== '' ? [code(clean(alert.triage, 500))] : []),
  ]
  const link = typeof alert.url === 'string' ? [linkTo(alert.url)] : []
  const room = MAX_SECTION - link.join('').length - 1
  // Whole lines only: half an escape, or an open code span, would be worse than a missing line.
  let text = ''
  for (const line of lines) {
    if (text.length + line.length + 1 > room) break
    text += `${text === '' ? '' : '\n'}${line}`
  }
  return [text, ...link].join('\n')
}
