import { expect, test } from 'vitest'
import { DEMO_PEOPLE, type DemoPerson } from './people.ts'
import { MAX_SESSIONS, SignInSessions, readCookie } from './sign-in-sessions.ts'

const [mira] = DEMO_PEOPLE as [DemoPerson, ...DemoPerson[]]

test('the oldest session makes room for the newest', () => {
  const sessions = new SignInSessions()
  const ids = Array.from({ length: MAX_SESSIONS + 1 }, () => sessions.open(mira))
  expect(new Set(ids).size).toBe(MAX_SESSIONS + 1)
  expect(sessions.find(ids[0])).toBeUndefined()
  expect(sessions.find(ids[1])).toBe(mira)
  expect(sessions.find(ids.at(-1))).toBe(mira)
})

test('a cookie is found among others by its whole name', () => {
  expect(readCookie('a=1; northwind_session_4100=abc; b=2', 'northwind_session_4100')).toBe('abc')
  expect(readCookie('not_northwind_session_4100=abc', 'northwind_session_4100')).toBeUndefined()
  expect(readCookie(undefined, 'a')).toBeUndefined()
})
