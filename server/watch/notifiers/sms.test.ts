import { describe, expect, it } from 'vitest'
import { HOME, HOSTILE, PAGE, hostile, huge, linked, message, unlinked } from './message.fixture.ts'
import type { Message } from './message.ts'
import { formatSms, smsText } from './sms.ts'

const at = { id: 'ntf_1' }
const query = (told: Message): (string | null)[] => {
  const { url } = formatSms(told, { url: 'https://sms.example/?t={{text}}&u={{url}}', method: 'GET' }, at)
  return ['t', 'u'].map((name) => new URL(url).searchParams.get(name))
}

describe('the text of an SMS', () => {
  it('says it all in one line', () => {
    expect(smsText(message())).toBe('Truetally HIGH firing: Many failed authentications from 203.0.113.7 (Shop) 203.0.113.7')
    expect(smsText(message({ kind: 'escalation', more: 4 }))).toMatch(/^Truetally HIGH escalation firing: .* \+4 more$/)
  })

  it.each([['long', huge()], ['hostile', hostile()]])('is one SMS of characters that count once, for a %s message', (_name, told) => {
    expect(smsText(told)).toMatch(/^[\x20-\x5a\x5f\x61-\x7a]{1,160}$/)
  })

  it('leaves accents out, and takes what is left room for other letters', () => {
    expect(smsText(message({ title: 'Überfall à “Zürich” [x]', projectName: '' }))).toContain(': Uberfall a "Zurich" (x) ')
    const other = smsText(message({ title: '検'.repeat(100) }))
    expect(other).toContain('検')
    expect(other.length).toBeLessThanOrEqual(70)
  })
})

describe('a gateway’s request', () => {
  it('escapes values for JSON', () => {
    const { headers, body } = formatSms(hostile(), { url: 'https://sms.example/', to: '"+49"', contentType: 'application/json', headers: { Authorization: 'x', 'Content-Type': 'text/html' }, bodyTemplate: '{"to": "{{to}}", "m": "{{ title }}", "again": ["{{text}}", "{{id}}", "{{count}}"]}' }, at)
    expect(headers).toEqual({ authorization: 'x', 'content-type': 'application/json; charset=utf-8' })
    const { to, m, again } = JSON.parse(body) as { to: string; m: string; again: string[] }
    expect([to, again[1], again[2]]).toEqual(['"+49"', 'ntf_1', '1'])
    // A placeholder in a value is text, not a placeholder.
    expect(m).toContain('{{to}}')
    expect(m.startsWith(HOSTILE.slice(0, 40))).toBe(true)
  })

  it('escapes values for a form, and for the query', () => {
    const { url, body } = formatSms(message({ title: 'a&b=c d' }), { url: 'https://sms.example/send?to={{to}}', to: '+49 1&admin=1', contentType: 'application/x-www-form-urlencoded', bodyTemplate: 'to={{to}}&title={{title}}&text={{text}}' }, at)
    expect(new URL(url).searchParams.get('to')).toBe('+49 1&admin=1')
    const form = new URLSearchParams(body)
    expect([form.get('to'), form.get('title'), [...form.keys()]]).toEqual(['+49 1&admin=1', 'a&b=c d', ['to', 'title', 'text']])
  })

  it('has the link where the template asks for it, and none in the text', () => {
    const text = smsText(message())
    expect([linked(message()), unlinked(message()), message()].map(query)).toEqual([[text, PAGE], [text, ''], [text, '']])
    expect(query(linked(message({ kind: 'test', alerts: [] })))[1]).toBe(HOME)
  })

  it('sends text as it is, and a GET without a body', () => {
    expect(formatSms(message(), { url: 'https://sms.example/', contentType: 'text/plain', bodyTemplate: '{{severity}}: {{text}}' }, at).body).toBe(`high: ${smsText(message())}`)
    expect(formatSms(message(), { url: 'https://sms.example/?t={{text}}', method: 'GET' }, at)).toMatchObject({ method: 'GET', body: '', headers: {} })
  })
})
