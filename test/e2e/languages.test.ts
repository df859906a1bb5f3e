/** A page brings its own language: by attribute, by the page’s `lang`, ahead of the script or while the board is up. */
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { Messages } from '../../widget/src/messages/en.ts'
import { OFFLINE, SEARCH, answered, boardShown, voteControl } from './board.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage()

const GERMAN: Messages = {
  feedback: 'Rückmeldung geben',
  vote: { one: 'Für „{title}“ stimmen, {count} Stimme', other: 'Für „{title}“ stimmen, {count} Stimmen' },
  problem_voting_closed: 'Hier ist die Abstimmung beendet.',
}
const ARABIC: Messages = { feedback: 'أرسل ملاحظة', vote: 'صوّت لـ {title}، {count}' }

/** The demo’s product page with an attribute its owner would have written, there before the widget’s script runs. */
async function openChanged(selector: string, attribute: string, value: string, init = ''): Promise<Page> {
  const page = await stage.open('about:blank')
  await page.addInitScript(`${init}
    new MutationObserver(() => document.querySelector('${selector}')?.setAttribute('${attribute}', '${value}'))
      .observe(document, { childList: true, subtree: true })`)
  await page.goto(stage.site)
  return page
}
const queue = (locale: string, messages: Messages): string =>
  `(window.Truetally ??= { q: [] }).q.push((truetally) => truetally.addMessages('${locale}', ${JSON.stringify(messages)}))`

test('a language queued ahead of the script is spoken from the first word, with its plurals and its gaps in English', async () => {
  const page = await openChanged('script[data-project]', 'data-lang', 'de-AT', queue('de', GERMAN))
  await page.getByRole('button', { name: 'Rückmeldung geben' }).waitFor()
  const control = page.getByRole('button', { name: `Für „${OFFLINE}“ stimmen` })
  expect(await control.ariaSnapshot()).toContain(', 0 Stimmen')
  await answered(page, () => control.press('Enter'))
  await page.getByRole('button', { name: `Für „${OFFLINE}“ stimmen, 1 Stimme`, exact: true }).waitFor()
  await page.getByText('Planned', { exact: true }).waitFor()

  await page.route(/\/vote$/, (route) =>
    route.fulfill({ status: 409, json: { code: 'voting_closed' }, headers: { 'access-control-allow-origin': stage.site } }))
  await control.press('Enter')
  await page.getByRole('status').filter({ hasText: 'Hier ist die Abstimmung beendet.' }).waitFor()
})

test('a language added while the board is up changes it in place, and the focus stays', async () => {
  const page = await openChanged('html', 'lang', 'de')
  await boardShown(page)
  await voteControl(page, OFFLINE).focus()
  await page.evaluate(`Truetally.addMessages('de', ${JSON.stringify(GERMAN)})`)
  const control = page.getByRole('button', { name: `Für „${OFFLINE}“ stimmen` })
  await control.waitFor()
  expect(await control.evaluate((element) => element.getRootNode().activeElement === element)).toBe(true)
})

test('a language of the right-to-left kind turns the board around and writes its own digits', async () => {
  const page = await openChanged('[data-truetally=board]', 'data-lang', 'ar-EG', queue('ar', ARABIC))
  const control = page.getByRole('button', { name: `صوّت لـ ${SEARCH}، ٠` })
  await control.waitFor()
  expect(await control.innerText()).toContain('٠')
  expect(await control.evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).direction as string)).toBe('rtl')
  // The control that stands first in the reading direction is now on the right.
  const [button, title] = [await control.boundingBox(), await page.getByText(SEARCH, { exact: true }).boundingBox()]
  expect(button?.x).toBeGreaterThan(title?.x ?? Infinity)
  await shoot(page, 'product-arabic')
})
