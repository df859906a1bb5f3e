import { describe, expect, it } from 'vitest'
import type { Action, CorrelationDocument } from '../../contract/rule.ts'
import { HOUR, MINUTE, T0, aRule, anAlert } from '../alerts/alert.fixture.ts'
import { type Alert, groupKeyOf } from '../alerts/alert.ts'
import { type Aim, type BlockAim, type VotesAim, aim } from './aim.ts'
import { type Earlier, type PlanFacts, plan } from './plan.ts'

const VOTER = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
const about = (group: Record<string, string>, changes: Partial<Alert> = {}): Alert => anAlert(1, { group, groupKey: groupKeyOf(group), ...changes })
const actionOf = (type: Action['type'], target?: string, more: Partial<Action> = {}): Action =>
  ({ type, ttl: '30m', ...(target === undefined ? {} : { target }), ...more })
const facts = { publicKeyOf: (id: number) => (id < 10 ? `pk_${id}` : undefined), voterTier: undefined, isOwnOrigin: (origin: string) => origin === 'https://shop.example' }
const aimed = (action: Action, group: Record<string, string>, changes: Partial<Alert> = {}, document: CorrelationDocument = aRule('r')): Aim => {
  const found = aim(action, about(group, changes), document, facts)
  if (found === undefined) throw new Error('nothing was aimed at')
  return found
}
const blockOf = (found: Aim): BlockAim['block'] => (found.does as BlockAim).block
const votesOf = (found: Aim): VotesAim => found.does as VotesAim

describe('What a block is on', () => {
  it.each<[string, string, string, string]>([
    ['ipAddress', '203.0.113.7', 'ip', '203.0.113.7'],
    ['ipAddress', '::ffff:203.0.113.7', 'ip', '203.0.113.7'],
    ['ipAddress', '2001:db8:1:2:3::4', 'network', '2001:db8:1:2::/64'],
    ['network', '203.0.113.0/24', 'network', '203.0.113.0/24'],
    ['network', '203.0.113.128/25', 'network', '203.0.113.128/25'],
    ['network', '2001:db8:1:2::/64', 'network', '2001:db8:1:2::/64'],
    ['fingerprint', 'aabbccdd', 'fingerprint', 'aabbccdd'],
    ['device', VOTER, 'device', VOTER],
    ['voter', VOTER, 'user', VOTER],
    ['origin', 'https://Rogue.example/', 'origin', 'https://rogue.example'],
  ])('of %s %s it is %s %s', (field, value, kind, matches) => {
    const found = aimed(actionOf('block', field), { [field]: value })
    expect(blockOf(found)).toEqual({ projectId: 1, kind, matches, source: '', covers: 'widget' })
    expect(found.unable).toBeUndefined()
  })

  it.each<[string, string]>([
    ['ipAddress', '127.0.0.1'], ['ipAddress', '::1'], ['ipAddress', '0.0.0.0'], ['ipAddress', 'nobody'], ['network', '127.0.0.0/24'], ['network', '0.0.0.0/24'],
    ['network', '203.0.112.0/23'], ['network', '2001:db8:1::/48'], ['network', '203.0.113.7'], ['fingerprint', "x';--"], ['device', 'abc'], ['voter', 'usr_1'],
    ['origin', 'https://shop.example'], ['origin', 'null'], ['origin', 'https://*.example.com'],
  ])('of %s %s there is none in force', (field, value) => expect(aimed(actionOf('block', field), { [field]: value }).unable).toBeDefined())

  it('covers what the action says', () => {
    const types = ['block', 'tighten_limits', 'end_sessions', 'require_step_up'] as const
    expect(types.map((type) => blockOf(aimed(actionOf(type, 'ipAddress'), { ipAddress: '203.0.113.7' })).covers)).toEqual(['widget', 'limits', 'sessions', 'step_up'])
  })

  it('is a device where the voter is one', () =>
    expect(aim(actionOf('lock_out', 'voter'), about({ voter: VOTER }), aRule('r'), { ...facts, voterTier: 'd' })?.does).toMatchObject({ block: { kind: 'device' } }))

  it('is a project’s key for its writes, whichever project the alert is of, and an operator’s token everywhere', () => {
    const key = { kind: 'api_key', source: '', covers: 'writes' }
    expect(blockOf(aimed(actionOf('suspend_key', 'projectId'), {}, { projectId: 3 }))).toEqual({ ...key, projectId: 3, matches: 'pk_3' })
    expect(blockOf(aimed(actionOf('suspend_key', 'projectId'), { projectId: '4' }, { projectId: 0 }))).toEqual({ ...key, projectId: 4, matches: 'pk_4' })
    expect(aimed(actionOf('suspend_key', 'projectId'), { projectId: '44' }, { projectId: 0 }).unable).toBeDefined()
    expect(blockOf(aimed(actionOf('suspend_key', 'actor'), { actor: 'operator:12' }))).toEqual({ ...key, covers: 'operator', projectId: 0, matches: 'operator:12' })
    expect(blockOf(aimed(actionOf('suspend_key', 'actor'), { actor: 'account:2' }))).toEqual({ ...key, covers: 'operator', projectId: 0, matches: 'account:2' })
    expect(aimed(actionOf('suspend_key', 'actor'), { actor: '' }).unable).toBeDefined()
  })

  it('goes by the field that a name of the rule stands for', () => {
    const rule = aRule('r')
    const document = { ...rule, correlation: { ...rule.correlation, aliases: { network: { failures: 'ipAddress' } } } }
    expect(blockOf(aimed(actionOf('block', 'network'), { network: '203.0.113.7' }, {}, document))).toMatchObject({ kind: 'ip', matches: '203.0.113.7' })
  })

  it('is nothing where the group does not have the field', () =>
    expect(aim(actionOf('block', 'device'), about({ ipAddress: '203.0.113.7' }), aRule('r'), facts)).toBeUndefined())
})

describe('Which votes are meant', () => {
  it('Those that every field of the group fits, since the timespan before the first line', () => {
    const found = aimed(actionOf('hold_votes'), { itemId: '3', ipAddress: '203.0.113.7' })
    expect(votesOf(found)).toEqual({ projectId: 1, effect: 'h', votes: { item: 3, ip: '203.0.113.7' }, since: T0 - 5 * MINUTE })
    expect([found.target, found.sources, found.unable]).toEqual(['votes on item 3 from 203.0.113.7', ['203.0.113.7'], undefined])
    expect(votesOf(aimed(actionOf('invalidate_votes'), { fingerprint: 'ab', voter: VOTER }))).toMatchObject({ effect: 'i', votes: { fingerprint: 'ab', voter: VOTER } })
  })

  it.each<[string, Record<string, string>]>([
    ['nothing at all', {}],
    ['a field votes do not have', { itemId: '3', score: '0.4' }],
    ['a detail of an event', { ipAddress: '203.0.113.7', 'detail.user': 'x' }],
    ['no item', { itemId: '99999999999' }],
    ['a wide network', { itemId: '3', network: '203.0.0.0/16' }],
    ['the server itself', { itemId: '3', ipAddress: '127.0.0.1' }],
  ])('None, where the group is %s', (_title, group) => expect(aimed(actionOf('hold_votes'), group).unable).toBeDefined())

  it('Of the installation those of the project the group names', () => {
    expect(votesOf(aimed(actionOf('hold_votes'), { projectId: '4', itemId: '3' }, { projectId: 0 }))).toMatchObject({ projectId: 4, votes: { item: 3 } })
    expect(aimed(actionOf('hold_votes'), { itemId: '3' }, { projectId: 0 }).unable).toBe('the group names no project')
  })
})

describe('Whether, how and for how long', () => {
  const NOW = T0 + HOUR
  const target = aimed(actionOf('block', 'ipAddress'), { ipAddress: '203.0.113.7' })
  const withFacts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
    now: NOW, alertId: 'a', rule: 'r', severity: 'high', mode: undefined, logOnly: false, earlier: [], pardons: [], personal: [], isAllowed: () => false, proxies: [], ...more,
  })
  const planOf = (one: Aim, more: Partial<PlanFacts> = {}) => plan([one], withFacts(more))
  const like = (more: Partial<Action>): Aim => ({ ...target, action: { ...target.action, ...more } })
  const before = (more: Partial<Earlier> = {}): Earlier => ({
    alertId: 'b', rule: 'r', action: 'block', target: '203.0.113.7', mode: 'enforce', appliedAt: NOW - 2 * HOUR, expiresAt: NOW - HOUR, endedAt: NOW - HOUR,
    endedBy: 'expiry', ...more,
  })
  const ends = (one: Aim, earlier: Earlier[]): number => (planOf(one, { earlier }).planned[0]?.expiresAt ?? Number.NaN) - NOW

  it('In force for its ttl', () => expect(planOf(target)).toEqual({ planned: [{ aim: target, mode: 'enforce', expiresAt: NOW + 30 * MINUTE }], left: [] }))

  it('Each time within a day takes longer, up to the most; without a backoff never', () => {
    const twice = like({ backoff: { factor: 2, max: '3h' } })
    expect([0, 1, 2, 3, 9].map((times) => ends(twice, Array.from({ length: times }, () => before())))).toEqual([0.5, 1, 2, 3, 3].map((hours) => hours * HOUR))
    expect(ends(target, [before(), before()])).toBe(30 * MINUTE)
    const others = [
      before({ appliedAt: NOW - 24 * HOUR }), before({ target: '203.0.113.8' }), before({ action: 'tighten_limits' }), before({ mode: 'log' }),
      before({ endedBy: 'a moderator', endedAt: NOW - HOUR }),
    ]
    expect(ends(twice, others)).toBe(30 * MINUTE)
  })

  it.each<[string, Partial<Action>, Partial<PlanFacts>, 'log' | 'enforce']>([
    ['the action says', { mode: 'log' }, {}, 'log'],
    ['the rule says', {}, { mode: 'log' }, 'log'],
    ['the action says against the rule', { mode: 'enforce' }, { mode: 'log' }, 'enforce'],
    ['somebody set against both', { mode: 'enforce' }, { mode: 'enforce', modeSet: 'log' }, 'log'],
    ['somebody set, also for what the file only logs', { mode: 'log' }, { mode: 'log', modeSet: 'enforce' }, 'enforce'],
    ['the gate says against all', { mode: 'enforce' }, { mode: 'enforce', modeSet: 'enforce', logOnly: true }, 'log'],
  ])('In the mode that %s', (_title, action, more, mode) => expect(planOf(like(action), more).planned).toMatchObject([{ mode }]))

  it('Not before the alert is as grave as the action asks for', () => {
    expect(planOf(like({ level: 'critical' }))).toEqual({ planned: [], left: [] })
    for (const severity of ['high', 'critical'] as const) expect(planOf(like({ level: 'high' }), { severity }).planned).toHaveLength(1)
  })

  it('Not again while it stands, but in another mode, and for longer where another rule asks for that', () => {
    const standing = before({ endedAt: null, endedBy: null, expiresAt: NOW + MINUTE })
    expect(planOf(target, { earlier: [standing] }).planned).toEqual([])
    expect(planOf(target, { earlier: [{ ...standing, mode: 'log' }] }).planned).toHaveLength(1)
    expect(planOf(target, { earlier: [{ ...standing, rule: 'other' }] }).planned).toHaveLength(1)
    expect(planOf(target, { earlier: [{ ...standing, rule: 'other', expiresAt: NOW + 30 * MINUTE }] }).planned).toEqual([])
    expect(planOf(target, { earlier: [{ ...standing, expiresAt: NOW }] }).planned).toHaveLength(1)
    expect(plan([target, target], withFacts()).planned).toHaveLength(1)
  })

  it('Sessions that began since are ended again for another alert, and not for the same', () => {
    const ending = aimed(actionOf('end_sessions', 'ipAddress'), { ipAddress: '203.0.113.7' })
    const standing = before({ action: 'end_sessions', endedAt: null, endedBy: null, expiresAt: NOW + HOUR })
    expect(planOf(ending, { earlier: [standing] }).planned).toHaveLength(1)
    expect(planOf(ending, { earlier: [{ ...standing, alertId: 'a' }] }).planned).toEqual([])
  })

  it('An allowed source is left alone, a source a person freed for an hour, and one a person blocked altogether', () => {
    const { block } = target.does as BlockAim
    expect(planOf(target, { isAllowed: (source) => source === '203.0.113.7' })).toMatchObject({ planned: [], left: [{ because: 'allowed' }] })
    expect(planOf(target, { pardons: [block] })).toMatchObject({ planned: [], left: [{ because: 'pardoned' }] })
    expect(planOf(target, { pardons: [{ ...block, projectId: 2 }] }).planned).toHaveLength(1)
    const freed = before({ endedBy: 'a moderator', endedAt: NOW - HOUR + 1 })
    expect(planOf(target, { earlier: [freed] })).toMatchObject({ planned: [], left: [{ because: 'pardoned' }] })
    expect(planOf(target, { earlier: [{ ...freed, endedAt: NOW - HOUR }] }).planned).toHaveLength(1)
    expect(planOf(target, { personal: [block] })).toMatchObject({ planned: [], left: [{ because: 'blocked by a person' }] })
    expect(planOf(target, { personal: [{ ...block, covers: 'writes' }] }).planned).toHaveLength(1)
  })

  it('An IPv6 source is allowed by its own address, though its whole /64 would be acted on', () => {
    const v6 = aimed(actionOf('block', 'ipAddress'), { ipAddress: '2001:db8:1:2::9' })
    expect(planOf(v6, { isAllowed: (source) => source === '2001:db8:1:2::9' }).left).toMatchObject([{ because: 'allowed' }])
  })

  it('A proxy of this server, and what cannot be acted on, is only written down, with the reason', () => {
    expect(planOf(target, { proxies: ['203.0.113.0/24'] }).planned).toMatchObject([{ mode: 'log', because: '203.0.113.7 is a proxy of this server' }])
    const local = aimed(actionOf('block', 'ipAddress'), { ipAddress: '127.0.0.1' })
    expect(planOf(local).planned).toMatchObject([{ mode: 'log', because: '127.0.0.1 is this host, or one that hides who is behind it' }])
  })
})
