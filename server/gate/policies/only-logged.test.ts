import { expect, it } from 'vitest'
import { defaultPolicy, loggingPolicy } from './default.ts'
import { onlyLogged } from './only-logged.ts'
import type { Policy } from './policy.ts'

it('lets no band and no cohort act, and changes nothing else', () => {
  const bands: Policy['bands'] = { ...defaultPolicy.bands, 'PUT vote': [{ band: 'block', from: 0.7, mode: 'enforce' }] }
  const policy: Policy = { ...defaultPolicy, version: 'strict-1', bands }
  const logged = onlyLogged(policy)
  for (const { band, mode } of Object.values(logged.bands).flat()) expect([band, mode]).toEqual([band, band === 'log' ? 'enforce' : 'log'])
  expect(logged.bands['PUT vote']).toEqual([{ band: 'block', from: 0.7, mode: 'log' }])
  expect(logged).toEqual({ ...policy, version: 'strict-1-log', bands: logged.bands, cohorts: { ...policy.cohorts, mode: 'log' } })
  expect(policy.bands['PUT vote'][0]?.mode).toBe('enforce')
})

it('is how the shipped policy logs', () => expect(loggingPolicy).toEqual(onlyLogged(defaultPolicy)))
