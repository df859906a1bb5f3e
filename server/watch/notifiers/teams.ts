/**
 * Microsoft Teams, by a Workflows webhook (“When a Teams webhook request is received”) or an older connector: an Adaptive Card
 * inside `message` and `attachments`. What attackers chose stands in text runs, which unlike text blocks and facts know no
 * markdown; mentions need `msteams.entities`, of which there are none. A run that opens something opens a page of ours, and says
 * nothing of theirs.
 */
import type { TeamsSettings } from '../../contract/channel.ts'
import type { Severity } from '../../contract/primitives.ts'
import type { HttpRequest } from './http-request.ts'
import type { Message, MessageAlert } from './message.ts'
import { type Outcome, undelivered } from './outcome.ts'
import { LINK_WORDS, clean, figuresOf, headlineOf, subjectLine } from './words.ts'

const COLOURS: Record<Severity, string> = { critical: 'Attention', high: 'Attention', medium: 'Warning', low: 'Default' }
/** Teams refuses messages above 28 KB. */
const MAX_BYTES = 24_000

const run = (text: string, style: object = {}): object => ({ type: 'TextRun', text, ...style })
const paragraph = (inlines: object[], style: object = {}): object => ({ type: 'RichTextBlock', inlines, ...style })
/** Beside each alert: a card takes six actions at its end, and they would not say which alert they are of. */
const link = (url: string | null | undefined): object[] =>
  typeof url === 'string' ? [paragraph([run(LINK_WORDS, { selectAction: { type: 'Action.OpenUrl', url } })])] : []

export function formatTeams(message: Message, { url }: TeamsSettings): HttpRequest {
  let shown = message.alerts.length
  let body = cardOf(message, shown)
  while (shown > 1 && Buffer.byteLength(body) > MAX_BYTES) {
    shown -= 1
    body = cardOf(message, shown)
  }
  return { url, method: 'POST', headers: { 'content-type': 'application/json' }, body }
}

/** A connector answers 200 also where Teams refused the card, and says so in words. */
export function readTeamsAnswer(body: string): Outcome {
  const status = /endpoint returned HTTP error (\d{3})/.exec(body)?.[1]
  if (status === undefined) return { delivered: true }
  return undelivered(`Teams refused the card: ${clean(body, 200)}`, { final: status.startsWith('4') && status !== '429' })
}

function cardOf(message: Message, shown: number): string {
  const more = message.more + message.alerts.length - shown
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: clean(headlineOf(message), 250),
    msteams: { width: 'Full' },
    body: [
      paragraph([run(headlineOf(message), { size: 'Large', weight: 'Bolder', color: message.status === 'resolved' ? 'Good' : COLOURS[message.severity] })]),
      ...message.alerts.slice(0, shown).flatMap((alert) => paragraphsOf(alert)),
      ...(message.alerts.length === 0 ? link(message.url) : []),
      paragraph([run(`Project ${clean(message.projectName, 100)}${more > 0 ? `, and ${more} more alerts` : ''}`, { isSubtle: true })]),
    ],
  }
  return JSON.stringify({ type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] })
}

function paragraphsOf(alert: MessageAlert): object[] {
  const about = subjectLine(alert)
  return [
    paragraph([run(`${alert.severity}, ${alert.state}: `, { weight: 'Bolder' }), run(clean(alert.title, 120))], { separator: true }),
    ...(about === '' ? [] : [paragraph([run(clean(about, 600), { fontType: 'Monospace' })])]),
    paragraph([run(figuresOf(alert), { isSubtle: true })]),
    ...alert.responses.slice(0, 5).map((response) => paragraph([run(`Done: ${clean(response, 200)}`)])),
    ...(alert.state === 'firing' && alert.triage !== '' ? [paragraph([run(clean(alert.triage, 500))])] : []),
    ...link(alert.url),
  ]
}
