/** The server asks for more work before it takes a vote: what the visitor sees of it, hears of it and can do about it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Locator, Page, Route } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { Challenge } from '../../server/contract/challenge.ts'
import type { VoteRequest } from '../../server/contract/widget.ts'
import { defaultPolicy, loggingPolicy } from '../../server/gate/policies/default.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { en } from '../../widget/src/messages/en.ts'
import { DARK, OFFLINE, SEARCH, SHARED, announcement, expectSoon, readVote, voteControl } from './board.ts'
import { isFocused, tabTo } from './keyboard.ts'
import { forbidWorkers, openBoard, workOf } from './proof-of-work.ts'
import { shoot } from './shoot.ts'
import { type Stage, useStage } from './stage.ts'
import { isVote } from './traffic.ts'

const VOTES = /\/vote$/
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The server’s step-up, for one item, as often as it is asked for; votes with its solution go through. */
async function demandWork(page: Page, stage: Stage, challenge: Challenge): Promise<Route[]> {
  const refused: Route[] = []
  await page.route(VOTES, async (route) => {
    const { solution = '' } = route.request().postDataJSON() as VoteRequest
    if (route.request().method() !== 'PUT' || solution.startsWith(`${challenge.nonce}:`)) return route.fallback()
    refused.push(route)
    return route.fulfill({
      status: 403, contentType: 'application/problem+json', headers: { 'access-control-allow-origin': stage.site },
      body: JSON.stringify({ type: '/problems/challenge_required', title: 'More work, please', status: 403, code: 'challenge_required', challenge }),
    })
  })
  return refused
}
const endless: Challenge = { nonce: 'a.step.up', difficulty: 26, minimumDwellMs: 0 }

const notice = (page: Page): Locator => announcement(page, en.checking)
const cancel = (page: Page): Locator => page.getByRole('button', { name: en.cancelCheck })

describe('when the server asks for more', () => {
  const stage = useStage()

  test('a check of more than a second says so politely, shows how far it is, and ends in the vote', async () => {
    const page = await openBoard(stage)
    const item = (await stage.operator.listItems()).find(({ title }) => title === OFFLINE)
    // Nothing to guess: for item 1 this nonce’s first solution comes after 2.8 million counters.
    const challenge: Challenge = { nonce: 'step.up.11', difficulty: 21, minimumDwellMs: 0 }
    expect(item?.id).toBe('1')
    await page.evaluate(`window.heard = []; Truetally.on('challenge', ({ code }) => heard.push(code))`)
    const refused = await demandWork(page, stage, challenge)
    // Written down by the page: the check does not wait until somebody outside has looked. The first, small work is none of it.
    await page.evaluate(`{
      window.shown = []
      const { shadowRoot } = document.querySelector('[data-truetally]')
      new MutationObserver(() => {
        const bar = shadowRoot.querySelector('progress')
        if (bar && heard.length && bar.value !== shown.at(-1)?.value) shown.push({ value: bar.value, says: bar.parentElement.textContent, named: bar.ariaLabel })
      }).observe(shadowRoot, { childList: true, subtree: true, attributes: true })
    }`)
    const answer = page.waitForResponse((response) => isVote(response.request()) && response.ok(), { timeout: 100_000 })
    await voteControl(page, OFFLINE).press('Enter')
    expect(await readVote(page, OFFLINE)).toMatchObject({ voted: true })
    expect(workOf((await answer).url(), (await answer).request().postDataJSON() as VoteRequest)).toBeGreaterThanOrEqual(21)
    await notice(page).waitFor({ state: 'detached' })
    expect(await readVote(page, OFFLINE)).toMatchObject({ voted: true })
    const shown = await page.evaluate<{ value: number; says: string; named: string }[]>('shown')
    const shares = shown.map(({ value }) => value)
    expect(shares.length).toBeGreaterThan(2)
    expect(shares).toEqual(shares.toSorted((one, other) => one - other))
    expect(shares.at(-1)).toBeLessThan(1)
    for (const { says, named } of shown) expect([says, named]).toEqual([expect.stringContaining(en.checking), en.checking])
    expect(await page.evaluate('heard')).toEqual(['challenge_required'])
    expect(refused).toHaveLength(1)
  })

  test('a check that is done within a second is not shown at all', async () => {
    const page = await openBoard(stage)
    // When it was shown, in ms after the press: a busy machine may take longer than the second.
    await page.evaluate(`{
      window.shown = []
      const { shadowRoot } = document.querySelector('[data-truetally]')
      let pressedAt
      shadowRoot.addEventListener('keydown', () => { pressedAt = performance.now() }, true)
      new MutationObserver(() => { if (shadowRoot.querySelector('progress')) shown.push(performance.now() - pressedAt) })
        .observe(shadowRoot, { childList: true, subtree: true })
    }`)
    await demandWork(page, stage, { nonce: 'quick', difficulty: 12, minimumDwellMs: 0 })
    await Promise.all([
      page.waitForResponse((response) => isVote(response.request()) && response.ok()), voteControl(page, SHARED).press('Enter'),
    ])
    // The browser’s timers may be early by what they round off.
    expect((await page.evaluate<number[]>('shown')).filter((after) => !(after > 990))).toEqual([])
  })

  test.for(['a worker', 'slices'])('it can be cancelled with the keyboard, in %s: the vote goes back, and that is said', async (where) => {
    const page = await openBoard(stage, '/strict-csp', where === 'slices' ? forbidWorkers : undefined)
    const refused = await demandWork(page, stage, endless)
    await tabTo(page, voteControl(page, SEARCH))
    await page.keyboard.press('Enter')
    // Where the machine is busy the first, small work has a notice of its own.
    await expectSoon(() => refused.length).toBe(1)
    await notice(page).waitFor()
    await page.getByRole('progressbar', { name: en.checking }).waitFor()
    expect(await readVote(page, SEARCH)).toMatchObject({ voted: true })
    await tabTo(page, cancel(page))
    await page.keyboard.press('Enter')
    await expectSoon(() => readVote(page, SEARCH)).toMatchObject({ voted: false })
    await announcement(page, en.problem_challenge_cancelled).waitFor()
    await announcement(page, SEARCH).waitFor()
    expect(await notice(page).count()).toBe(0)
    // The focus is where the news is, not back at the top of the page.
    await expectSoon(() => isFocused(announcement(page, en.problem_challenge_cancelled))).toBe(true)
  })

  test('the notice breaks no rule of axe, wide and narrow, light and dark, and asks for no motion', async () => {
    const page = await openBoard(stage)
    const refused = await demandWork(page, stage, endless)
    await voteControl(page, DARK).press('Enter')
    await expectSoon(() => refused.length).toBe(1)
    await notice(page).waitFor()
    await page.evaluate(`if (!window.axe) { ${axe} }`)
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
        await page.setViewportSize(viewport)
        await page.emulateMedia({ colorScheme })
        await page.waitForTimeout(50)
        const broken = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
          ({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join('; ')))`)
        expect(broken, `${colorScheme}, ${viewport.width} px`).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
        const box = await cancel(page).boundingBox()
        expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
        await shoot(page, `challenge-${colorScheme}-${viewport.width}`)
      }
    }
    const moving = await page.evaluate(`document.querySelector('[data-truetally]').shadowRoot.getAnimations().length`)
    expect(moving).toBe(0)
    await cancel(page).click()
    await expectSoon(() => readVote(page, DARK)).toMatchObject({ voted: false })
  })

  test('a step-up beyond anybody’s doing is a refusal that is said', async () => {
    const page = await openBoard(stage)
    await demandWork(page, stage, { ...endless, difficulty: 60 })
    await voteControl(page, DARK).press('Enter')
    await announcement(page, DARK).waitFor()
    expect(await readVote(page, DARK)).toMatchObject({ voted: false })
  })
})

describe('with a server that sends every vote to the step-up', () => {
  const bands: Policy['bands'] = { ...loggingPolicy.bands, 'PUT vote': [{ band: 'challenge', from: 0.01, mode: 'enforce' }] }
  const stage = useStage({ policy: { ...loggingPolicy, bands } })

  test('the vote passes it, and counts', async () => {
    const page = await openBoard(stage)
    const statuses: number[] = []
    page.on('response', (response) => {
      if (isVote(response.request())) statuses.push(response.status())
    })
    const passed = page.waitForResponse((response) => isVote(response.request()) && response.ok(), { timeout: 100_000 })
    await voteControl(page, OFFLINE).press('Enter')
    const answer = await passed
    expect(statuses).toEqual([403, 200])
    expect(workOf(answer.url(), answer.request().postDataJSON() as VoteRequest)).toBeGreaterThanOrEqual(defaultPolicy.challenge?.stepUpDifficulty ?? Number.NaN)
    await expectSoon(() => stage.operator.readTally(OFFLINE)).toMatchObject({ counted: 1, held: 0 })
  })
})
