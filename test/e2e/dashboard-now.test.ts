/** The first page: whether something is happening, while something is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { holdBack } from './hold-back.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage({ trustedProxies: ['127.0.0.1/32', '::1/128'] })
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSX = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist/cli.mjs')

const feed = (page: Page) => page.getByRole('list', { name: /Live events/ })

/** Somebody who guesses project keys. */
async function guessKeys(many: number, from: string): Promise<void> {
  for (let n = 0; n < many; n += 1) {
    await fetch(`${stage.widget}/api/widget/v1/pk_${from.replaceAll('.', '')}${n}/board`, { headers: { origin: 'https://attacker.example', 'x-forwarded-for': from } })
  }
}

async function readEvents(): Promise<SecurityEvent[]> {
  const answer = await fetch(`${stage.widget}/api/security/v1/events?limit=200`, { headers: { authorization: `Bearer ${stage.operatorToken}` } })
  return (await answer.json() as { events: SecurityEvent[] }).events
}

/** When what stands above the feed is there: coming later, it would push the feed from under the pointer. */
async function pointAtFeed(page: Page): Promise<void> {
  const alerts = page.getByRole('region', { name: 'Open alerts' })
  await alerts.getByRole('listitem').or(alerts.getByText('No alert is open.')).first().waitFor()
  await feed(page).hover()
}

const shownIds = (page: Page): Promise<string[]> => page.evaluate(`[...document.querySelectorAll('[data-event]')].map((row) => row.dataset.event)`)

test('an attack shows while it runs: rows within a second, none lost over a lost connection', async () => {
  const page = await openDashboard(stage)
  await page.getByText('live', { exact: true }).waitFor()
  // When each row appeared, by the page’s own clock, which is the server’s.
  await page.evaluate(`(() => {
    window.appeared = {}
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('[data-event]')) window.appeared[row.dataset.event] ??= Date.now()
    }).observe(document.body, { childList: true, subtree: true })
  })()`)
  const attack = spawn(process.execPath, [TSX, 'test/attacks/simulator/main.ts', '--once', '--scale', '0.05', '--only', 'forged-tokens',
    '--target', stage.widget.replace('localhost', '127.0.0.1'), '--token', stage.operatorToken], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(attack, 'exit')
  const said: string[] = []
  attack.stderr.on('data', (chunk: Buffer) => said.push(String(chunk)))
  try {
    // It may be over before a slow page has shown it; how it ended says whether there was anything to show.
    await expect.poll(async () => (attack.exitCode ?? 0) === 0 ? (await shownIds(page)).length : said.join(''), { timeout: 100_000 }).toBeGreaterThan(5)
    const seen = Object.entries(await page.evaluate<Record<string, number>>('window.appeared'))
    const began = new Map((await readEvents()).map((event) => [event.id, event.timestamp]))
    const delays = seen.flatMap(([id, at]) => (began.has(id) ? [at - (began.get(id) ?? 0)] : [])).toSorted((a, b) => a - b)
    console.log(`a row appears after ${delays[Math.floor(delays.length / 2)]} ms in the median, ${delays.at(-1)} ms at most (${delays.length} rows, aim 1000 ms)`)
    await shoot(page, 'dashboard-now-attack')

    await page.context().setOffline(true)
    await guessKeys(3, '203.0.113.77')
    await page.context().setOffline(false)
  } finally {
    attack.kill('SIGKILL')
    await ended
  }
  await expect.poll(async () => {
    const shown = new Set(await shownIds(page))
    return (await readEvents()).filter(({ id }) => !shown.has(id)).length
  }, { timeout: 40_000 }).toBe(0)
})

test('a list that comes late moves nothing under a hand either', async () => {
  await guessKeys(1, '203.0.113.78')
  await expect.poll(async () => (await readEvents()).some(({ metadata }) => metadata.ipAddress === '203.0.113.78')).toBe(true)
  const page = await openDashboard(stage)
  const list = await holdBack(page, /\/security\/v1\/events\?/)
  await page.reload()
  await page.getByText('live', { exact: true }).waitFor()
  // So many rows that one alert more or less above them does not take them from under the pointer either.
  for (let n = 0; n < 6; n += 1) await guessKeys(1, `198.51.100.${n}`)
  await expect.poll(async () => (await shownIds(page)).length).toBeGreaterThanOrEqual(6)
  await pointAtFeed(page)
  const before = await shownIds(page)
  expect(before.length).toBeGreaterThan(0)
  await list.open()
  await page.getByText(/new events? waiting/).waitFor()
  expect(await shownIds(page)).toEqual(before)
  await page.getByRole('heading', { level: 1 }).hover()
  await expect.poll(async () => (await shownIds(page)).length).toBeGreaterThan(before.length)
})

test('nothing moves while somebody points at the feed, and what came meanwhile follows', async () => {
  const page = await openDashboard(stage)
  await page.getByText('live', { exact: true }).waitFor()
  await guessKeys(1, '203.0.113.80')
  await feed(page).waitFor()
  await pointAtFeed(page)
  const before = await shownIds(page)
  await guessKeys(2, '203.0.113.81')
  await page.getByText(/new events? waiting/).waitFor()
  expect(await shownIds(page)).toEqual(before)
  await page.getByRole('heading', { level: 1 }).hover()
  await expect.poll(async () => (await shownIds(page)).length).toBeGreaterThan(before.length)

  await page.getByRole('button', { name: 'Pause' }).click()
  await guessKeys(1, '203.0.113.82')
  await page.getByText(/new events? waiting/).waitFor()
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { level: 1 }).hover()
  await page.getByText(/new events? waiting/).waitFor({ state: 'hidden' })
})

test('is readable in light and dark, wide and at 360 px', async () => {
  const page = await openDashboard(stage)
  await guessKeys(2, '203.0.113.90')
  await feed(page).waitFor()
  await expectAccessible(page)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(WIDE)
  await shoot(page, 'dashboard-now-light')
  await page.setViewportSize(NARROW)
  await shoot(page, 'dashboard-now-360')
  await page.emulateMedia({ colorScheme: 'dark' })
  await shoot(page, 'dashboard-now-360-dark')
})
