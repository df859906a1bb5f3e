/** Messages for the tests of formats: an ordinary one (without links, as stored by a server of before), one with links, and one in which everything an attacker can choose was chosen by one. */
import { pagesAt } from '../alerts/page-of.ts'
import type { Message, MessageAlert } from './message.ts'

export const alert = (overrides: Partial<MessageAlert> = {}): MessageAlert => ({
  id: '0b5e0f3c-6a0e-4d39-8f3c-3d1a1c0f1a11', rule: 'failed-authentications', title: 'Many failed authentications', severity: 'high',
  state: 'firing', group: { ipAddress: '203.0.113.7' }, startsAt: Date.UTC(2026, 2, 1, 9, 30), endsAt: null, value: 11, lines: 11,
  triage: 'Look at the user ids first.', responses: ['Blocked 203.0.113.7 for 30 minutes'], ...overrides,
})

export const message = (overrides: Partial<Message> = {}): Message => ({
  kind: 'alerts', status: 'firing', severity: 'high', title: 'Many failed authentications from 203.0.113.7', groupKey: '["203.0.113.7"]',
  projectId: 1, projectName: 'Shop', alerts: [alert()], more: 0, at: Date.UTC(2026, 2, 1, 9, 30, 5), ...overrides,
})

const pageOf = pagesAt('https://votes.example.com')
export const HOME = 'https://votes.example.com/dashboard/'
export const PAGE = `${HOME}alerts/${alert().id}`

/** The same message from a server that has PUBLIC_URL. */
export const linked = (told: Message): Message => {
  const alerts = told.alerts.map((one) => ({ ...one, url: pageOf('alerts', one.id) }))
  return { ...told, alerts, url: alerts[0]?.url ?? pageOf() }
}
/** From one that has none. */
export const unlinked = (told: Message): Message => ({ ...told, alerts: told.alerts.map((one) => ({ ...one, url: null })), url: null })

export const HOSTILE = '<!channel> <http://evil.example|ok> *b* _i_ `c` [x](http://evil.example) <at>all</at> "q" {{to}} \\ & \r\nBcc: x@evil.example\u0007\u202Egnp.exe'

export const hostile = (): Message => message({
  title: HOSTILE, projectName: HOSTILE, groupKey: HOSTILE,
  alerts: [alert({ title: HOSTILE, group: { origin: HOSTILE, userAgent: HOSTILE }, responses: [HOSTILE], triage: HOSTILE })],
})
export const huge = (): Message => message({
  title: 't'.repeat(5000), more: 7,
  alerts: Array.from({ length: 20 }, () => alert({ title: '&'.repeat(5000), group: { userAgent: '&'.repeat(5000) }, responses: Array.from({ length: 50 }, () => '<'.repeat(5000)), triage: '😀'.repeat(3000) })),
})
