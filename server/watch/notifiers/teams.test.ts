import { describe, expect, it } from 'vitest'
import { HOME, HOSTILE, PAGE, hostile, huge, linked, message, unlinked } from './message.fixture.ts'
import type { Message } from './message.ts'
import { formatTeams, readTeamsAnswer } from './teams.ts'
import { clean } from './words.ts'

interface Run {
  type: string
  text: string
  selectAction?: object
}
interface Card {
  type: string
  attachments: { contentType: string; contentUrl: null; content: { type: string; version: string; msteams: object; body: { type: string; inlines: Run[] }[] } }[]
}
const read = (body: string): Card => JSON.parse(body)
const cardOf = (body: string): Card['attachments'][number]['content'] => (read(body).attachments[0] as Card['attachments'][number]).content
const runsOf = (told: Message): Run[] => cardOf(formatTeams(told, { url: 'https://prod.example/x' }).body).body.flatMap(({ inlines }) => inlines)
const linksOf = (told: Message): Run[] => runsOf(told).filter(({ selectAction }) => selectAction !== undefined)
const linkTo = (url: string): Run => ({ type: 'TextRun', text: 'Open in the dashboard', selectAction: { type: 'Action.OpenUrl', url } })

describe('a Teams message', () => {
  it('is an Adaptive Card in an attachment', () => {
    const { body } = formatTeams(message(), { url: 'https://prod.example/x' })
    expect(read(body)).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: { type: 'AdaptiveCard', version: '1.4' } }],
    })
    expect(cardOf(body).body.map(({ inlines }) => inlines.map(({ text }) => text).join(''))).toEqual([
      'HIGH, firing: Many failed authentications from 203.0.113.7', 'high, firing: Many failed authentications', 'ipAddress 203.0.113.7',
      'since 2026-03-01T09:30:00Z, 11 lines, measured 11', 'Done: Blocked 203.0.113.7 for 30 minutes', 'Look at the user ids first.', 'Project Shop',
    ])
  })

  it('leads to each alert, and a test to the dashboard', () => {
    expect(runsOf(linked(message())).at(-2)).toEqual(linkTo(PAGE))
    const test = message({ kind: 'test', alerts: [] })
    expect([linked(message()), linked(hostile()), linked(test)].map(linksOf)).toEqual([[linkTo(PAGE)], [linkTo(PAGE)], [linkTo(HOME)]])
    expect([message(), unlinked(message()), test, unlinked(test)].flatMap(linksOf)).toEqual([])
  })

  it('has text only where no markdown is read, and mentions nobody', () => {
    const card = cardOf(formatTeams(hostile(), { url: 'https://prod.example/x' }).body)
    for (const block of card.body) {
      expect(Object.keys(block)).not.toContain('text')
      expect(block.type).toBe('RichTextBlock')
      for (const { type } of block.inlines) expect(type).toBe('TextRun')
    }
    expect(card.msteams).toEqual({ width: 'Full' })
    expect(card.body.flatMap(({ inlines }) => inlines.map(({ text }) => text))).toContain(clean(HOSTILE, 120))
  })

  it('stays below 28 KB, and counts what it leaves out', () => {
    const { body } = formatTeams(linked(huge()), { url: 'https://prod.example/x' })
    expect(Buffer.byteLength(body)).toBeLessThan(28_000)
    const shown = cardOf(body).body.filter((block) => 'separator' in block).length
    expect(shown).toBeGreaterThan(0)
    expect(cardOf(body).body.at(-1)?.inlines[0]?.text).toBe(`Project Shop, and ${20 - shown + 7} more alerts`)
  })
})

it.each([
  ['1', { delivered: true }],
  ['', { delivered: true }],
  ['Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x', { delivered: false, final: false }],
  ['Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x', { delivered: false, final: true }],
  ['Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 502 with ContextId x', { delivered: false, final: false }],
])('reads a 200 that says %j', (body, outcome) => expect(readTeamsAnswer(body)).toMatchObject(outcome))
