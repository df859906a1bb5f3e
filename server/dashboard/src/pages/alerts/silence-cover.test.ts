import { expect, it } from 'vitest'
import type { Alert } from '../../../../contract/alert.ts'
import { covers } from './silence-cover.ts'

const alert: Alert = {
  id: '00000000-0000-4000-8000-000000000001', projectId: '3', rule: 'key-enumeration', ruleVersion: '1', title: 'Keys', group: { ipAddress: '203.0.113.7' }, state: 'firing',
  severity: 'high', startsAt: 0, firesAt: 0, lastAt: 0, endsAt: null, detectedAt: 0, value: 5, lines: 5, evidence: [], suppressed: false,
  acknowledgedAt: null, acknowledgedBy: null, disposition: null, disposedAt: null, disposedBy: null, escalations: 0,
}

it.each([
  ['nothing at all', [], false],
  ['its rule', [{ name: 'rule', value: 'key-enumeration' }], true],
  ['another rule', [{ name: 'rule', value: 'key' }], false],
  ['its rule and its address', [{ name: 'rule', value: 'key-enumeration' }, { name: 'ipAddress', value: '203.0.113.7' }], true],
  ['its rule and another address', [{ name: 'rule', value: 'key-enumeration' }, { name: 'ipAddress', value: '203.0.113.8' }], false],
  ['a field that it has not', [{ name: 'origin', value: '*' }], false],
  ['a field of every object', [{ name: 'constructor', value: '*' }], false],
  ['its project', [{ name: 'project', value: '3' }], true],
  ['a pattern', [{ name: 'ipAddress', value: '203.*.7' }], true],
  ['a pattern whose ends would overlap', [{ name: 'severity', value: 'high*high' }], false],
  ['several stars', [{ name: 'rule', value: 'k*y-*tion' }], true],
  ['stars in the wrong order', [{ name: 'rule', value: '*tion*key*' }], false],
])('a silence of %s', (_what, matchers, right) => {
  expect(covers(matchers, alert)).toBe(right)
})
