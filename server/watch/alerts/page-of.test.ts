import { expect, it } from 'vitest'
import { pagesAt } from './page-of.ts'

it('leads to an alert, an event and the first page, under the address it was told', () => {
  const pageOf = pagesAt('https://votes.example.com:8443')
  expect([pageOf('alerts', '0b5e0f3c-6a0e-4d39-8f3c-3d1a1c0f1a11'), pageOf('events', '1'), pageOf()]).toEqual([
    'https://votes.example.com:8443/dashboard/alerts/0b5e0f3c-6a0e-4d39-8f3c-3d1a1c0f1a11', 'https://votes.example.com:8443/dashboard/events/1',
    'https://votes.example.com:8443/dashboard/',
  ])
  expect(pageOf('alerts', '../x?y=<|>#z')).toBe('https://votes.example.com:8443/dashboard/alerts/..%2Fx%3Fy%3D%3C%7C%3E%23z')
})

it('leads nowhere without one', () => {
  const pageOf = pagesAt(undefined)
  expect([pageOf('alerts', 'x'), pageOf()]).toEqual([null, null])
})
