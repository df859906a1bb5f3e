import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WatchSettings } from '../../server/contract/watch-settings.ts'
import { defaultWatchSettings } from '../../server/watch/settings.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectJson } from '../helpers/operator.ts'

const own: WatchSettings = { ...defaultWatchSettings, responseTimesMs: { ...defaultWatchSettings.responseTimesMs, high: 7 * 60_000 } }
let node: TestApp
beforeAll(async () => {
  node = await startApp({ watchSettings: own })
})
afterAll(() => node.close())

test('a viewer reads how soon alerts are to be answered here, not how soon they are as shipped', async () => {
  const answer = await node.app.inject({ url: '/api/security/v1/watch-settings', headers: { authorization: node.operators.viewer } })
  expect(expectJson<WatchSettings>(answer, 200)).toEqual(own)
  expect(own).not.toEqual(defaultWatchSettings)
})
