/** What is seen: nothing wider than the screen, nothing that moves for who asked for stillness; and pictures to look at. */
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { en } from '../../widget/src/messages/en.ts'
import { DARK, OFFLINE, SEARCH, boardShown, expectSoon, field, openForm, readVote, vote, voteControl } from './board.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const nameOf = (path: string): string => (path === '/' ? 'product' : path.slice(1).replaceAll('/', '-'))

/** The page and the widget on it, where it has one. */
async function shown(page: Page, path: string): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  if (path === '/spa/feedback') await page.getByRole('form').waitFor()
  else if (path !== '/no-such-page') await boardShown(page)
}

const refuseVotes = (page: Page) =>
  page.route(/\/vote$/, (route) => route.fulfill({ status: 403, json: { code: 'blocked' }, headers: { 'access-control-allow-origin': stage.site } }))

const PAGES = ['/', '/article', '/strict-csp', '/hostile-css', '/spa/side-by-side', '/spa/feedback', '/no-such-page']

test.for(PAGES)('%s fits a screen of 320 px, the form open and wrong included', async (path) => {
  const page = await stage.open(`${stage.site}${path}`, { viewport: { width: 320, height: 640 }, colorScheme: 'light' })
  await shown(page, path)
  const opener = page.getByRole('button', { name: en.feedback })
  if ((await opener.count()) > 0) {
    await opener.first().click()
    const form = page.getByRole('form', { name: en.feedback }).first()
    await field(form, 'feedbackEmail').fill('a-rather-long-address-without-any-sign-in-it')
    await form.getByRole('button', { name: en.send }).click()
    await form.getByText(en.titleMissing).waitFor()
  }
  await shoot(page, `${nameOf(path)}-320-light`)
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
})

/** Starts counting what moves, in the page and in every shadow root on it. */
const WATCH_MOTION = `
  window.motions = []
  for (const root of [document, ...[...document.querySelectorAll('*')].flatMap((element) => element.shadowRoot ?? [])])
    for (const type of ['animationstart', 'transitionrun'])
      root.addEventListener(type, (event) => motions.push(type + ' ' + (event.animationName ?? event.propertyName)))`

const motionsOf = (page: Page) => page.evaluate<string[]>('motions')

/** A vote, a refused one and the form, while what moves is counted. */
async function useBoard(reducedMotion: 'reduce' | 'no-preference'): Promise<Page> {
  const page = await stage.open(stage.site, { reducedMotion })
  await boardShown(page)
  await page.evaluate(WATCH_MOTION)
  await vote(page, OFFLINE)
  await refuseVotes(page)
  await vote(page, SEARCH)
  await page.getByRole('status').filter({ hasText: en.problem_blocked }).waitFor()
  await openForm(page)
  return page
}

test('who asked for less motion sees none', async () => {
  const page = await useBoard('reduce')
  // Motion begins with a frame: two of them have been drawn since the last change.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
  expect(await motionsOf(page)).toEqual([])
  expect(await page.evaluate<number>(`[document, ...[...document.querySelectorAll('*')].flatMap((element) => element.shadowRoot ?? [])]
    .flatMap((root) => root.getAnimations()).filter((animation) => animation.playState === 'running').length`)).toBe(0)
})

test('who did not sees the vote move', async () => {
  const page = await useBoard('no-preference')
  await expectSoon(async () => (await motionsOf(page)).length).toBeGreaterThan(0)
})

test.for([
  { scheme: 'light', width: 1280, path: '/article' },
  { scheme: 'dark', width: 1280, path: '/spa/side-by-side' },
  { scheme: 'light', width: 360, path: '/spa/feedback' },
  { scheme: 'dark', width: 360, path: undefined },
] as const)('pictures, $scheme at $width px', async ({ scheme, width, path }) => {
  const page = await stage.open(stage.site, { viewport: { width, height: 800 }, colorScheme: scheme })
  await boardShown(page)
  await vote(page, DARK)
  const form = await openForm(page)
  await form.getByRole('button', { name: en.send }).click()
  await refuseVotes(page)
  await voteControl(page, SEARCH).press('Enter')
  await page.getByRole('status').filter({ hasText: en.problem_blocked }).waitFor()
  const taken = [await shoot(page, `product-busy-${width}-${scheme}`)]

  if (path === undefined) {
    await page.goto(stage.rogue)
    await page.getByRole('alert').filter({ hasText: en.loadFailed }).waitFor()
  } else {
    await page.goto(`${stage.site}${path}`)
    await shown(page, path)
  }
  taken.push(await shoot(page, `${path === undefined ? 'rogue' : nameOf(path)}-${width}-${scheme}`))
  expect(Math.min(...taken.map((png) => png.length))).toBeGreaterThan(10_000)
})

test('with forced colours a vote that was cast can be told from one that was not', async () => {
  const page = await stage.open(stage.site, { forcedColors: 'active' })
  await boardShown(page)
  await vote(page, OFFLINE)
  await expectSoon(() => readVote(page, OFFLINE)).toMatchObject({ voted: true })
  await shoot(page, 'product-forced-colors')
  const colour = (title: string): Promise<string> => voteControl(page, title).evaluate(
    (element) => element.ownerDocument.defaultView.getComputedStyle(element).backgroundColor as string)
  expect(await colour(OFFLINE)).not.toBe(await colour(SEARCH))
})
