/** The pictures, over a month of ledger: what they show is what the API says, and everything in them can be reached and read. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { createPool } from '../../db/queryable.ts'
import { buildApp } from '../../server/app.ts'
import { startDemo } from '../../server/commands/demo.ts'
import { listen } from '../../server/commands/listen.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { readConfig } from '../../server/config.ts'
import type { SourcesAnswer, TrafficAnswer } from '../../server/contract/pictures.ts'
import { deriveKeys } from '../../server/tokens/keys.ts'
import { fillDashboardLedger } from '../bench/dashboard-ledger.ts'
import { DASHBOARD_DIR, MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { shoot } from './shoot.ts'
import { type Servers, useStage } from './stage.ts'

const ROWS = 20_000

/** What the month’s traffic does not say: how long single answers took, who was denied, whose tokens were refused. */
const SPICE = `
  update traffic set
    latency = array[requests * 2 / 10, requests * 3 / 10, requests * 2 / 10, requests / 10, requests / 10, requests / 20, requests / 20, 0, 0, 0, 0, 0],
    denied = case when status = 4 then requests / 2 + 1 else requests / 200 end,
    accepted = case when endpoint like 'POST %/sessions' then requests / 3 else 0 end,
    refused = case when endpoint like 'POST %/sessions' then requests / (40 + extract(hour from occurred_at)::int * 5) else 0 end`

/** The stage’s servers on a database with a month in it. */
async function startWithMonth(): Promise<Servers> {
  const database = await createDatabase()
  const pool = createPool(database.url, { onError: () => undefined, statementTimeoutMs: 0 })
  const client = await pool.connect()
  await fillDashboardLedger(client, { rows: ROWS, now: Date.now(), vaultKey: deriveKeys(MASTER_SECRET).vault, print: () => undefined })
  await client.query(SPICE)
  client.release()
  await pool.end()
  const app = await buildApp({
    rules: await readRules({ rulesDir: undefined }), databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR,
    dashboardDir: DASHBOARD_DIR, version: '0.0.0-test', logLevel: 'silent', watchEveryMs: 0, notifyEveryMs: 0, pressure: { read: () => false },
  })
  await app.hourly.tick()
  const port = await listen(app, '127.0.0.1', 0, 'PORT')
  const demo = await startDemo(app, readConfig({ DEMO_PORT: '0', DEMO_ROGUE_PORT: '0' }), port)
  return {
    widget: `http://localhost:${port}`, site: `http://localhost:${demo.allowedPort}`, rogue: `http://localhost:${demo.roguePort}`,
    operatorToken: await createOperatorToken(app.db, { name: 'a test', role: 'admin', projectId: 0 }),
    async close() {
      await demo.close()
      await app.close()
      await database.drop()
    },
  }
}

const stage = useStage({}, startWithMonth)

const ask = async <T>(path: string): Promise<T> =>
  await (await fetch(`${stage.widget}/api/security/v1/${path}`, { headers: { authorization: `Bearer ${stage.operatorToken}` } })).json() as T
const HOUR = 3_600_000
/** So many days until the hour that runs, as the page and the API are asked for them: one that ends now is another one a moment later. */
const lastDays = (days: number): { since: number; until: number } => {
  const until = Math.floor(Date.now() / HOUR) * HOUR
  return { since: until - days * 24 * HOUR, until }
}
const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const chart = (page: Page, name: RegExp) => page.getByRole('slider', { name })
/** Of which theme the colour is that the first chart’s line is drawn in: that of --series-1. */
const ink = (page: Page): Promise<string> => page.evaluate(`(() => {
  const canvas = document.querySelector('.chart-frame canvas')
  if (canvas === null) return 'none'
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const seen = new Set()
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add([data[i], data[i + 1], data[i + 2]].join())
  return [seen.has('54,70,201') && 'light', seen.has('139,155,255') && 'dark'].filter(Boolean).join(' and ')
})()`)
/** Every chart of the page is drawn, and the map. */
async function drawn(page: Page): Promise<void> {
  await expect.poll(() => page.locator('.chart-frame canvas').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(5)
  await page.locator('.world path').first().waitFor()
  await panel(page, 'Browsers').getByRole('list').waitFor()
}

describe('the pictures', () => {
  test('say what the API says: in a sentence, bucket by bucket with the keys, and as a table', async () => {
    const { since, until } = lastDays(7)
    const page = await openDashboard(stage, `pictures?since=${since}&until=${until}`)
    await drawn(page)
    const traffic = await ask<TrafficAnswer>(`traffic?since=${since}&until=${until}`)
    await panel(page, 'Security events by severity').getByText(/^[\d,]+ security events, /).waitFor()
    const slider = chart(page, /^Security events by severity/)
    await slider.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const second = traffic.buckets[1]
    expect(await slider.getAttribute('aria-valuetext')).toMatch(new RegExp(`: low ${second?.events.low}, medium ${second?.events.medium}, high ${second?.events.high}, critical ${second?.events.critical}$`))
    expect(await slider.getAttribute('aria-valuemax')).toBe(String(traffic.buckets.length - 1))
    await panel(page, 'Security events by severity').getByRole('button', { name: 'As a table' }).click()
    const rows = panel(page, 'Security events by severity').getByRole('row')
    expect(await rows.count()).toBe(traffic.buckets.length + 1)
    const cells = await rows.nth(2).getByRole('cell').allTextContents()
    expect(cells.slice(1)).toEqual([second?.events.low, second?.events.medium, second?.events.high, second?.events.critical].map((n) => (n ?? 0).toLocaleString('en')))
  })

  test('are in the URL: the time, the project, the closer look; Back goes back', async () => {
    const page = await openDashboard(stage, 'pictures')
    await drawn(page)
    await page.getByRole('link', { name: '30 days' }).click()
    await page.waitForURL(/range=30d/)
    expect(await page.getByRole('link', { name: '30 days' }).getAttribute('aria-current')).toBe('true')
    await panel(page, 'Requests').getByRole('button', { name: 'As a table' }).click()
    // Until the 30 days are there, the table has the day that was shown before.
    await expect.poll(async () => await panel(page, 'Requests').getByRole('row').count() - (await ask<TrafficAnswer>(`traffic?since=${Date.now() - 30 * 24 * HOUR}`)).buckets.length).toBe(1)
    await panel(page, 'Requests').getByRole('row').nth(3).getByRole('link').click()
    await page.waitForURL(/since=\d+&until=\d+/)
    await page.getByText(/^A closer look: /).waitFor()
    const asked = new URL(page.url())
    expect(Number(asked.searchParams.get('until')) - Number(asked.searchParams.get('since'))).toBe(6 * 3_600_000)
    await drawn(page)
    await page.goBack()
    await page.getByText(/^A closer look: /).waitFor({ state: 'hidden' })
    expect(page.url()).toContain('range=30d')
  })

  test('show where votes and events came from, and lead to them', async () => {
    const { since, until } = lastDays(29)
    const page = await openDashboard(stage, `pictures?since=${since}&until=${until}&project=pk_large`)
    await drawn(page)
    const { sources } = await ask<SourcesAnswer>(`sources?by=country&project=pk_large&since=${since}&until=${until}&limit=300`)
    const list = panel(page, 'Countries').getByRole('list', { name: 'Countries' })
    const first = list.getByRole('listitem').first()
    expect(await first.innerText()).toContain(sources[0]?.label ?? 'nobody')
    expect(await first.innerText()).toContain(`${sources[0]?.votes.toLocaleString('en')} votes`)
    // Pointing at one end of it lights the other.
    await first.getByRole('link').focus()
    expect(await page.locator('.world path.lit').getAttribute('data-code')).toBe(sources[0]?.key)
    expect(new URL(await first.getByRole('link').getAttribute('href') ?? '', page.url()).searchParams.get('country')).toBe(sources[0]?.key)
    await page.getByRole('button', { name: /^All \d+ countries$/ }).click()
    await expect.poll(() => list.getByRole('listitem').count()).toBe(sources.filter(({ votes }) => votes > 0).length)
    await page.getByRole('link', { name: 'By autonomous system' }).click()
    await panel(page, 'Autonomous systems').getByRole('list').waitFor()
    await page.getByLabel('Show').selectOption('events')
    await panel(page, 'Countries').getByText(/security events came from/).waitFor()
    expect(page.url()).toMatch(/by=events/)
    await shoot(page, 'dashboard-pictures-events')
  })

  test('of a project without anything say that there is nothing', async () => {
    const page = await openDashboard(stage, 'pictures?range=1h&project=pk_demo')
    await panel(page, 'Countries').getByText('No votes.').waitFor()
    await panel(page, 'Requests').getByText('Nothing happened in this time.').waitFor()
    expect(await panel(page, 'Requests').getByText(/^No page asked for anything\./).count()).toBe(1)
    await shoot(page, 'dashboard-pictures-empty')
  })

  test('whose drawing does not come say so, and have their figures all the same', async () => {
    const page = await openDashboard(stage, 'board')
    let gone = true
    await page.route(/\/(time-plot|world-shapes)-[^/]+\.js$/, (route) => (gone ? route.abort() : route.continue()))
    await page.getByRole('link', { name: 'Pictures' }).click()
    const severities = panel(page, 'Security events by severity')
    await severities.getByText('The drawing could not be loaded').waitFor()
    await page.getByText('The map could not be loaded').waitFor()
    await severities.getByRole('button', { name: 'As a table' }).click()
    expect(await severities.getByRole('row').count()).toBeGreaterThan(2)
    await shoot(page, 'dashboard-pictures-undrawn')
    gone = false
    await page.reload()
    await drawn(page)
  })

  test('are drawn in the colours of the theme, anew when it changes', async () => {
    const page = await openDashboard(stage, 'pictures?range=7d', { colorScheme: 'light' })
    await drawn(page)
    await expect.poll(() => ink(page), { timeout: 40_000 }).toBe('light')
    const slider = chart(page, /^Security events by severity/)
    await slider.focus()
    await page.keyboard.press('Home')
    const chosen = await slider.getAttribute('aria-valuetext')
    expect(chosen).toMatch(/: low \d+, /)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => ink(page), { timeout: 40_000 }).toBe('dark')
    // Whoever stood on a bucket still does.
    expect(await slider.getAttribute('aria-valuetext')).toBe(chosen)
  })

  test('are readable in light and dark, wide and at 360 px', async () => {
    const page = await openDashboard(stage, 'pictures?range=30d')
    await drawn(page)
    await panel(page, 'Time to answer').getByRole('button', { name: 'As a table' }).click()
    // A row that is pointed at changes its colour slowly.
    await page.mouse.move(0, 0)
    await expectAccessible(page)
    await panel(page, 'Time to answer').getByRole('button', { name: 'Hide the table' }).click()
    for (const [name, viewport, colorScheme] of [['light', WIDE, 'light'], ['dark', WIDE, 'dark'], ['360', NARROW, 'light'], ['360-dark', NARROW, 'dark']] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(viewport)
      await drawn(page)
      await expect.poll(() => ink(page), { timeout: 40_000 }).toBe(colorScheme)
      await page.evaluate('scrollTo(0, 0)')
      await shoot(page, `dashboard-pictures-${name}`)
    }
  })
})
