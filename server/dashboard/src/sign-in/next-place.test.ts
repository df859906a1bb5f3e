import { expect, it } from 'vitest'
import { nextPlace } from './next-place.ts'

const from = (next: string): string => nextPlace(new URL(`https://votes.example/dashboard/sign-in?${new URLSearchParams({ next }).toString()}`))

it.each(['/dashboard/events?severity=high&ip=192.0.2.1', '/dashboard/alerts/7#notes', '/dashboard/', '/dashboard/votes/1%3A2'])('goes to %s', (next) => {
  expect(from(next)).toBe(next)
})

it.each([
  'https://evil.example/dashboard/', '//evil.example/dashboard/', String.raw`/\evil.example/dashboard/`, String.raw`\\evil.example`, 'javascript:alert(1)', 'data:text/html,x',
  '/dashboard/../api/operator/v1/tokens', '/dashboard/%2e%2e/docs', '/dashboard', '/dashboardx/', '/docs', '', 'https://votes.example@evil.example/dashboard/',
  'https://votes.example:8443/dashboard/', 'http://votes.example/dashboard/', '/dashboard/sign-in?next=/dashboard/', '/dashboard/assets/app.js', '\t//evil.example', 'https://[',
])('does not go to %j', (next) => {
  expect(from(next)).toBe('/dashboard/')
})

it('goes to the first page where nothing was asked for', () => {
  expect(nextPlace(new URL('https://votes.example/dashboard/sign-in'))).toBe('/dashboard/')
})
