/** Every demo page in light and dark, wide and narrow, judged by axe-core; and the widget under a keyboard alone. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Locator, Page } from 'playwright'
import { expect, test } from 'vitest'
import { en } from '../../widget/src/messages/en.ts'
import { OFFLINE, VOTABLE, boardShown, expectSoon, field, openForm, readVote, vote, voteControl } from './board.ts'
import { isFocused, tabTo } from './keyboard.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const WIDE = { width: 1280, height: 900 }
const NARROW = { width: 360, height: 740 }

/** One line per rule that is broken, with the elements that break it. */
async function violations(page: Page): Promise<string[]> {
  // Two boards of one project on one page do the same thing, and so have the same name.
  const rules = { 'landmark-unique': { enabled: !page.url().endsWith('/side-by-side') } }
  // Evaluated by the debugger, so that a page's policy does not keep it out.
  await page.evaluate(`if (!window.axe) { ${axe} }`)
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'], rules: ${JSON.stringify(rules)} }).then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ': ' + nodes.map(({ target, any }) => target.join(' ') + ' (' + (any[0]?.message ?? '') + ')').join('; ')))`)
}

/** Colours depend on the scheme and places on the width: the corners of the two are enough, but for the main page. */
const CORNERS = [['light', WIDE], ['dark', NARROW]] as const
const ALL = [...CORNERS, ['light', NARROW], ['dark', WIDE]] as const

async function expectAccessible(page: Page, looks: readonly (readonly ['light' | 'dark', typeof WIDE])[] = CORNERS): Promise<void> {
  for (const [colorScheme, viewport] of looks) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    expect(await violations(page), `${page.url()}, ${colorScheme}, ${viewport.width} px`).toEqual([])
  }
}

async function showErrors(form: Locator): Promise<void> {
  await field(form, 'feedbackEmail').fill('nobody')
  await form.getByRole('button', { name: en.send }).click()
  await form.getByText(en.titleMissing).waitFor()
}

test('the product page has no violation, untouched, voted on, refused, and with the form open and wrong', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  expect(await violations(page)).toEqual([])

  await vote(page, OFFLINE)
  await showErrors(await openForm(page))
  await page.route(/\/vote$/, (route) => route.fulfill({ status: 403, json: { code: 'blocked' }, headers: { 'access-control-allow-origin': stage.site } }))
  await voteControl(page, VOTABLE[1] ?? '').press('Enter')
  await page.getByRole('status').filter({ hasText: en.problem_blocked }).waitFor()
  await expectAccessible(page, ALL)
})

test.for(['/article', '/strict-csp', '/hostile-css'])('%s has no violation after a vote and with a form open and wrong', async (path) => {
  const page = await stage.open(`${stage.site}${path}`)
  await boardShown(page)
  await vote(page, OFFLINE)
  // A form of the page’s own comes by itself, if later than the board.
  const stands = (await page.locator('[data-truetally=feedback]').count()) > 0
  await showErrors(stands ? page.getByRole('form', { name: en.feedback }) : await openForm(page))
  await expectAccessible(page)
})

test.for(['/spa/side-by-side', '/spa/feedback', '/no-such-page'])('%s has no violation', async (path) => {
  const page = await stage.open(`${stage.site}${path}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const shown = { '/spa/side-by-side': voteControl(page, OFFLINE).last(), '/spa/feedback': page.getByRole('form') }[path]
  await shown?.waitFor()
  await expectAccessible(page)
})

test('the page of an origin that is refused has no violation either', async () => {
  const page = await stage.open(stage.rogue)
  await page.getByRole('alert').filter({ hasText: en.loadFailed }).waitFor()
  await expectAccessible(page)
})

test('Tab walks through the board in the order it is read, and each stop can be seen', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  const stops = [page.getByRole('button', { name: en.feedback }), ...VOTABLE.map((title) => voteControl(page, title))]
  await expectStops(page, stops)
})

test('with the form open Tab walks through its fields before the items, and each stop can be seen', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  const opener = page.getByRole('button', { name: en.feedback })
  await tabTo(page, opener)
  await page.keyboard.press('Enter')
  const form = page.getByRole('form', { name: en.feedback })
  await expectSoon(() => isFocused(field(form, 'feedbackTitle'))).toBe(true)
  await expectStops(page, [
    opener,
    form.getByRole('radio', { name: en.kind_idea }),
    field(form, 'feedbackTitle'),
    field(form, 'feedbackBody'),
    field(form, 'feedbackEmail'),
    form.getByRole('button', { name: en.send }),
    form.getByRole('button', { name: en.cancel }),
    voteControl(page, OFFLINE),
  ])
  await form.getByRole('radio', { name: en.kind_idea }).focus()
  await page.keyboard.press('ArrowRight')
  expect(await form.getByRole('radio', { name: en.kind_bug }).isChecked()).toBe(true)
})

/** Tab goes from each stop to the next, nothing between, and a stop with the focus looks different from one without. */
async function expectStops(page: Page, stops: Locator[]): Promise<void> {
  const [first, ...rest] = stops
  if (first === undefined) throw new Error('no stops')
  await tabTo(page, first)
  let control = first
  for (const next of [...rest, undefined]) {
    const box = await control.boundingBox()
    const clip = { x: (box?.x ?? 0) - 8, y: (box?.y ?? 0) - 8, width: (box?.width ?? 0) + 16, height: (box?.height ?? 0) + 16 }
    const options = { clip, caret: 'hide', animations: 'disabled' } as const
    const focused = await page.screenshot(options)
    await control.evaluate((element) => element.blur())
    expect(focused.equals(await page.screenshot(options)), `the focus on ${String(control)} can be seen`).toBe(false)
    await control.focus()
    await page.keyboard.press('Tab')
    if (next === undefined) break
    await expectSoon(() => isFocused(next)).toBe(true)
    control = next
  }
}

test('a vote by an assistive technology, which only clicks, counts like any other', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  const [title = ''] = VOTABLE.slice(2)
  const devtools = await page.context().newCDPSession(page)
  // What a screen reader does: the default action of a node of the accessibility tree, without pointer or key.
  await voteControl(page, title).evaluate((element) => element.focus())
  await devtools.send('Runtime.evaluate', {
    expression: `(() => { let at = document.activeElement; while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement; at.click() })()`,
    userGesture: true,
  })
  await expectSoon(() => readVote(page, title)).toEqual({ votes: 1, voted: true })
})
