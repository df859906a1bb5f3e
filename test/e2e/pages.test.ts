/** The same widget on difficult pages: a strict policy, a hostile stylesheet, a router that mounts and destroys all day. */
import type { Locator, Page } from 'playwright'
import { expect, test } from 'vitest'
import type { VoteRequest } from '../../server/contract/widget.ts'
import { en } from '../../widget/src/messages/en.ts'
import { DARK, EXPORT, OFFLINE, SEARCH, SHARED, answered, boardShown, expectSoon, field, openForm, readVote, vote, voteControl } from './board.ts'
import { fingerprintRead } from './fingerprint-read.ts'
import { clickByHand } from './hand.ts'
import { useStage } from './stage.ts'
import { isBoardRead, isFingerprintScript, isVote } from './traffic.ts'

const stage = useStage({ fingerprint: 'on' })

test('under a strict policy with Trusted Types everything works and the policy has nothing to refuse', async () => {
  const page = await stage.open(`${stage.site}/strict-csp`)
  await boardShown(page)
  await fingerprintRead(page)
  const cast = await vote(page, OFFLINE)
  await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })
  expect((cast.request().postDataJSON() as VoteRequest).fingerprint).toMatch(/^[0-9a-f]{32}$/)
  const form = await openForm(page)
  await field(form, 'feedbackTitle').fill('Strict and working')
  await form.getByRole('button', { name: en.send }).click()
  await page.getByText(en.feedbackSent).waitFor()

  await page.getByRole('status').filter({ hasText: '0 violations' }).waitFor()
  expect(await page.evaluate('northwind.seen.violations.length')).toBe(0)
  // The page does count: a style that the policy forbids shows.
  await page.evaluate(`document.body.setAttribute('style', 'color: red')`)
  await page.getByRole('status').filter({ hasText: '1 violation' }).waitFor()
})

/** What a stylesheet of the page could spoil, as it is computed. */
const LOOK = [
  'display', 'direction', 'visibility', 'position', 'color', 'background-color', 'background-image', 'border-top-width', 'border-top-style',
  'border-radius', 'font-size', 'font-style', 'font-weight', 'font-variant-caps', 'font-family', 'line-height', 'letter-spacing', 'word-spacing',
  'text-align', 'text-decoration-line', 'text-indent', 'text-shadow', 'text-transform', 'transform', 'cursor', 'padding-top', 'margin-top',
  'min-height', 'float', 'clear', 'z-index', 'list-style-type', 'white-space-collapse', 'opacity', 'box-sizing',
]

async function lookOf(control: Locator): Promise<Record<string, string>> {
  return control.evaluate((element, properties) => {
    const style = element.ownerDocument.defaultView.getComputedStyle(element)
    return Object.fromEntries(properties.map((property) => [property, style.getPropertyValue(property) as string]))
  }, LOOK)
}

async function looksOn(page: Page, path: string): Promise<Record<string, Record<string, string>>> {
  await page.goto(`${stage.site}${path}`)
  await boardShown(page)
  const form = page.getByRole('form', { name: en.feedback }).last()
  await form.waitFor()
  await page.mouse.move(0, 0)
  const controls = {
    vote: voteControl(page, DARK),
    tally: voteControl(page, DARK).getByText('0'),
    title: page.getByText(DARK, { exact: true }),
    status: page.getByText(en.status_started, { exact: true }),
    opener: page.getByRole('button', { name: en.feedback }),
    label: form.getByText(en.feedbackTitle).first(),
    field: field(form, 'feedbackTitle'),
    kind: form.getByText(en.kind_bug, { exact: true }),
    send: form.getByRole('button', { name: en.send }),
  }
  const looks = await Promise.all(Object.entries(controls).map(async ([name, control]) => [name, await lookOf(control)] as const))
  return Object.fromEntries(looks)
}

test('a hostile stylesheet changes nothing about the widget, and voting under it works', async () => {
  const page = await stage.open('about:blank')
  const peaceful = await looksOn(page, '/article')
  const hostile = await looksOn(page, '/hostile-css')
  expect(hostile).toEqual(peaceful)

  const control = voteControl(page, DARK)
  expect(hostile['vote']).toMatchObject({ direction: 'ltr', visibility: 'visible', 'text-transform': 'none', transform: 'none' })
  const fontSize = Number.parseFloat(hostile['vote']?.['font-size'] ?? '')
  expect(fontSize).toBeGreaterThanOrEqual(14)
  expect(fontSize).toBeLessThanOrEqual(20)
  const box = await control.boundingBox()
  expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
  expect(Math.max(box?.width ?? 0, box?.height ?? 0)).toBeLessThanOrEqual(120)

  await answered(page, () => clickByHand(page, control))
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 1, voted: true })
})

/** The ink of the hostile stylesheet, which none of the widget's colours comes near. */
const HOSTILE_INK = [74, 13, 66]

test('nothing that the hostile stylesheet draws reaches into the widget: no line under its words, no ink of the page', async () => {
  const page = await stage.open(`${stage.site}/hostile-css`, { colorScheme: 'light' })
  await boardShown(page)
  const board = await boards(page).screenshot()
  const around = await page.getByRole('heading', { level: 1 }).screenshot()
  expect(await countPixels(page, around, HOSTILE_INK)).toBeGreaterThan(100)
  // Underlines are not inherited and no computed style shows them; they are painted through every block inside.
  expect(await countPixels(page, board, HOSTILE_INK)).toBe(0)
})

/** Pixels of a PNG that have about this colour; counted by the browser, which can decode it. */
async function countPixels(page: Page, png: Buffer, colour: readonly number[]): Promise<number> {
  return page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (letter) => letter.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
    canvas.drawImage(image, 0, 0)
    const { data } = canvas.getImageData(0, 0, image.width, image.height)
    let found = 0
    for (let at = 0; at < data.length; at += 4) if (${JSON.stringify(colour)}.every((value, part) => Math.abs(data[at + part] - value) < 12)) found += 1
    return found
  })()`)
}

const route = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('navigation', { name: 'App' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}
const boards = (page: Page): Locator => page.getByRole('region', { name: 'Northwind Notes' })

test('twenty visits to a view leave one board, and no listener, node or request too many', async () => {
  const page = await stage.open(`${stage.site}/spa`)
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  const devtools = await page.context().newCDPSession(page)
  async function visitRoadmap(times: number): Promise<{ nodes: number; jsEventListeners: number }> {
    for (let visit = 0; visit < times; visit += 1) {
      await route(page, 'Roadmap')
      await boardShown(page)
      await route(page, 'Overview')
      await expectSoon(() => boards(page).count()).toBe(0)
    }
    await devtools.send('HeapProfiler.collectGarbage')
    return devtools.send('Memory.getDOMCounters')
  }
  await visitRoadmap(1)
  // It makes elements of its own, once, whenever the page first has a moment: before the counting.
  await fingerprintRead(page)
  const early = await visitRoadmap(4)
  const reads = stage.traffic.requests.filter(isBoardRead).length
  const late = await visitRoadmap(20)
  expect(late.jsEventListeners - early.jsEventListeners).toBeLessThanOrEqual(5)
  // A board that stayed would be a hundred nodes each time; a few stay with the browser's own record of input events.
  expect(late.nodes - early.nodes).toBeLessThanOrEqual(20 * 10)
  expect(stage.traffic.requests.filter(isBoardRead).length - reads).toBeLessThanOrEqual(20)
  expect(await page.getByRole('status', { name: 'Widget mounts' }).innerText()).toMatch(/25[\s\S]*25[\s\S]*\b0\b/)

  await route(page, 'Roadmap')
  await boardShown(page)
  expect(await boards(page).count()).toBe(1)
  const before = stage.traffic.requests.filter(isVote).length
  await vote(page, EXPORT)
  await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 1, voted: true })
  expect(stage.traffic.requests.filter(isVote).length - before).toBe(1)
  expect(stage.traffic.requests.filter((request) => isFingerprintScript(request) && request.frame().page() === page)).toHaveLength(1)
})

test('two boards on one page tell the same story', async () => {
  const page = await stage.open(`${stage.site}/spa/side-by-side`)
  await expectSoon(() => boards(page).count()).toBe(2)
  await boardShown(page)
  const [left, right] = [boards(page).first(), boards(page).last()]
  await vote(page, SEARCH, left)
  await expectSoon(() => readVote(right, SEARCH)).toEqual({ votes: 1, voted: true })
  await vote(page, SHARED, right)
  await expectSoon(() => readVote(left, SHARED)).toEqual({ votes: 1, voted: true })
  await vote(page, SEARCH, right)
  await expectSoon(() => readVote(left, SEARCH)).toEqual({ votes: 0, voted: false })
})

test('a page without the widget’s script says so instead of showing a hole', async () => {
  const page = await stage.open('about:blank')
  await page.route('**/widget.js', (script) => script.abort())
  await page.goto(stage.site)
  await page.getByText(`This part could not load from ${stage.widget}.`).waitFor()
  expect(await page.getByText('Not signed in').count()).toBe(1)
})
