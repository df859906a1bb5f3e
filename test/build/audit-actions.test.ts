/** The audit page’s words for what the server writes. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ACTIONS, actionWords, subjectOf } from '../../server/dashboard/src/pages/settings/audit/actions.ts'

const SERVER = fileURLToPath(new URL('../../server/', import.meta.url))

it('names every action the server writes, and no other', () => {
  const files = ['routes', 'commands', 'plugins'].flatMap((room) => readdirSync(join(SERVER, room), { recursive: true, encoding: 'utf8' }).map((file) => join(SERVER, room, file)))
  const written = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\baction: '([a-z-]+\.[a-z-]+)'/g)].map(([, action]) => action ?? ''))
  expect(Object.keys(ACTIONS).toSorted()).toEqual([...new Set(written)].toSorted())
})

it('shows what it does not know by its own name', () => {
  expect(actionWords('moon.shoot')).toBe('moon.shoot')
  expect(subjectOf('identity-secret.rotate', '3')).toBe('identity secret ')
  expect([subjectOf('account.sign-in', 'account:2'), subjectOf('settings.update', 'settings'), subjectOf('event.mark', 'events by filter')]).toEqual(['', '', ''])
})
