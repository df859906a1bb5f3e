import { describe, expect, it } from 'vitest'
import { formatEmail } from './email.ts'
import { HOME, PAGE, hostile, linked, message, unlinked } from './message.fixture.ts'
import type { Message } from './message.ts'

const settings = { to: ['duty@example.com'], from: 'truetally@votes.example', smtp: { host: 'mail.example', port: 587 } }
const textOf = (told: Message): string => formatEmail(told, settings, { id: 'ntf_3' }).text

describe('a mail', () => {
  it('says first what matters', () => {
    expect(formatEmail(message({ more: 2 }), settings, { id: 'ntf_3' })).toMatchObject({
      subject: '[Truetally] HIGH, firing: Many failed authentications from 203.0.113.7',
      text: 'HIGH, firing: Many failed authentications from 203.0.113.7\nProject: Shop\nWritten: 2026-03-01T09:30:05Z\n\n'
        + 'high, firing: Many failed authentications (failed-authentications)\n  ipAddress: 203.0.113.7\n  since 2026-03-01T09:30:00Z, 11 lines, measured 11\n'
        + '  Done: Blocked 203.0.113.7 for 30 minutes\n  Look at the user ids first.\nAnd 2 more alerts.\n',
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('leads to each alert, and a test to the dashboard', () => {
    const test = message({ kind: 'test', alerts: [] })
    expect(textOf(linked(message({ more: 2 })))).toContain(`  Look at the user ids first.\n  ${PAGE}\nAnd 2 more alerts.\n`)
    expect(textOf(linked(test))).toMatch(new RegExp(`Z\\n\\n${HOME}\\n$`))
    for (const told of [message(), test]) {
      expect(textOf(told)).not.toContain('http')
      expect(textOf(unlinked(told))).toBe(textOf(told))
    }
  })

  it('has an id of its notification, and the thread of its group', () => {
    const [first, again, next] = [formatEmail(message(), settings, { id: 'ntf_3' }), formatEmail(message(), settings, { id: 'ntf_3' }), formatEmail(message({ status: 'resolved' }), settings, { id: 'ntf_4' })]
    expect(first.messageId).toMatch(/^<ntf_3\.[0-9a-f]{12}@votes\.example>$/)
    expect(again.messageId).toBe(first.messageId)
    expect(next.messageId).not.toBe(first.messageId)
    expect(next.references).toEqual(first.references)
  })

  it('has no line that an attacker began', () => {
    const { subject, text } = formatEmail(hostile(), settings, { id: 'ntf_3' })
    expect(subject).not.toMatch(/[\r\n]/)
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([])
    // oxlint-disable-next-line no-control-regex -- that there are none is what is looked for
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/)
  })
})
