/** Bad networks, slow servers and quick fingers: what the page shows is what is true, or says that it is not. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { en } from '../../widget/src/messages/en.ts'
import {
  DARK, EXPORT, OFFLINE, SEARCH, SHARED, announcement, boardShown, expectSoon, readVote, takenIn, vote, voteControl,
} from './board.ts'
import { clickByHand } from './hand.ts'
import { holdBack } from './hold-back.ts'
import { useStage } from './stage.ts'
import { isVote } from './traffic.ts'

const VOTES = /\/vote$/

describe('with the usual limits', () => {
  const stage = useStage()

  async function openBoard(): Promise<Page> {
    const page = await stage.open(stage.site)
    await boardShown(page)
    return page
  }
  const standing = async (title: string): Promise<number> => {
    const { counted, held } = await stage.operator.readTally(title)
    return counted + held
  }

  const votesSent = (page: Page) => stage.traffic.requests.filter((request) => isVote(request) && request.frame().page() === page)

  /** Every vote has its answer, and the page has sent no other upon it. */
  async function allAnswered(page: Page): Promise<void> {
    for (let known = -1; known !== votesSent(page).length;) {
      known = votesSent(page).length
      await Promise.all(votesSent(page).map((request) => request.response()))
      await takenIn(page)
    }
  }

  test('a vote that cannot reach the server shows at once, goes back with the reason, and passes when tried again', async () => {
    const page = await openBoard()
    const gate = await holdBack(page, VOTES)
    await clickByHand(page, voteControl(page, OFFLINE))
    await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })
    await gate.open((route) => route.abort())
    await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 0, voted: false })
    await announcement(page, en.problem_network).waitFor()
    await announcement(page, OFFLINE).waitFor()
    expect(await standing(OFFLINE)).toBe(0)
    await page.getByRole('button', { name: en.dismiss }).press('Enter')
    await announcement(page, en.problem_network).waitFor({ state: 'hidden' })

    await page.unroute(VOTES)
    await vote(page, OFFLINE)
    await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })
    expect(await standing(OFFLINE)).toBe(1)
  })

  test('a browser that is offline for a moment loses nothing: the vote goes through once it is back', async () => {
    const page = await openBoard()
    await vote(page, SEARCH)
    const failed = page.waitForEvent('requestfailed', isVote)
    // The second attempt comes while the browser is offline, too, and does not learn of it before the browser is back.
    const gate = await holdBack(page, VOTES)
    await page.route(VOTES, (route) => route.continue(), { times: 1 })
    await page.context().setOffline(true)
    await voteControl(page, SEARCH).press('Enter')
    await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 0, voted: false })
    await failed
    await expectSoon(() => gate.held.length).toBe(1)
    expect(await standing(SEARCH)).toBe(1)

    await page.context().setOffline(false)
    await gate.open()
    await expectSoon(() => standing(SEARCH)).toBe(0)
    expect(await readVote(page, SEARCH)).toEqual({ votes: 0, voted: false })
    expect(await announcement(page, SEARCH).count()).toBe(0)
  })

  test('one lost answer is asked for again, and the vote counts once', async () => {
    const page = await openBoard()
    let attempts = 0
    await page.route(VOTES, async (route) => {
      attempts += 1
      if (attempts > 1) return route.continue()
      // The server hears and records it; the visitor’s browser never learns.
      await route.fetch()
      return route.abort('connectionreset')
    })
    await voteControl(page, SHARED).press('Enter')
    await expectSoon(() => attempts).toBe(2)
    await allAnswered(page)
    await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 1, voted: true })
    expect(await standing(SHARED)).toBe(1)
  })

  test('a proxy’s error page is a busy server, said in the visitor’s words', async () => {
    const page = await openBoard()
    await page.route(VOTES, (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>', headers: { 'access-control-allow-origin': stage.site } }))
    await voteControl(page, DARK).press('Enter')
    await announcement(page, en.problem_busy).waitFor()
    await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 0, voted: false })
  })

  test('a slow board says that it is loading, and one that fails offers to try again', async () => {
    const page = await stage.open('about:blank')
    const gate = await holdBack(page, /\/board$/)
    await page.goto(stage.site)
    await announcement(page, en.loading).waitFor({ state: 'attached' })
    await expectSoon(() => gate.held.length).toBe(1)
    await gate.open()
    await boardShown(page)
    await announcement(page, en.loading).waitFor({ state: 'hidden' })

    await page.unrouteAll()
    await page.route(/\/board$/, (route) => route.abort())
    await page.reload()
    await page.getByRole('alert').filter({ hasText: en.problem_network }).waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: en.retry }).click()
    await boardShown(page)
  })

  test.for([
    { times: 2, pace: 'slow', ends: { votes: 0, voted: false } },
    { times: 2, pace: 'quick', ends: { votes: 0, voted: false } },
    { times: 3, pace: 'slow', ends: { votes: 1, voted: true } },
    { times: 3, pace: 'quick', ends: { votes: 1, voted: true } },
  ])('$times clicks as fast as they come end in the last state on a $pace server, with no request too many', async ({ times, pace, ends }) => {
    const title = `${times} clicks, ${pace}`
    await stage.operator.addItem(title)
    const page = await openBoard()
    const gate = await holdBack(page, VOTES)
    if (pace === 'quick') await gate.open()
    await clickByHand(page, voteControl(page, title), times)
    await expectSoon(() => readVote(page, title)).toEqual(ends)
    // Slow: all the clicks have come before the first request is answered.
    await gate.open()
    // The first click’s vote is sent in any case, and where the last click wants none, another one that takes it back.
    await expectSoon(() => votesSent(page).length).toBeGreaterThanOrEqual(ends.voted ? 1 : 2)
    await allAnswered(page)
    await expectSoon(() => standing(title)).toBe(ends.votes)
    expect(await readVote(page, title)).toEqual(ends)
    // Clicks during a request only move the wish: a request a click at most, and two where none was answered in between.
    expect(votesSent(page).length).toBeLessThanOrEqual(pace === 'slow' ? 2 : times)
  })

  test('a session that ends while the page is open is replaced without the visitor noticing', async () => {
    const page = await openBoard()
    await vote(page, EXPORT)
    let refused = 0
    await page.route(VOTES, async (route) => {
      if (refused > 0) return route.continue()
      refused += 1
      const body = { ...(route.request().postDataJSON() as object), session: 'a session of yesterday' }
      return route.continue({ postData: JSON.stringify(body) })
    })
    await voteControl(page, EXPORT).press('Enter')
    await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 0, voted: false })
    await expectSoon(() => standing(EXPORT)).toBe(0)
    expect(refused).toBe(1)
    expect(await announcement(page, EXPORT).count()).toBe(0)
  })
})

describe('with a limit of two votes a minute', () => {
  let now = Math.floor(Date.now() / 60_000) * 60_000
  const { windows } = defaultPolicy
  const stage = useStage({ clock: () => now, policy: { ...defaultPolicy, windows: { ...windows, voter: { limit: 2, windowMs: 60_000 } } } })

  test('the third vote goes back and says how long to wait, and after that wait it counts', async () => {
    const page = await stage.open(stage.site)
    await boardShown(page)
    await vote(page, OFFLINE)
    await vote(page, SEARCH)
    const refused = await vote(page, DARK)
    expect(refused.status()).toBe(429)
    const seconds = Number(await refused.headerValue('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    await announcement(page, en.problem_rate_limited_seconds.other.replace('{count}', String(seconds))).waitFor()
    await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 0, voted: false })
    expect(await readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })

    now += seconds * 1000
    await vote(page, DARK)
    await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 1, voted: true })
    await expectSoon(async () => (await stage.operator.listEvents('rate_limit_exceeded')).length).toBe(1)
  })
})
