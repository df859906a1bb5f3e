import { describe, expect, it } from 'vitest'
import { HOUR, SECOND, T0, aRule, anAlert, libraryOf } from './alert.fixture.ts'
import { type Matcher, type Silence, inhibitedBy, silenceOf } from './silence.ts'

const aSilence = (matchers: Matcher[], changes: Partial<Silence> = {}): Silence => ({
  id: 1, projectId: 1, matchers, reason: 'maintenance', actor: 'alice', startsAt: T0, endsAt: T0 + HOUR, endedAt: null, ...changes,
})
const covers = (matchers: Matcher[], alert = anAlert(7), changes: Partial<Silence> = {}, now = T0): boolean =>
  silenceOf(alert, [aSilence(matchers, changes)], now) !== undefined

describe('a silence', () => {
  it.each<[string, Matcher[], boolean]>([
    ['its rule', [{ name: 'rule', value: 'failed-logins' }], true],
    ['another rule', [{ name: 'rule', value: 'failed' }], false],
    ['its severity', [{ name: 'severity', value: 'high' }], true],
    ['its project', [{ name: 'project', value: '1' }], true],
    ['a value of its group', [{ name: 'ipAddress', value: '203.0.113.7' }], true],
    ['another value', [{ name: 'ipAddress', value: '203.0.113.8' }], false],
    ['a field that it has not', [{ name: 'itemId', value: '*' }], false],
    ['a name of every object', [{ name: 'constructor', value: '*' }], false],
    ['a beginning', [{ name: 'rule', value: 'failed-*' }], true],
    ['an end', [{ name: 'rule', value: '*-logins' }], true],
    ['a middle', [{ name: 'ipAddress', value: '203.*.7' }], true],
    ['several pieces in order', [{ name: 'ipAddress', value: '*3*11*7' }], true],
    ['pieces out of order', [{ name: 'ipAddress', value: '*113*203*' }], false],
    ['pieces that would have to share a letter', [{ name: 'rule', value: 'failed-*-logins' }], false],
    ['one piece that is both ends', [{ name: 'severity', value: 'high*high' }], false],
    ['anything', [{ name: 'rule', value: '*' }], true],
    ['no regular expression', [{ name: 'rule', value: 'failed.logins' }], false],
    ['all of what it names', [{ name: 'rule', value: 'failed-*' }, { name: 'severity', value: 'high' }], true],
    ['only part of what it names', [{ name: 'rule', value: 'failed-*' }, { name: 'severity', value: 'low' }], false],
  ])('covers an alert by %s', (_title, matchers, expected) => expect(covers(matchers)).toBe(expected))

  it('does not get slow by a pattern', () => {
    const long = anAlert(1, { group: { endpoint: 'a'.repeat(400) } })
    const began = process.cpuUsage()
    expect(covers([{ name: 'endpoint', value: `${'*a'.repeat(150)}*b` }], long)).toBe(false)
    const { user } = process.cpuUsage(began)
    // Of the processor, however busy the machine is: it takes less than a millisecond, and trying every way to share the letters out takes for ever.
    expect(user / 1000).toBeLessThan(1000)
  })

  it('lasts from its start to before its end, or until somebody ends it', () => {
    const any = [{ name: 'rule', value: '*' }]
    expect([T0 - 1, T0, T0 + HOUR - 1, T0 + HOUR].map((now) => covers(any, anAlert(1), {}, now))).toEqual([false, true, true, false])
    expect([T0 + 9, T0 + 10].map((now) => covers(any, anAlert(1), { endedAt: T0 + 10 }, now))).toEqual([true, false])
  })

  it('of one project covers no other’s, nor the installation’s; one of everything covers all', () => {
    const any = [{ name: 'rule', value: '*' }]
    expect([0, 1, 2].map((projectId) => covers(any, anAlert(1, { projectId })))).toEqual([false, true, false])
    expect([0, 1, 2].map((projectId) => covers(any, anAlert(1, { projectId }), { projectId: 0 }))).toEqual([true, true, true])
  })

  it('is, of several, the one that lasts longest, in whatever order they come', () => {
    const any = [{ name: 'rule', value: '*' }]
    const silences = [aSilence(any, { id: 1 }), aSilence(any, { id: 2, endsAt: T0 + 2 * HOUR }), aSilence(any, { id: 3, endsAt: T0 + 2 * HOUR })]
    expect(silenceOf(anAlert(1), silences, T0)?.id).toBe(2)
    expect(silenceOf(anAlert(1), silences.toReversed(), T0)?.id).toBe(2)
  })
})

const campaign = (changes: Parameters<typeof anAlert>[1] = {}) => anAlert(2, { rule: 'campaign', group: { ipAddress: '203.0.113.7' }, ...changes })

describe('inhibition', () => {
  const library = libraryOf(aRule('campaign', { inhibits: ['failed-logins'] }), aRule('failed-logins'), aRule('one', { inhibits: ['two'] }), aRule('two', { inhibits: ['one'] }))
  const source = anAlert(1, { group: { ipAddress: '203.0.113.7', itemId: '3' } })
  const inhibits = (changes: Parameters<typeof anAlert>[1], alert = source): boolean => inhibitedBy(alert, [alert, campaign(changes)], library) !== undefined

  it.each<[string, Parameters<typeof anAlert>[1], boolean]>([
    ['about the same address', {}, true],
    ['about another address', { group: { ipAddress: '203.0.113.8' } }, false],
    ['about its network', { group: { network: '203.0.113.0/24' } }, true],
    ['about another network', { group: { network: '198.51.100.0/24' } }, false],
    ['that shares one field and not the other', { group: { ipAddress: '203.0.113.7', itemId: '4' } }, false],
    ['with nothing in common', { group: { fingerprint: 'abc' } }, true],
    ['about nothing in particular', { group: {} }, true],
    ['of another project', { projectId: 2 }, false],
    ['of the installation', { projectId: 0 }, true],
    ['that is pending', { state: 'pending' }, false],
    ['that is over', { state: 'resolved' }, false],
    ['that was told to nobody', { suppressed: true }, false],
    ['of a rule that names another', { rule: 'failed-logins' }, false],
    ['of a rule that is gone', { rule: 'gone' }, false],
  ])('by an alert %s', (_title, changes, expected) => expect(inhibits(changes)).toBe(expected))

  it('takes a network of IPv6 as well, and text that is no address as nothing to compare', () => {
    const six = anAlert(1, { group: { ipAddress: '2001:db8::1' } })
    expect(inhibits({ group: { network: '2001:db8::/64' } }, six)).toBe(true)
    expect(inhibits({ group: { network: '2001:db8:1::/64' } }, six)).toBe(false)
    expect(inhibits({ group: { network: '203.0.113.0/24' } }, six)).toBe(false)
    expect(inhibits({ group: { network: 'office' } }, six)).toBe(true)
  })

  it('works from a network to an address within it, too', () => {
    const range = anAlert(1, { group: { network: '203.0.113.0/24' } })
    expect(inhibits({}, range)).toBe(true)
    expect(inhibits({ group: { ipAddress: '198.51.100.1' } }, range)).toBe(false)
  })

  it('of two that name each other leaves the earlier one to be told', () => {
    const [one, two] = [anAlert(1, { rule: 'one', startsAt: T0 + SECOND, group: {} }), anAlert(2, { rule: 'two', group: {} })]
    expect(inhibitedBy(one, [one, two], library)).toBe(two)
    expect(inhibitedBy(two, [one, two], library)).toBeUndefined()
  })
})
