/** The daily review: what was noticed is looked at, answered, and in the end nothing is unread. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { lenientPolicy } from '../helpers/app.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { PROJECT } from './operator.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage({ policy: lenientPolicy, trustedProxies: ['127.0.0.1/32', '::1/128'], fingerprint: 'on' })
const ATTACKER = '203.0.113.66'
const HOSTILE = `https://<img src=x onerror=alert(1)>.example/=HYPERLINK("https://evil.example")${'A'.repeat(200)}`

async function call(path: string, from: string, body?: object, origin = stage.site): Promise<Response> {
  return await fetch(`${stage.widget}/api/widget/v1/${PROJECT}${path}`, {
    headers: { origin, 'x-forwarded-for': from, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: path.endsWith('/vote') ? 'PUT' : 'POST', body: JSON.stringify(body) }),
  })
}
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A token of that algorithm which nobody signed. */
const forged = (alg: string, sub: string): string =>
  `${part({ alg, typ: 'JWT' })}.${part({ sub, email: 'victim@example.com', aud: PROJECT, iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 300 })}.${alg === 'none' ? '' : 'c2lnbmF0dXJl'}`

/** A morning: forged tokens and votes from one address, a copy of the page elsewhere, somebody who looks for open doors. */
async function misbehave(from = ATTACKER): Promise<void> {
  for (const [alg, sub] of [['none', 'usr_98765432'], ['HS256', 'usr_98765432'], ['HS256', 'usr_98765433']] as const) await call('/sessions', from, { userToken: forged(alg, sub) })
  await call('/sessions', from, {}, HOSTILE)
  await call('/sessions', '198.51.100.9', {}, 'https://copy.example')
  for (const path of ['/.env', '/wp-login.php', '/.git/config', '/admin.php', '/phpmyadmin/', '/backup.sql']) await fetch(`${stage.widget}${path}`, { headers: { 'x-forwarded-for': '198.51.100.77' } })
  // The ledger is written a quarter of a second later, or when the machine gets to it.
  await expect.poll(async () => [await noted('jwt_validation_failed', from), await noted('origin_mismatch', from) > 0, await noted('suspicious_activity', '198.51.100.77') > 0]).toEqual([3, true, true])
}
/** How many times that was noticed of the address. */
async function noted(eventType: SecurityEvent['eventType'], from: string): Promise<number> {
  const answer = await fetch(`${stage.widget}/api/security/v1/events?eventType=${eventType}&ip=${from}&limit=200`, { headers: { authorization: `Bearer ${stage.operatorToken}` } })
  return (await answer.json() as { events: SecurityEvent[] }).events.reduce((sum, { count }) => sum + count, 0)
}
/** One vote on each item, by a visitor of that address. */
async function vote(from: string): Promise<string[]> {
  const { session } = await (await call('/sessions', from, {})).json() as { session: string }
  const items = await stage.operator.listItems()
  for (const { id } of items.slice(0, 2)) expect((await call(`/items/${id}/vote`, from, { value: 1, session })).status).toBe(200)
  return items.slice(0, 2).map(({ title }) => title)
}

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })
const toast = (page: Page, text: string | RegExp) => page.locator('.toast').filter({ hasText: text })
const focusedRow = (page: Page) => page.locator('tr.active')
/** As somebody without a mouse gets there: the page's first stop. */
async function enterList(page: Page): Promise<void> {
  await page.locator('main').focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('To the list')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('events-list')
}

test('the three views, one event with its five actions, each taken back, and nothing unread in the end', async () => {
  const [title = ''] = await vote(ATTACKER)
  await misbehave()
  const page = await openDashboard(stage, 'events', { role: 'moderator' })
  await page.getByText(/events unread: \d+ critical/).waitFor()

  await page.getByRole('link', { name: /^High priority/ }).click()
  await row(page, 'jwt validation failed').first().waitFor()
  expect(new URL(page.url()).searchParams.toString()).toBe('severity=high%2Ccritical&isRead=false&range=24h')
  await expect.poll(() => page.getByRole('row').getByText('medium', { exact: true }).count()).toBe(0)
  await page.getByText(/attackers? with the algorithm|Invalid algorithm/i).first().waitFor()
  await shoot(page, 'dashboard-events-high-priority')

  await page.getByRole('link', { name: /^Bot detection/ }).click()
  await page.getByRole('heading', { name: 'By address, the most frequent first' }).waitFor()
  await row(page, '198.51.100.77').waitFor()
  await row(page, '198.51.100.77').getByText('new', { exact: true }).waitFor()

  await page.getByRole('link', { name: /^Authentication audit/ }).click()
  await row(page, 'Invalid signature').waitFor()
  expect(await row(page, 'Invalid signature').getByRole('cell').nth(1).textContent()).toBe('2')
  await shoot(page, 'dashboard-events-audit')
  await row(page, 'Invalid signature').getByRole('link').click()
  await page.getByRole('heading', { name: 'Events', exact: true, level: 2 }).waitFor()
  expect(new URL(page.url()).searchParams.get('errorMessage')).toBe('Invalid signature')

  // Back to the first view, and in with the keyboard.
  await page.getByRole('link', { name: /^High priority/ }).click()
  await row(page, 'Invalid algorithm').waitFor()
  await enterList(page)
  await page.keyboard.press('j')
  await focusedRow(page).waitFor()
  const rows = await page.locator('tr[data-key]').count()
  const standsOn = (): Promise<boolean> => page.evaluate('document.activeElement.closest("tr").textContent.includes("Invalid algorithm")')
  for (let step = 1; step < rows && !(await standsOn()); step += 1) await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'jwt validation failed' }).waitFor()
  // Back in the list the walk goes on from the same row.
  await page.goBack()
  await expect.poll(() => page.evaluate('document.activeElement.closest("tr.active")?.textContent')).toContain('Invalid algorithm')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'jwt validation failed' }).waitFor()
  await page.getByText('usr_***').first().waitFor()
  await shoot(page, 'dashboard-event')

  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Block…' }).click()
  await dialog.getByLabel('What').selectOption({ label: `its address, ${ATTACKER}` })
  await dialog.getByLabel('Until').selectOption({ label: 'in 4 hours' })
  expect(await dialog.getByRole('button', { name: 'Block it' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill('forged tokens')
  await dialog.getByRole('button', { name: 'Block it' }).click()
  await toast(page, `${ATTACKER} is blocked until`).waitFor()
  expect((await call('/board', ATTACKER)).status).toBe(403)
  await toast(page, `${ATTACKER} is blocked until`).getByRole('button', { name: 'Lift it' }).click()
  await toast(page, `${ATTACKER} is as it was.`).waitFor()
  expect((await call('/board', ATTACKER)).status).toBe(200)

  await page.getByRole('button', { name: 'Adjust limits…' }).click()
  await dialog.getByLabel('How').selectOption({ label: 'ask for work before each vote' })
  await dialog.getByLabel('Reason').fill('one voter for all we know')
  await dialog.getByRole('button', { name: 'Adjust' }).click()
  await toast(page, `${ATTACKER}: stricter until`).getByRole('button', { name: 'Lift it' }).click()
  await dialog.waitFor({ state: 'detached' })

  const before = await stage.operator.readTally(title)
  await page.getByRole('button', { name: 'Invalidate votes…' }).click()
  await dialog.getByText('2 votes would leave the tally').or(dialog.getByText('2 votes', { exact: true })).first().waitFor()
  await dialog.getByRole('row').filter({ hasText: title }).waitFor()
  expect(await stage.operator.readTally(title)).toEqual(before)
  await shoot(page, 'dashboard-event-invalidate')
  await dialog.getByLabel('Reason').fill('of the same address')
  await dialog.getByRole('button', { name: 'Invalidate 2 votes' }).click()
  await toast(page, '2 votes out of the tally.').waitFor()
  expect(await stage.operator.readTally(title)).toEqual({ ...before, counted: before.counted - 1, invalidated: before.invalidated + 1 })
  await toast(page, '2 votes out of the tally.').getByRole('button', { name: 'Undo' }).click()
  await toast(page, '2 votes back where they were.').waitFor()
  expect(await stage.operator.readTally(title)).toEqual(before)

  await page.getByRole('button', { name: 'Escalate…' }).click()
  await dialog.getByLabel('What should they know?').fill('Somebody tries alg none')
  await dialog.getByRole('button', { name: 'Tell them now' }).click()
  await dialog.getByText(/No channel serves this project/).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  await page.getByRole('link', { name: /^History/ }).click()
  await page.getByRole('link', { name: new RegExp(`^voted for ${title}`) }).waitFor()
  await page.getByLabel('Note').fill('The penetration test of spring')
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await toast(page, 'Acknowledged, with your note.').waitFor()
  await page.getByRole('button', { name: 'Mark unread' }).waitFor()
  expect(await page.getByLabel('Note').inputValue()).toBe('The penetration test of spring')

  // Whatever an attacker called their page, it is text; and the rest of the morning is marked in one go.
  await page.getByRole('link', { name: 'All events' }).click()
  await row(page, '<img src=x onerror=alert(1)>').first().waitFor()
  expect(await page.locator('main img').count()).toBe(0)
  await page.getByRole('button', { name: 'Mark everything read' }).click()
  await dialog.getByText(/unread events of this view, on all its pages, become read/).waitFor()
  await dialog.getByRole('button', { name: /^Mark \d+ events read$/ }).click()
  await toast(page, /^\d+ events marked as read/).waitFor()
  await page.getByText('Everything is read.').waitFor()
  await page.getByRole('link', { name: /^High priority/ }).click()
  await page.getByText('That is what a finished review looks like.').waitFor()
  await shoot(page, 'dashboard-events-review-done')
})

test('keys mark and select, a view is kept under a name, and the table comes as a file', async () => {
  await misbehave('203.0.113.67')
  const page = await openDashboard(stage, 'events?ip=203.0.113.67', { role: 'moderator' })
  await row(page, '203.0.113.67').first().waitFor()
  // With the focus elsewhere a letter is nobody's command.
  for (const key of ['j', 'r', '?']) await page.keyboard.press(key)
  expect([await focusedRow(page).count(), await page.getByRole('dialog').count(), await page.locator('.toast').count()]).toEqual([0, 0, 0])
  await enterList(page)
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('next event').waitFor()
  await page.getByRole('dialog').getByText('With the focus in the list').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  // No later than it is gone: the next key would be lost.
  expect(await page.evaluate('document.activeElement.id')).toBe('events-list')
  await page.keyboard.press('j')
  await page.keyboard.press('r')
  await toast(page, '1 event marked as read.').waitFor()
  await expect.poll(async () => await focusedRow(page).getByText('unread', { exact: true }).count()).toBe(0)
  await toast(page, '1 event marked as read.').getByRole('button', { name: 'Undo' }).click()
  await focusedRow(page).getByText('unread', { exact: true }).waitFor()
  await enterList(page)
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByRole('button', { name: 'Mark 2 read' }).click()
  await toast(page, '2 events marked as read.').waitFor()

  await page.getByRole('button', { name: 'Keep this view' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('That one address')
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('link', { name: /^That one address/ }).waitFor()
  await page.getByRole('button', { name: 'Show all events' }).click()
  await page.getByRole('link', { name: /^That one address/ }).click()
  await expect.poll(() => new URL(page.url()).searchParams.get('ip')).toBe('203.0.113.67')
  await page.getByRole('button', { name: 'Forget the view That one address' }).click()
  await toast(page, '“That one address” is forgotten.').waitFor()

  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export as CSV' }).click()
  const file = await (await download).path()
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n')
  expect(lines[0]).toMatch(/^"id","time"/)
  expect(lines.slice(1).every((line) => line.includes('"203.0.113.67"'))).toBe(true)
  expect(lines.length).toBeGreaterThan(3)
})

test('a viewer looks and changes nothing; everybody can read it, light or dark, wide or narrow', async () => {
  await misbehave('203.0.113.68')
  const page = await openDashboard(stage, 'events', { role: 'viewer' })
  await row(page, '203.0.113.68').first().waitFor()
  for (const name of [/^Mark/, 'Acknowledge', 'Block…']) expect(await page.getByRole('button', { name }).count()).toBe(0)
  await enterList(page)
  await page.keyboard.press('j')
  await page.keyboard.press('r')
  await expectAccessible(page)
  for (const [name, viewport] of [['wide', WIDE], ['narrow', NARROW]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      await shoot(page, `dashboard-events-${name}-${colorScheme}`)
    }
  }
  await row(page, '<img src=x').first().getByRole('link').first().click()
  await page.getByRole('heading', { level: 1, name: 'origin mismatch' }).waitFor()
  await page.getByRole('link', { name: /^Same address/ }).waitFor()
  expect(await page.getByRole('button', { name: 'Block…' }).count()).toBe(0)
  await expectAccessible(page)
  await shoot(page, 'dashboard-event-narrow')
})
