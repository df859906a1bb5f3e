/** The audit log as an admin reads it: who changed what, and whether that is still what was written. */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { beforeAll, expect, test } from 'vitest'
import type { AuditAnswer } from '../../server/contract/audit.ts'
import { NARROW, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const PATH = 'settings/audit'
/** What a stranger may have written anywhere. */
const HOSTILE = '<img src=x onerror=alert(1)>\u202Etxt.exe'

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${stage.widget}/api/${path}`, {
    method, headers: { 'authorization': `Bearer ${stage.operatorToken}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}
const project = 'pk_demo'
const newest = async (): Promise<AuditAnswer['entries'][number]> => {
  const { entries: [entry] } = await api<AuditAnswer>('GET', 'operator/v1/audit?limit=1')
  if (entry === undefined) throw new Error('the log is empty')
  return entry
}
/** What is seen, with a dialog over the page. */
const shootView = (page: Page, name: string) => page.screenshot({ path: fileURLToPath(new URL(`screenshots/${name}.png`, import.meta.url)), animations: 'disabled' })
const table = (page: Page) => page.getByRole('table', { name: 'Changes, newest first' })
const verdict = (page: Page) => page.getByRole('region', { name: 'Is it what was written?' }).getByRole('status').first()

let block: string

beforeAll(async () => {
  const { id: item } = await api<{ id: string }>('POST', 'moderation/v1/items', { project, title: 'Keyboard shortcuts' })
  await api('PATCH', `moderation/v1/items/${item}`, { project, title: HOSTILE, status: 'planned', description: 'Without a mouse.' })
  block = (await api<{ id: string }>('POST', 'moderation/v1/blocks', { project, kind: 'ip', value: '198.51.100.9', reason: 'guesses tokens', expiresAt: Date.now() + 3_600_000 })).id
  await api('DELETE', `moderation/v1/blocks/${block}?project=${project}`)
  await api('PATCH', `operator/v1/projects/${project}`, { origins: ['https://shop.example', 'http://localhost:4100'], anonymousShare: 0.25 })
  await api('POST', 'security/v1/silences', { project, matchers: [{ name: 'rule', value: 'many-wrong-keys' }], reason: 'a load test', endsAt: Date.now() + 3_600_000 })
  await api('POST', 'operator/v1/channels', { project, kind: 'slack', name: 'On duty', settings: { url: 'https://hooks.slack.com/services/T0/B0/never-shown' } })
})

test('says who changed what from what to what, and is verified', async () => {
  const page = await openDashboard(stage, PATH)
  await expect.poll(() => verdict(page).textContent()).toMatch(/unbroken\d+ entries hold, from the first to the last\./)
  const change = table(page).getByRole('row').filter({ hasText: 'shop.example' })
  expect(await change.textContent()).toMatch(/origins.*→.*https:\/\/shop\.example/)
  expect(await change.textContent()).toContain('a test')
  await shoot(page, 'dashboard-audit')

  await change.getByRole('link', { name: 'Changed a project' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  const row = dialog.getByRole('row').filter({ hasText: 'anonymous share' })
  await expect.poll(() => row.getByRole('cell').allTextContents()).toEqual(['was none', 'now 0.25'])
  await shootView(page, 'dashboard-audit-entry')
  // The address holds the entry: whoever gets it sees the same.
  const address = page.url()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(page.url()).not.toBe(address)
  await page.goBack()
  await dialog.waitFor()
})

test('an entry that is not on the page opens by its address', async () => {
  const page = await openDashboard(stage, `${PATH}?entry=1&action=silence.create`)
  await expect.poll(() => page.getByRole('dialog', { name: 'Entry 1' }).textContent()).toContain('Made a project')
})

test('filters are in the address, and narrow what is shown', async () => {
  const page = await openDashboard(stage, PATH)
  await page.getByLabel('What', { exact: true }).selectOption('block.lift')
  await expect.poll(() => table(page).getByRole('row').count()).toBe(2)
  expect(new URL(page.url()).searchParams.get('action')).toBe('block.lift')
  expect(await table(page).textContent()).toContain(`block ${block}`)
  await page.getByLabel('Who', { exact: true }).selectOption('command line')
  await page.getByText('Nobody changed that then.').waitFor()
  await page.goBack()
  await expect.poll(() => table(page).getByRole('row').count()).toBe(2)
  await page.getByLabel('To', { exact: true }).fill('2020-01-01')
  await page.getByText('Nobody changed that then.').waitFor()
  await page.getByRole('link', { name: 'All changes' }).click()
  await expect.poll(() => table(page).getByRole('row').count()).toBeGreaterThan(6)
})

test('what strangers wrote stays text', async () => {
  const page = await openDashboard(stage, `${PATH}?action=item.update`)
  await table(page).getByRole('link', { name: 'Changed an item' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('<img src=x onerror=alert(1)>').waitFor()
  expect(await dialog.locator('img').count()).toBe(0)
  expect(await dialog.getByText('U+202E').count()).toBe(1)
  await api<AuditAnswer>('GET', 'operator/v1/audit?action=channel').then(({ entries }) => expect(JSON.stringify(entries)).not.toContain('never-shown'))
})

test('a head that was kept is compared, and one that is not there is said', async () => {
  const { hash } = await newest()
  const page = await openDashboard(stage, `${PATH}?head=${hash}`)
  await expect.poll(() => verdict(page).textContent()).toContain('the head you kept is one of theirs')
  expect(await page.getByRole('button', { name: 'Copy the head' }).count()).toBe(1)
  await page.getByLabel('A head you kept').fill(createHash('sha256').update('another').digest('hex'))
  await page.keyboard.press('Enter')
  await expect.poll(() => verdict(page).textContent()).toContain('The log does not hold. No entry has the head that was kept')
  await shoot(page, 'dashboard-audit-broken')
  await page.getByLabel('A head you kept').fill('short')
  await page.keyboard.press('Enter')
  await page.getByText('That is no head').waitFor()
})

test('nobody but admins sees it', async () => {
  const page = await openDashboard(stage, PATH, { role: 'moderator' })
  await page.getByText('Your role does not open this section').waitFor()
  expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
})

test('is readable in light and dark, wide and at 360 px, with an entry open and without', async () => {
  const page = await openDashboard(stage, PATH)
  await table(page).waitFor()
  await expectAccessible(page)
  await page.setViewportSize(NARROW)
  await shootView(page, 'dashboard-audit-360-dark')
  await table(page).scrollIntoViewIfNeeded()
  await shootView(page, 'dashboard-audit-360-list')
  await table(page).getByRole('link', { name: 'Changed an item' }).click()
  await page.getByRole('dialog').getByText('Hash', { exact: true }).waitFor()
  await expectAccessible(page)
  await page.setViewportSize(NARROW)
  await page.emulateMedia({ colorScheme: 'light' })
  await shootView(page, 'dashboard-audit-entry-360')
})
