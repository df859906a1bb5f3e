/** Votes under moderation: a preview, an invalidation and its undo, the held queue, a cohort as a picture, and one vote’s history. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { CohortsAnswer, VotesAnswer } from '../../server/contract/moderation.ts'
import type { Static } from 'typebox'
import { lenientPolicy } from '../helpers/app.ts'
import { DARK, OFFLINE, SEARCH, SHARED, boardSays, expectSoon, readVote } from './board.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { PROJECT } from './operator.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage({ policy: lenientPolicy, fingerprint: 'on', trustedProxies: ['127.0.0.1/32', '::1/128'] })
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36'
const HOSTILE_AGENT = `${USER_AGENT} <img src=x onerror=alert(1)> <b>x</b>`

interface Voter {
  ip: string
  fingerprint?: string
  userAgent?: string
  signals?: object
}

/** A hand’s click: no two are alike. */
const click = (): object => ({
  input: 'mouse', trusted: true, webdriver: false, pressure: 0.5, moves: randomInt(20, 90), coalescedMoves: randomInt(90, 200), visible: true,
  dwellMs: randomInt(2000, 90_000) + Math.random(), firstInputMs: randomInt(900, 4000) + Math.random(), pressMs: randomInt(70, 130) + Math.random(),
  hoverMs: randomInt(100, 900) + Math.random(), offCentre: 0.1 + Math.random() / 2, straightness: 0.5 + Math.random() / 3, core: randomBytes(16).toString('hex'),
})

/** As a browser of their own would, over the widget’s API. */
async function castVote(item: string, { ip, fingerprint = randomBytes(10).toString('hex'), userAgent = USER_AGENT, signals = {} }: Voter): Promise<void> {
  const headers = { 'content-type': 'application/json', origin: stage.site, 'x-forwarded-for': ip, 'user-agent': userAgent }
  const begun = await fetch(`${stage.widget}/api/widget/v1/${PROJECT}/sessions`, { method: 'POST', headers, body: '{}' })
  const { session } = await begun.json() as { session: string }
  const answer = await fetch(`${stage.widget}/api/widget/v1/${PROJECT}/items/${item}/vote`, {
    method: 'PUT', headers, body: JSON.stringify({ value: 1, session, fingerprint, signals: { ...click(), ...signals } }),
  })
  if (!answer.ok) throw new Error(`the vote answered ${answer.status}: ${await answer.text()}`)
}

const itemId = async (title: string): Promise<string> => {
  const item = (await stage.operator.listItems()).find((one) => one.title === title)
  if (item === undefined) throw new Error(`the board has no “${title}”`)
  return item.id
}

async function read<T>(path: string): Promise<T> {
  const answer = await fetch(`${stage.widget}/api/${path}`, { headers: { authorization: `Bearer ${stage.operatorToken}` } })
  return await answer.json() as T
}

/** What the public board shows, on the customer’s own page. @param soon what it is about to show, after somebody changed it */
const onTheBoard = async (title: string, soon?: number): Promise<number> => {
  if (soon !== undefined) await boardSays(stage, title, soon)
  const page = await stage.open(stage.site)
  await page.getByRole('button', { name: new RegExp(`vote.*${title}`, 'i') }).first().waitFor()
  const { votes } = await readVote(page, title)
  await page.context().close()
  return votes
}

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })

test('votes of an address are invalidated after a look at what that changes, and put back', async () => {
  const item = await itemId(DARK)
  for (let n = 1; n <= 5; n += 1) await castVote(item, { ip: `198.51.100.${n}` })
  for (let n = 0; n < 4; n += 1) await castVote(item, { ip: '203.0.113.66', ...(n === 0 ? { userAgent: HOSTILE_AGENT } : {}) })
  const before = await onTheBoard(DARK)

  const page = await openDashboard(stage, 'votes?tab=all', { role: 'moderator' })
  const list = page.getByRole('table', { name: 'Votes, newest first' })
  await list.waitFor()
  expect(await page.getByRole('button', { name: 'Invalidate all' }).isDisabled()).toBe(true)
  await page.getByLabel('Address', { exact: true }).fill('203.0.113.66')
  await page.keyboard.press('Enter')
  await expectSoon(() => list.getByRole('row').count()).toBe(5)
  expect(new URL(page.url()).searchParams.get('ip')).toBe('203.0.113.66')
  await shoot(page, 'dashboard-votes-filtered')

  await page.getByRole('button', { name: 'Invalidate all' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invalidate votes' })
  await dialog.getByText('4 votes will be invalidated.').waitFor()
  expect((await dialog.getByRole('row').filter({ hasText: DARK }).innerText()).split(/\s+/).slice(-3)).toEqual([String(before), String(before - 4), '−4'])
  expect(await onTheBoard(DARK)).toBe(before)
  // A reason begun for these and left is not offered for others.
  await dialog.getByLabel('Reason').fill('for these four')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await list.getByRole('checkbox', { name: 'Select this row' }).first().check()
  await page.getByRole('button', { name: 'Invalidate', exact: true }).click()
  await dialog.getByText('1 vote will be invalidated.').waitFor()
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Invalidate all' }).click()
  await dialog.getByText('4 votes will be invalidated.').waitFor()
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('for these four')
  await dialog.getByLabel('Reason').fill('')
  const apply = dialog.getByRole('button', { name: 'Invalidate 4 votes' })
  expect(await apply.isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill('one machine, four votes')
  await shoot(page, 'dashboard-votes-preview')
  await apply.click()

  await page.getByText('4 votes invalidated.').waitFor()
  await expectSoon(() => list.getByText('invalidated', { exact: true }).count()).toBe(4)
  // While it is pointed at it stays, however long the look at the board takes.
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).hover()
  expect(await onTheBoard(DARK, before - 4)).toBe(before - 4)
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Taken back: 4 votes as before.').waitFor()
  expect(await onTheBoard(DARK, before)).toBe(before)
  await expectSoon(() => list.getByText('counted', { exact: true }).count()).toBe(4)

  // The log knows both, and offers nothing that was taken back already.
  await page.getByRole('link', { name: 'Actions' }).click()
  const done = row(page, 'one machine, four votes')
  await done.getByText(/by moderator/).first().waitFor()
  expect(await done.getByRole('button', { name: /Undo/ }).count()).toBe(0)

  // The address of the view is the view.
  await page.goto(`${stage.widget}/dashboard/votes?tab=all&ip=203.0.113.66`)
  await expectSoon(() => page.getByRole('table', { name: 'Votes, newest first' }).getByRole('row').count()).toBe(5)
})

test('the held queue says why each vote waits; some are released, with the keyboard as well', async () => {
  const item = await itemId(SEARCH)
  for (let n = 0; n < 3; n += 1) await castVote(item, { ip: '192.0.2.10', fingerprint: 'feedface00000001' })
  await castVote(item, { ip: '192.0.2.20', userAgent: HOSTILE_AGENT, signals: { webdriver: true, moves: 0, hoverMs: 0, pressMs: 2, offCentre: 0 } })
  const before = await onTheBoard(SEARCH)

  const page = await openDashboard(stage, 'votes?tab=queue', { role: 'moderator' })
  const queue = page.getByRole('table', { name: 'Held votes, newest first' })
  await page.getByLabel('Item').selectOption({ label: SEARCH })
  await expectSoon(() => queue.getByRole('row').count()).toBe(4)
  await queue.getByText('The pointer never moved before the click.').waitFor()
  await queue.getByText('Held because the same browser on the same network has a counted vote on this item already.').first().waitFor()
  await expectAccessible(page)
  await shoot(page, 'dashboard-votes-queue-dark-360')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(WIDE)
  await shoot(page, 'dashboard-votes-queue')

  await page.getByLabel('Held for').selectOption({ label: 'its seat' })
  await expectSoon(() => queue.getByRole('row').count()).toBe(3)
  await queue.getByRole('link').first().focus()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog', { name: 'Release votes' })
  await dialog.getByText('2 votes will be counted.').waitFor()
  await dialog.getByLabel('Reason').fill('a classroom of one model')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('2 votes released.').waitFor()
  await queue.waitFor({ state: 'detached' })
  expect(await onTheBoard(SEARCH, before + 2)).toBe(before + 2)

  await page.getByRole('link', { name: 'Actions' }).click()
  await row(page, 'a classroom of one model').getByRole('button', { name: /^Undo/ }).click()
  const undo = page.getByRole('dialog', { name: 'Take it back' })
  await undo.getByLabel('Reason').fill('no, it was one laptop')
  await undo.getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('Taken back: 2 votes as before.').waitFor()
  expect(await onTheBoard(SEARCH, before)).toBe(before)
})

test('one vote tells its whole story, and what strangers wrote in it stays text', async () => {
  const item = await itemId(SHARED)
  await castVote(item, { ip: '192.0.2.77', userAgent: HOSTILE_AGENT, signals: { webdriver: true, moves: 0, pressMs: 2 } })
  const [vote] = (await read<Static<typeof VotesAnswer>>(`moderation/v1/votes?project=${PROJECT}&ip=192.0.2.77`)).votes
  await stage.operator.release([vote?.id ?? ''])
  const page = await openDashboard(stage, 'votes?tab=all&ip=192.0.2.77', { role: 'viewer' })
  await page.getByRole('cell', { name: SHARED }).getByRole('link', { name: SHARED }).click()
  await page.getByRole('heading', { level: 1, name: `A vote on “${SHARED}”` }).waitFor()
  await page.getByText('The browser says itself that a program drives it.').first().waitFor()
  await page.getByRole('region', { name: 'What was done to it' }).getByText('in force; held below it').waitFor()
  expect(await page.getByRole('button', { name: /Release|Invalidate|Hold/ }).count()).toBe(0)
  await page.getByText('<img src=x').first().waitFor()
  expect(await page.locator('main img').count()).toBe(0)
  await expectAccessible(page)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(WIDE)
  await shoot(page, 'dashboard-vote')
  await page.getByRole('link', { name: '192.0.2.77' }).first().click()
  await page.getByRole('table', { name: 'Votes, newest first' }).waitFor()
  expect(await page.getByRole('checkbox').count()).toBe(0)
})

describe('a cohort', () => {
  test('is drawn with what its votes share, invalidated as a whole, put back, and lifted', async () => {
    const item = await itemId(OFFLINE)
    const same = { pressMs: 83.25, offCentre: 0.2134, straightness: 0.81234, hoverMs: 412.375 }
    for (let n = 0; n < 12; n += 1) {
      await castVote(item, { ip: `203.0.113.${100 + (n % 3)}`, signals: { ...same, core: n < 7 ? 'c0ffee00c0ffee00c0ffee00c0ffee00' : randomBytes(16).toString('hex') } })
    }
    let id = ''
    await expect.poll(async () => {
      const { cohorts } = await read<Static<typeof CohortsAnswer>>(`moderation/v1/cohorts?project=${PROJECT}`)
      // All of them, or the figures go on changing: it may be found before the last ones come, and these are held as they do.
      id = cohorts.find((cohort) => cohort.itemId === item && cohort.votesHeld === 12)?.id ?? ''
      return id
    }, { timeout: 40_000 }).not.toBe('')
    const { cohorts } = await read<Static<typeof CohortsAnswer>>(`moderation/v1/cohorts?project=${PROJECT}`)
    const cohort = cohorts.find((one) => one.id === id)
    const held = cohort?.votesHeld ?? 0

    const page = await openDashboard(stage, 'votes?tab=cohorts', { role: 'moderator' })
    await page.getByRole('link', { name: cohort?.words ?? '?' }).first().click()
    await page.getByRole('heading', { level: 1, name: /^Cohort \d+$/ }).waitFor()
    const matrix = page.getByRole('table', { name: 'Values that votes of the cohort share' })
    await matrix.getByText('203.0.113.0/24').waitFor()
    await expectSoon(() => matrix.locator('svg rect.held').count()).toBeGreaterThan(held)
    await expectAccessible(page)
    await shoot(page, 'dashboard-cohort-dark-360')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(WIDE)
    await shoot(page, 'dashboard-cohort')

    const before = (await stage.operator.readTally(OFFLINE)).invalidated
    await page.getByRole('button', { name: 'Invalidate its votes' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invalidate votes' })
    await dialog.getByText(`${held} votes will be invalidated.`).waitFor()
    await dialog.getByText('The public board stays as it is.').waitFor()
    await dialog.getByLabel('Reason').fill('one script')
    await dialog.getByRole('button', { name: `Invalidate ${held} votes` }).click()
    await page.getByText(`${held} votes invalidated.`).waitFor()
    expect((await stage.operator.readTally(OFFLINE)).invalidated).toBe(before + held)
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByText(`Taken back: ${held} votes as before.`).waitFor()
    expect((await stage.operator.readTally(OFFLINE)).invalidated).toBe(before)

    const counted = await onTheBoard(OFFLINE)
    await page.getByRole('button', { name: 'Lift it' }).click()
    await page.getByText('Lifting has no undo.').waitFor()
    await page.getByRole('dialog').getByLabel('Reason').fill('our own load test')
    await page.getByRole('dialog').getByRole('button', { name: 'Lift it' }).click()
    await page.getByText(/^Lifted: \d+ votes put back\.$/).waitFor()
    await expectSoon(() => onTheBoard(OFFLINE)).toBeGreaterThan(counted)
  })
})

test('the items show what their votes come to and how they came; the rest is there for a viewer too, without a way to change it', async () => {
  const page = await openDashboard(stage, 'votes', { role: 'viewer' })
  await page.getByRole('table', { name: 'Items with their votes' }).waitFor()
  await page.getByRole('img', { name: /votes? in 30 days/ }).first().waitFor()
  await page.getByRole('link', { name: `Over time: ${DARK}` }).click()
  await page.getByRole('region', { name: `Over time: ${DARK}` }).waitFor()
  await expectAccessible(page)
  await page.setViewportSize(NARROW)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.evaluate('scrollTo(0, 0)')
  await shoot(page, 'dashboard-votes-items-360')
  await page.setViewportSize(WIDE)
  await shoot(page, 'dashboard-votes-items')
  for (const tab of ['queue', 'all', 'cohorts', 'actions']) {
    await page.goto(`${stage.widget}/dashboard/votes?tab=${tab}`)
    await page.getByRole('table').first().waitFor()
    expect(await page.getByRole('button', { name: /Release|Invalidate|Hold|Undo/ }).count()).toBe(0)
    await expectAccessible(page)
  }
  const { name, password } = await stage.addOperator('viewer')
  const signedIn = await fetch(`${stage.widget}/api/operator/v1/session`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: stage.widget }, body: JSON.stringify({ name, password }),
  })
  const { csrfToken } = await signedIn.json() as { csrfToken: string }
  const refused = await fetch(`${stage.widget}/api/moderation/v1/invalidations`, {
    method: 'POST', body: JSON.stringify({ project: PROJECT, filter: { state: 'counted' }, reason: 'x' }),
    headers: { 'content-type': 'application/json', origin: stage.widget, 'x-csrf-token': csrfToken, cookie: (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '' },
  })
  expect([refused.status, (await refused.json() as { code: string }).code]).toEqual([403, 'role_insufficient'])
})
