/** Fingerprints are read where the project and the visitor allow it, late, by a script of the widget’s own origin. */
import type { Page } from 'playwright'
import { beforeEach, expect, test } from 'vitest'
import type { VoteRequest } from '../../server/contract/widget.ts'
import { DARK, EXPORT, OFFLINE, SEARCH, SHARED, boardShown, expectSoon, readVote, vote, voteControl } from './board.ts'
import { fingerprintRead } from './fingerprint-read.ts'
import { useStage } from './stage.ts'
import { isBoardRead, isFingerprintScript } from './traffic.ts'

const stage = useStage({ fingerprint: 'on' })
let from = 0
beforeEach(() => {
  from = stage.traffic.requests.length
})

const scripts = () => stage.traffic.requests.slice(from).filter(isFingerprintScript)

/** The fingerprint a vote carried. */
async function sent(page: Page, title: string): Promise<string | undefined> {
  const answer = await vote(page, title)
  expect(answer.status()).toBe(200)
  return (answer.request().postDataJSON() as VoteRequest).fingerprint
}

/** The page has had the idle moment in which it loads what it loads unasked: that is due after 5 s at the latest, and was asked for first. */
const idle = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((resolve) => requestIdleCallback(resolve, { timeout: 6000 }))')

test('mode on: nothing is loaded for a page that is busy, and the script comes once with the first interest', async () => {
  const page = await stage.open('about:blank')
  // A page that never has a moment to spare: only the visitor’s interest can start it.
  await page.addInitScript('window.whenIdle = window.requestIdleCallback; window.requestIdleCallback = () => 0')
  await page.goto(stage.site)
  await boardShown(page)
  expect(scripts()).toEqual([])

  await page.evaluate('window.requestIdleCallback = window.whenIdle')
  await voteControl(page, OFFLINE).hover()
  await expectSoon(() => scripts().length).toBe(1)
  await fingerprintRead(page)
  const visitorId = await sent(page, OFFLINE)
  expect(visitorId).toMatch(/^[0-9a-f]{32}$/)
  expect(await sent(page, OFFLINE)).toBe(visitorId)
  expect(scripts().map((request) => request.url())).toEqual([`${stage.widget}/fingerprint.js`])
  expect((await stage.operator.listVotes()).map(({ fingerprint }) => fingerprint)).toEqual([visitorId])
})

test('mode on: in an idle moment it comes unasked, after the board', async () => {
  const page = await stage.open(stage.site)
  await expectSoon(() => scripts().length).toBe(1)
  const order = stage.traffic.requests.slice(from)
  expect(order.findIndex(isBoardRead)).toBeGreaterThanOrEqual(0)
  expect(order.findIndex(isBoardRead)).toBeLessThan(order.findIndex(isFingerprintScript))
  await boardShown(page)
})

test('mode on: a content blocker that stops the script does not stop the vote', async () => {
  const page = await stage.open('about:blank')
  await page.route('**/fingerprint.js', (route) => route.abort())
  await page.goto(stage.site)
  await boardShown(page)
  expect(await sent(page, SEARCH)).toBeUndefined()
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })
})

test('mode off: it is never asked for', async () => {
  await stage.operator.configure({ fingerprint: 'off' })
  const page = await stage.open(stage.site)
  await boardShown(page)
  await idle(page)
  await page.evaluate('Truetally.consent(true)')
  expect(await sent(page, DARK)).toBeUndefined()
  await idle(page)
  expect(scripts()).toEqual([])
})

test('mode consent: it waits for the visitor’s yes, and stops with their no', async () => {
  await stage.operator.configure({ fingerprint: 'consent' })
  const page = await stage.open(stage.site)
  await boardShown(page)
  await idle(page)
  expect(await sent(page, SHARED)).toBeUndefined()
  expect(scripts()).toEqual([])

  await page.evaluate('Truetally.consent(true)')
  await expectSoon(() => scripts().length).toBe(1)
  await fingerprintRead(page)
  expect(await sent(page, EXPORT)).toMatch(/^[0-9a-f]{32}$/)

  await page.evaluate('Truetally.consent(false)')
  expect(await sent(page, EXPORT)).toBeUndefined()
})

test('another language, time zone, browser name or screen makes another fingerprint, and the machine’s hash stays the same', async () => {
  await stage.operator.configure({ fingerprint: 'on' })
  const votes: VoteRequest[] = []
  for (const options of [
    {},
    { locale: 'pt-BR', timezoneId: 'Asia/Tokyo' },
    { userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36' },
    { viewport: { width: 800, height: 1200 }, deviceScaleFactor: 2, colorScheme: 'dark' as const },
  ]) {
    const page = await stage.open(stage.site, options)
    await boardShown(page)
    await fingerprintRead(page)
    votes.push((await vote(page, EXPORT)).request().postDataJSON() as VoteRequest)
  }
  expect(votes[0]?.signals?.core).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(votes.map(({ signals }) => signals?.core)).size).toBe(1)
  expect(new Set(votes.map(({ fingerprint }) => fingerprint)).size).toBeGreaterThan(2)
})

test('reading a fingerprint asks nobody but the page’s own two origins', () => {
  expect(stage.traffic.requests.filter(isFingerprintScript).length).toBeGreaterThanOrEqual(3)
  expect(stage.traffic.strangers([stage.widget, stage.site])).toEqual([])
})
