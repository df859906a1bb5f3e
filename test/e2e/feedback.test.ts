/** The feedback form, on its own below an article and inside the board: nothing written is lost, nothing sent is run. */
import type { Locator, Page } from 'playwright'
import { expect, test } from 'vitest'
import { en } from '../../widget/src/messages/en.ts'
import { boardShown, expectSoon, field, openForm } from './board.ts'
import { holdBack } from './hold-back.ts'
import { isFocused } from './keyboard.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const FEEDBACK = /\/feedback$/
const TITLE = '<img src=x onerror="document.title=1"><script>document.title=2</script> “naïve” & 5 < 6 🗳️'
const BODY = 'First line\n\n  second, indented: </textarea><b>bold</b>\nدرود'

/** A page may have a form more, put away. */
const thanks = (page: Page): Locator => page.getByText(en.feedbackSent).filter({ visible: true })

async function openArticle(): Promise<{ page: Page; form: Locator; send: Locator }> {
  const page = await stage.open(`${stage.site}/article`)
  const form = page.getByRole('form', { name: en.feedback })
  await form.waitFor()
  return { page, form, send: form.getByRole('button', { name: en.send }) }
}

/** What assistive technology reads after a field’s name. */
const descriptionOf = (control: Locator): Promise<string> =>
  control.evaluate((element) => {
    const ids = `${element.getAttribute('aria-describedby') ?? ''} ${element.getAttribute('aria-errormessage') ?? ''}`.split(/\s+/)
    return ids.map((id) => element.getRootNode().getElementById(id)?.textContent ?? '').join(' ').trim() as string
  })

test('what is sent from a form below an article reaches the moderators to the letter and runs nowhere', async () => {
  const { page, form, send } = await openArticle()
  await form.getByRole('radio', { name: en.kind_bug }).check()
  await field(form, 'feedbackTitle').fill(TITLE)
  await field(form, 'feedbackBody').fill(BODY)
  await field(form, 'feedbackEmail').fill('mira@northwind.example')
  await send.click()
  await thanks(page).waitFor()

  expect(await stage.operator.listFeedback()).toEqual([
    expect.objectContaining({ kind: 'bug', title: TITLE, body: BODY, email: 'mira@northwind.example', state: 'new', tier: 'device' }),
  ])
  expect(await page.title()).toBe('The Monday list · Northwind Journal')

  await page.getByRole('button', { name: en.feedbackMore }).click()
  expect(await field(form, 'feedbackTitle').inputValue()).toBe('')
  expect(await isFocused(field(form, 'feedbackTitle'))).toBe(true)
})

test('a form that is not filled in sends nothing, puts the focus where work is left, and says what is missing', async () => {
  const { form, send } = await openArticle()
  const [title, email] = [field(form, 'feedbackTitle'), field(form, 'feedbackEmail')]
  await email.fill('nobody')
  await send.click()
  await expectSoon(() => isFocused(title)).toBe(true)
  expect(await title.getAttribute('aria-invalid')).toBe('true')
  expect(await descriptionOf(title)).toContain(en.titleMissing)
  await form.getByText(en.titleMissing).waitFor()
  await form.getByText(en.emailInvalid).waitFor()

  await title.fill('Something')
  await send.click()
  await expectSoon(() => isFocused(email)).toBe(true)
  expect(await descriptionOf(email)).toContain(en.emailInvalid)
  expect(await title.getAttribute('aria-invalid')).not.toBe('true')
  expect((await stage.operator.listFeedback()).map((one) => one.title)).not.toContain('Something')
})

test('an address that only the server refuses is marked like one the browser would', async () => {
  const { form, send } = await openArticle()
  await field(form, 'feedbackTitle').fill('From the inside')
  await field(form, 'feedbackEmail').fill('root@localhost')
  await send.click()
  await form.getByText(en.emailInvalid).waitFor()
  await expectSoon(() => isFocused(field(form, 'feedbackEmail'))).toBe(true)
  expect(await field(form, 'feedbackTitle').inputValue()).toBe('From the inside')
})

test('when the network fails the text stays, the reason is announced, and sending again works', async () => {
  const { page, form, send } = await openArticle()
  await page.route(FEEDBACK, (route) => route.abort())
  await field(form, 'feedbackTitle').fill('Kept')
  await field(form, 'feedbackBody').fill(BODY)
  await send.click()
  await form.getByRole('status').filter({ hasText: en.feedbackNotSent }).waitFor()
  await form.getByRole('status').filter({ hasText: en.problem_network }).waitFor()
  expect(await field(form, 'feedbackTitle').inputValue()).toBe('Kept')
  expect(await field(form, 'feedbackBody').inputValue()).toBe(BODY)

  await page.unroute(FEEDBACK)
  await send.click()
  await thanks(page).waitFor()
  expect((await stage.operator.listFeedback()).filter((one) => one.title === 'Kept')).toHaveLength(1)
})

test('a slow server shows that it is sending, and a second press sends nothing twice', async () => {
  const { page, form, send } = await openArticle()
  const gate = await holdBack(page, FEEDBACK)
  await field(form, 'feedbackTitle').fill('Once')
  await send.click()
  const sending = form.getByRole('button', { name: en.sending })
  await sending.waitFor()
  await sending.press('Enter')
  await gate.open()
  await thanks(page).waitFor()
  expect((await stage.operator.listFeedback()).filter((one) => one.title === 'Once')).toHaveLength(1)
})

test('while it is being sent it shows that it takes no typing and keeps the focus; when that fails, writing goes on where it was', async () => {
  const { page, form, send } = await openArticle()
  const gate = await holdBack(page, FEEDBACK)
  const title = field(form, 'feedbackTitle')
  const [idea, bug] = [form.getByRole('radio', { name: en.kind_idea }), form.getByRole('radio', { name: en.kind_bug })]
  await title.fill('Sent as it was')
  await title.press('Enter')
  await form.getByRole('button', { name: en.sending }).waitFor()
  expect(await form.getAttribute('aria-busy')).toBe('true')
  expect(await isFocused(title)).toBe(true)
  expect(await Promise.all((['feedbackTitle', 'feedbackBody', 'feedbackEmail'] as const).map((name) => field(form, name).isEditable()))).toEqual([false, false, false])
  await page.keyboard.type(', and more')
  await bug.click({ force: true })
  await idea.press('ArrowRight')
  expect(await title.inputValue()).toBe('Sent as it was')
  expect(await idea.isChecked()).toBe(true)

  await gate.open((route) => route.abort())
  await form.getByRole('status').filter({ hasText: en.feedbackNotSent }).waitFor()
  expect(await form.getAttribute('aria-busy')).toBe('false')
  await title.press('End')
  await page.keyboard.type(', and more')
  await bug.check()
  await page.unroute(FEEDBACK)
  await send.click()
  await thanks(page).waitFor()
  expect((await stage.operator.listFeedback()).filter((one) => one.title.startsWith('Sent as it was')).map(({ kind, title: sent }) => [kind, sent]))
    .toEqual([['bug', 'Sent as it was, and more']])
})

test('the board’s form opens on its first field, keeps the page’s shortcuts out, and Escape gives the focus back', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await page.evaluate(`heard = 0; document.addEventListener('keydown', (event) => { if (event.key.length === 1) heard += 1 })`)
  const form = await openForm(page)
  await expectSoon(() => isFocused(field(form, 'feedbackTitle'))).toBe(true)
  await page.keyboard.type('Typed without a shortcut')
  expect(await field(form, 'feedbackTitle').inputValue()).toBe('Typed without a shortcut')
  expect(await page.evaluate('heard')).toBe(0)
  expect(await page.getByRole('button', { name: en.feedback }).getAttribute('aria-expanded')).toBe('true')

  await page.keyboard.press('Escape')
  await form.waitFor({ state: 'hidden' })
  await expectSoon(() => isFocused(page.getByRole('button', { name: en.feedback }))).toBe(true)
  expect(await page.getByRole('button', { name: en.feedback }).getAttribute('aria-expanded')).toBe('false')

  // Put away is not thrown away.
  await openForm(page)
  expect(await field(form, 'feedbackTitle').inputValue()).toBe('Typed without a shortcut')
  await page.keyboard.press('Enter')
  await thanks(page).waitFor()
})
