import { expect, it } from 'vitest'
import type { ResponseRow } from '../../../db/queries/responses.ts'
import { responseWords } from './words.ts'

const row = (more: Partial<ResponseRow>): ResponseRow => ({
  id: 1, projectId: 7, alertId: 'a', rule: 'r', action: 'block', target: '203.0.113.7', mode: 'enforce', reason: 'Failed logins', appliedAt: 0,
  expiresAt: Date.UTC(2026, 10, 3, 12, 30, 59), blockId: 3, invalidationId: null, endedAt: null, endedBy: null, endReason: null, detail: { onProject: 7 }, ...more,
})

it.each<[Partial<ResponseRow>, string]>([
  [{}, 'Blocked 203.0.113.7 until 2026-11-03 12:30 UTC.'],
  [{ mode: 'log' }, 'Would block 203.0.113.7 until 2026-11-03 12:30 UTC.'],
  [{ mode: 'log', detail: { onProject: 7, because: '203.0.113.7 is a proxy of this server' } },
    'Would block 203.0.113.7 until 2026-11-03 12:30 UTC, but 203.0.113.7 is a proxy of this server.'],
  [{ action: 'hold_votes', target: 'votes on item 3', detail: { onProject: 7, votes: 14 } }, 'Held 14 votes on item 3 until 2026-11-03 12:30 UTC.'],
])('%j reads: %s', (more, words) => expect(responseWords(row(more))).toBe(words))
