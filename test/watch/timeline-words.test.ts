/** The dashboard has words for whatever the watch writes into a timeline. */
import { expect, test } from 'vitest'
import { tellEntry } from '../../server/dashboard/src/pages/alerts/timeline-words.ts'
import { TIMELINE_KINDS } from '../../server/watch/alerts/alert.ts'

test.each(TIMELINE_KINDS)('the dashboard has words for %s, whatever its detail', (kind) => {
  const { text, quoted } = tellEntry({ at: 0, kind, actor: 'somebody', detail: {} })
  // What has no words of its own is named as it is called, in small letters.
  expect(text).toMatch(/^[A-Z]/)
  expect(text).not.toMatch(/undefined|null|\[object/)
  expect(quoted).toBeUndefined()
})
