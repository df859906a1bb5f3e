import { describe, expect, it } from 'vitest'
import { HOME, PAGE, alert, hostile, huge, linked, message, unlinked } from './message.fixture.ts'
import type { Message } from './message.ts'
import { formatSlack } from './slack.ts'

interface Block {
  type: string
  text?: { type: string; text: string; verbatim?: boolean }
  elements?: { type: string; text: string; verbatim?: boolean }[]
}
const read = (body: string): { text: string; blocks: Block[] } => JSON.parse(body)
const sections = (told: Message): string[] => read(formatSlack(told, { url: 'https://hooks.slack.com/x' }).body).blocks
  .flatMap(({ type, text }) => (type === 'section' && text !== undefined ? [text.text] : []))

describe('a Slack message', () => {
  it('is blocks, with a text for the notification', () => {
    const { url, method, body } = formatSlack(message({ more: 3 }), { url: 'https://hooks.slack.com/x' })
    expect([url, method]).toEqual(['https://hooks.slack.com/x', 'POST'])
    expect(read(body)).toEqual({
      text: 'HIGH, firing: Many failed authentications from 203.0.113.7', mrkdwn: false, unfurl_links: false, unfurl_media: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'HIGH, firing: Many failed authentications from 203.0.113.7', emoji: false } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn', verbatim: true,
            text: '*high, firing* `Many failed authentications`\nipAddress: `203.0.113.7`\nsince 2026-03-01T09:30:00Z, 11 lines, measured 11\n• `Blocked 203.0.113.7 for 30 minutes`\n`Look at the user ids first.`',
          },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'Project `Shop`, and 3 more alerts', verbatim: true }] },
      ],
    })
  })

  it('leads to each alert, and a test to the dashboard', () => {
    const [plain = ''] = sections(message())
    expect(sections(linked(message()))).toEqual([`${plain}\n<${PAGE}|Open in the dashboard>`])
    expect(sections(unlinked(message()))).toEqual([plain])
    const test = message({ kind: 'test', alerts: [] })
    expect([sections(linked(test)), sections(unlinked(test)), sections(test)]).toEqual([[`<${HOME}|Open in the dashboard>`], [], []])
    expect(sections(message({ alerts: [alert({ url: 'https://votes.example.com/a&b>|c' })] }))[0]).toContain('\n<https://votes.example.com/a&amp;b&gt;%7Cc|Open in the dashboard>')
    const long = sections(linked(huge()))
    expect(long.filter((text) => text.endsWith(`\n<${PAGE}|Open in the dashboard>`) && text.length <= 3000)).toHaveLength(20)
  })

  it('pings nobody, links nowhere and formats nothing that an attacker wrote', () => {
    const { text, blocks } = read(formatSlack(linked(hostile()), { url: 'https://hooks.slack.com/x' }).body)
    const marked = [text, ...blocks.flatMap(({ text: own, elements = [] }) => [...(own?.type === 'mrkdwn' ? [own] : []), ...elements]).map(({ text: inner, verbatim }) => {
      expect(verbatim).toBe(true)
      return inner
    })]
    expect(marked.length).toBeGreaterThan(2)
    expect(marked.join('').split(`\n<${PAGE}|Open in the dashboard>`)).toHaveLength(2)
    for (const part of marked) expect(part.replace(`\n<${PAGE}|Open in the dashboard>`, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
    for (const part of marked.slice(1)) {
      // Outside of code spans nothing of theirs is left.
      expect(part.replaceAll(/`[^`\n]+`/g, '')).not.toMatch(/evil|channel|Bcc|`/)
    }
  })

  it('stays within Slack’s limits', () => {
    const { blocks } = read(formatSlack(linked(huge()), { url: 'https://hooks.slack.com/x' }).body)
    expect(blocks.length).toBeLessThanOrEqual(50)
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150)
    expect(Math.max(...blocks.map(({ text }) => text?.text.length ?? 0))).toBeLessThanOrEqual(3000)
    // Every code span that was opened is closed.
    for (const { text } of blocks.slice(1, -1)) expect((text?.text.match(/`/g) ?? []).length % 2).toBe(0)
  })
})
