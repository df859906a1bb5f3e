/** The board as a moderator keeps it: items and their order, a merge with its preview and its undo, the inbox, expected crowds. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { beforeAll, describe, expect, test } from 'vitest'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { holdBack } from './hold-back.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage()
/** What a stranger may have written. */
const HOSTILE = '<img src=x onerror=alert(1)>\u202Etxt.exe'
const project = 'pk_demo'
const items: Record<string, string> = {}

async function call<T>(path: string, body: object, headers: Record<string, string>, method = 'POST'): Promise<T> {
  const answer = await fetch(`${stage.widget}/api/${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return await answer.json() as T
}
const operate = <T>(path: string, body: object, method?: string): Promise<T> => call<T>(path, { project, ...body }, { authorization: `Bearer ${stage.operatorToken}` }, method)
const visit = async (): Promise<{ session: string; origin: Record<string, string> }> => {
  const origin = { 'origin': stage.site, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36' }
  return { session: (await call<{ session: string }>(`widget/v1/${project}/sessions`, {}, origin)).session, origin }
}
async function vote(...titles: string[]): Promise<void> {
  const { session, origin } = await visit()
  for (const title of titles) await call(`widget/v1/${project}/items/${items[title]}/vote`, { value: 1, session }, origin, 'PUT')
}
async function write(title: string, extra: object = {}): Promise<string> {
  const { session, origin } = await visit()
  return (await call<{ id: string }>(`widget/v1/${project}/feedback`, { kind: 'idea', title, session, ...extra }, origin)).id
}
const shownOnBoard = async (): Promise<Record<string, number>> => {
  const answer = await fetch(`${stage.widget}/api/widget/v1/${project}/board`, { headers: { origin: stage.site } })
  return Object.fromEntries((await answer.json() as { items: { title: string; votes: number }[] }).items.map(({ title, votes }) => [title, votes]))
}
const row = (page: Page, text: string) => page.getByRole('table', { name: 'Items of the board, in their order' }).getByRole('row').filter({ hasText: text })
const titles = (page: Page) => page.getByRole('table', { name: 'Items of the board, in their order' }).locator('tbody td.primary .cell > bdi').allTextContents()
const shootView = (page: Page, name: string) => page.screenshot({ path: fileURLToPath(new URL(`screenshots/${name}.png`, import.meta.url)), animations: 'disabled' })

beforeAll(async () => {
  for (const title of ['Night mode', 'Printing', HOSTILE]) items[title] = (await operate<{ id: string }>('moderation/v1/items', { title, position: 50 })).id
  const { items: all } = await (await fetch(`${stage.widget}/api/moderation/v1/items?project=${project}`, { headers: { authorization: `Bearer ${stage.operatorToken}` } })).json() as { items: { id: string; title: string }[] }
  for (const { id, title } of all) items[title] = id
  for (let n = 0; n < 3; n += 1) await vote('Night mode')
  for (let n = 0; n < 2; n += 1) await vote('Night mode', 'Dark theme for the editor')
  for (let n = 0; n < 4; n += 1) await vote('Dark theme for the editor')
  await vote('Printing')
})

describe('items', () => {
  test('are added, changed, and moved with the keyboard, and the board follows', async () => {
    const page = await openDashboard(stage, `board?project=${project}`, { role: 'moderator' })
    await page.getByRole('link', { name: 'Add an item' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add an item' })
    await dialog.getByLabel('Title').fill('Templates')
    // Half written, and the page is loaded again: nothing is lost.
    await page.reload()
    expect(await dialog.getByLabel('Title').inputValue()).toBe('Templates')
    await dialog.getByLabel('Description').fill('Begin with one.')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await row(page, 'Templates').waitFor()
    expect(Object.keys(await shownOnBoard())).toContain('Templates')

    await page.getByRole('link', { name: 'Edit Templates' }).click()
    await page.getByRole('dialog').getByLabel('Status').selectOption('planned')
    await page.getByRole('dialog').getByLabel('Title').fill('Templates for notes')
    await page.keyboard.press('Enter')
    await expect.poll(() => row(page, 'Templates for notes').textContent()).toContain('planned')

    const before = await titles(page)
    const place = before.indexOf('Printing')
    await page.getByRole('button', { name: 'Move Printing up' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => titles(page)).toEqual(before.toSpliced(place - 1, 2, 'Printing', before[place - 1] as string))
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Move Printing up')
    await expect.poll(async () => Object.keys(await shownOnBoard()).indexOf('Printing')).toBe(place - 1)
    await page.getByText(`Printing is number ${place} of`).waitFor({ state: 'attached' })
    await shoot(page, 'dashboard-board-items')
  })

  test('a merge tells what it will do, does that, and is taken back from its list', async () => {
    const page = await openDashboard(stage, `board?project=${project}`, { role: 'moderator' })
    await page.getByRole('link', { name: 'Merge Night mode' }).click()
    const dialog = page.getByRole('dialog', { name: 'Merge into another item' })
    expect(await dialog.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true)
    await dialog.getByLabel('Into').selectOption({ label: 'Dark theme for the editor' })
    await dialog.getByText('shows 9 instead of 6 votes').waitFor()
    expect(await dialog.textContent()).toContain('3 votes go along')
    expect(await dialog.textContent()).toContain('2 votes stay behind')
    await dialog.getByLabel('Reason').fill('Both ask for dark colours')
    await shootView(page, 'dashboard-board-merge')
    // Whoever gets the address sees the same preview.
    expect(new URL(page.url()).searchParams.get('into')).toBe(items['Dark theme for the editor'])
    // Names of buttons and options as well: nothing in them turns the text around.
    expect((await page.content()).includes('\u202E')).toBe(false)
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
    await page.getByText('was merged, and 3 votes went with it').waitFor()
    await expect.poll(() => row(page, 'Dark theme').textContent()).toContain('9 counted')
    expect(await row(page, 'Night mode').count()).toBe(0)
    expect(await shownOnBoard()).toMatchObject({ 'Dark theme for the editor': 9 })
    await shoot(page, 'dashboard-board-merged')

    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByRole('button', { name: 'Undo the merge of Night mode' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('One is about the editor only')
    await page.getByRole('dialog').getByRole('button', { name: 'Undo the merge' }).click()
    await row(page, 'Night mode').waitFor()
    expect(await shownOnBoard()).toMatchObject({ 'Dark theme for the editor': 6, 'Night mode': 5 })
    await page.getByText('undone').waitFor()
  })

  test('the notice of a merge takes it back as well', async () => {
    const page = await openDashboard(stage, `board?project=${project}&merge=${items['Night mode']}&into=${items['Printing']}`, { role: 'moderator' })
    await page.getByRole('dialog').getByText('shows 6 instead of 1 vote').waitFor()
    await page.getByRole('dialog').getByLabel('Reason').fill('A slip')
    await page.getByRole('dialog').getByRole('button', { name: 'Merge', exact: true }).click()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('is on the board again, with its votes').waitFor()
    expect(await shownOnBoard()).toMatchObject({ 'Printing': 1, 'Night mode': 5 })
  })

  test('a viewer sees all of it and no button', async () => {
    const page = await openDashboard(stage, `board?project=${project}&edit=new`, { role: 'viewer' })
    await row(page, 'Printing').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await page.getByRole('link', { name: /^(Add|Edit|Merge|Feedback)/ }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /^(Move|Undo)/ }).count()).toBe(0)
  })
})

describe('the inbox', () => {
  test('is read to its end with the keyboard: rejected with a note, accepted, made an item', async () => {
    await write('Fix the colours', { kind: 'bug' })
    await write('Templates for letters', { body: 'I write many.\nMy number is 555-0100.', email: 'ada@example.com' })
    const page = await openDashboard(stage, `board?tab=feedback&project=${project}`, { role: 'moderator' })
    const list = page.getByRole('list', { name: 'Feedback, newest first' })
    await list.getByRole('link').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Fix the colours' }).waitFor()
    await page.getByLabel('Note').fill('Known')
    await page.getByRole('button', { name: 'Reject' }).press('Enter')
    // The next new one is open, and the keyboard is there.
    await page.getByRole('heading', { name: 'Templates for letters' }).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Templates for letters')
    await shoot(page, 'dashboard-board-feedback')

    await page.getByRole('button', { name: 'Make an item of it' }).click()
    const dialog = page.getByRole('dialog', { name: 'Make an item of it' })
    expect(await dialog.getByLabel('Description').inputValue()).toContain('555-0100')
    await dialog.getByLabel('Description').fill('Letters begin with a template.')
    await dialog.getByRole('button', { name: 'Put it on the board' }).click()
    await page.getByText('is on the board, and the feedback is accepted').waitFor()
    await expect.poll(() => page.getByText(/^item \d+ on the board$/).count()).toBe(1)
    expect(Object.keys(await shownOnBoard())).toContain('Templates for letters')
    // What is written while the note before it is on its way stays, and is not what is said to be kept.
    const answers = await holdBack(page, /\/moderation\/v1\/feedback\/\d+$/)
    await page.getByLabel('Note').fill('Asked for twice')
    await page.getByRole('button', { name: 'Save the note' }).click()
    await expect.poll(() => answers.held.length).toBe(1)
    await page.getByLabel('Note').fill('Asked for twice, by one person')
    await answers.open()
    await page.getByText('“Templates for letters” is accepted.').waitFor()
    expect(await page.getByLabel('Note').inputValue()).toBe('Asked for twice, by one person')
    await page.getByRole('button', { name: 'Save the note' }).click()
    await expect.poll(async () => (await stage.operator.listFeedback()).find(({ title }) => title === 'Templates for letters')?.note).toBe('Asked for twice, by one person')
    expect(await page.getByLabel('Note').inputValue()).toBe('Asked for twice, by one person')

    await page.getByLabel('State').selectOption('rejected')
    await list.getByRole('link', { name: /Fix the colours/ }).waitFor()
    await page.getByLabel('Search').fill('nobody wrote that')
    await page.getByText('Nothing fits.').waitFor()
    await page.getByLabel('Search').fill('COLOURS')
    await list.getByRole('link', { name: /Fix the colours/ }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('COLOURS')
    expect(await list.getByRole('link').count()).toBe(1)
    // The tab asks for all of it: what was typed before does not come back.
    await page.getByRole('link', { name: 'Feedback', exact: true }).click()
    await page.getByText('Nothing new. Well done.').waitFor()
    expect(await page.getByLabel('Search').inputValue()).toBe('')
  })

  test('undoing takes it back from wherever the person is, and moves them nowhere', async () => {
    const id = await write('Smaller letters')
    const other = await write('Larger letters')
    const page = await openDashboard(stage, `board?tab=feedback&project=${project}&open=${id}`, { role: 'moderator' })
    await page.getByRole('button', { name: 'Reject' }).click()
    const undo = page.locator('.toast').getByRole('button', { name: 'Undo' })
    // The next one is opened: there is somewhere to go.
    await page.getByRole('heading', { name: 'Larger letters' }).waitFor()
    await page.getByRole('link', { name: 'Votes', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Votes' }).waitFor()
    await undo.click()
    await page.getByText('“Smaller letters” is new again.').waitFor()
    expect(new URL(page.url()).pathname).toBe('/dashboard/votes')
    for (const one of [id, other]) await operate(`moderation/v1/feedback/${one}`, { state: 'rejected' }, 'PATCH')
  })

  test('a shared address opens one that is not listed, and what strangers wrote stays text', async () => {
    const id = await write(HOSTILE, { body: `${HOSTILE}\n${'long '.repeat(900)}`, kind: 'other' })
    await operate(`moderation/v1/feedback/${id}`, { state: 'rejected' }, 'PATCH')
    const page = await openDashboard(stage, `board?tab=feedback&project=${project}&open=${id}`, { role: 'moderator' })
    await page.getByRole('heading', { name: /<img src=x onerror=alert\(1\)>/ }).waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.getByRole('heading', { level: 2 }).getByText('U+202E').count()).toBe(1)
    await expectAccessible(page)
    await page.setViewportSize(NARROW)
    await shootView(page, 'dashboard-board-feedback-360-dark')
  })
})

test('a crowd is announced for an item and called off again', async () => {
  const page = await openDashboard(stage, `board?tab=spikes&project=${project}`, { role: 'moderator' })
  // The page’s clock, which ticks every ten seconds, has not ticked since a minute began: what begins with that minute is going on all the same.
  await page.addInitScript(`{ const every = setInterval; globalThis.setInterval = (act, ms, ...rest) => (ms === 10_000 ? 0 : every(act, ms, ...rest)) }`)
  const minute = Math.floor(Date.now() / 60_000) * 60_000
  await page.clock.setFixedTime(minute - 2000)
  await page.reload()
  await page.getByText('No crowd was ever announced.').waitFor()
  await page.clock.setFixedTime(minute)
  await page.getByRole('link', { name: 'Announce a crowd' }).click()
  const dialog = page.getByRole('dialog', { name: 'Announce a crowd' })
  await dialog.getByLabel('For').selectOption({ label: 'Printing' })
  await dialog.getByLabel('To', { exact: true }).fill('2020-01-01T10:00')
  await dialog.getByText('It ends before it begins.').waitFor()
  await dialog.getByLabel('Reason').fill('We are in the news')
  expect(await dialog.getByRole('button', { name: 'Announce it' }).isDisabled()).toBe(true)
  const tomorrow = new Date(Date.now() + 86_400_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  await dialog.getByLabel('To', { exact: true }).fill(tomorrow)
  await dialog.getByRole('button', { name: 'Announce it' }).click()
  const table = page.getByRole('table', { name: 'Expected spikes, newest first' })
  await expect.poll(() => table.getByRole('row').nth(1).textContent()).toMatch(/Printing.*going on.*We are in the news/)
  await shoot(page, 'dashboard-board-spikes')
  await expectAccessible(page)
  await page.setViewportSize(WIDE)
  await page.getByRole('button', { name: 'End now for Printing' }).click()
  await expect.poll(() => table.getByRole('row').nth(1).textContent()).toContain('ended early')
})

test('is readable in light and dark, wide and at 360 px, with a dialog open and without', async () => {
  const page = await openDashboard(stage, `board?project=${project}`, { role: 'moderator' })
  await row(page, 'Printing').waitFor()
  await expectAccessible(page)
  await page.setViewportSize(NARROW)
  await shootView(page, 'dashboard-board-items-360-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(WIDE)
  await page.getByRole('link', { name: 'Merge Printing' }).click()
  await page.getByRole('dialog').getByLabel('Into').selectOption({ label: 'Night mode' })
  await page.getByRole('dialog').getByText('instead of').waitFor()
  await expectAccessible(page)
  await page.setViewportSize(NARROW)
  await shootView(page, 'dashboard-board-merge-360-dark')
})
