/**
 * The examples of docs/embedding.md in a real browser, word for word: the page and the server have the names the document
 * gives them, and the requests are led to a server of this run.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createProject } from '../../db/create-project.ts'
import { inTransaction } from '../../db/queryable.ts'
import { insertItem } from '../../db/queries/items.ts'
import { listVotes } from '../../db/queries/vote-list.ts'
import { buildApp } from '../../server/app.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { VERSION } from '../../server/version.ts'
import { MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'
import { launchChromium } from '../helpers/chromium.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { readFences } from '../helpers/markdown.ts'

const PAGE = 'https://app.example.com'
const SERVER = 'https://votes.example.com'
const fences = readFences('docs/embedding.md')
/** The one example in that language that contains the text. */
function example(language: string, containing: string): string {
  const found = fences.filter((fence) => fence.language === language && fence.text.includes(containing))
  if (found.length !== 1) throw new Error(`docs/embedding.md has ${found.length} ${language} examples with ${containing}`)
  return found[0]?.text ?? ''
}
/** A driven browser is asked for four times the usual work, which is a matter of luck, too. In ms. */
const PATIENCE = 60_000
const EMBED = example('html', 'https://votes.example.com/widget.js')

let browser: Browser
let database: TestDatabase
let app: FastifyInstance
let address: string
let projectId: number
let secret: { kid: string; text: string }
/** What the running test has opened. */
let contexts: BrowserContext[] = []

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

beforeEach(async () => {
  database = await createDatabase()
  app = await buildApp({ rules: await readRules({ rulesDir: undefined }), databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: VERSION, logLevel: 'silent' })
  await inTransaction(app.db, async (client) => {
    const made = await createProject(client, app.keys.vault, {
      publicKey: 'pk_demo', name: 'App', origins: [PAGE], mode: 'open', fingerprint: 'consent', dedup: 'hold',
    })
    projectId = made.id
    secret = made.secret
    await insertItem(client, projectId, { title: 'Offline mode', description: '', status: 'open', position: 0 })
  })
  await app.projects.reload()
  address = await app.listen({ host: '127.0.0.1', port: 0 })
  contexts = []
  return async () => {
    for (const context of contexts) {
      // A file may still be on its way to the page, such as a fingerprint script nobody waits for.
      await context.unrouteAll({ behavior: 'ignoreErrors' })
      await context.close()
    }
    await app.close()
    await database.drop()
  }
})

/** A page of the host with this body, served under these headers. */
async function openPage(body: string, options: { csp?: string; userToken?: string; lang?: string } = {}): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext()
  contexts.push(context)
  const said: string[] = []
  await context.route(`${SERVER}/**`, async (route) => {
    const request = route.request()
    const answer = await route.fetch({ url: request.url().replace(SERVER, address) })
    await route.fulfill({ response: answer })
  })
  await context.route(`${PAGE}/**`, (route) => {
    if (route.request().url().endsWith('/api/truetally-token')) return route.fulfill({ json: { token: options.userToken } })
    return route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: options.csp === undefined ? {} : { 'content-security-policy': options.csp },
      body: `<!doctype html><html lang="${options.lang ?? 'en'}"><title>App</title><link rel="icon" href="data:,"><body>${body}</body></html>`,
    })
  })
  const page = await context.newPage()
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  await page.goto(`${PAGE}/`)
  return { page, said }
}

async function readTiers(): Promise<string[]> {
  const votes = await listVotes(app.db, projectId, {}, { after: null, limit: 10 })
  return votes.filter(({ value }) => value === 1).map(({ tier }) => tier)
}

/** Playwright looks into open shadow roots. */
const voteButton = (page: Page) => page.getByRole('button', { name: /Offline mode/ })

it('the embedding lines show the board under the documented policy, without a complaint', async () => {
  const policy = `default-src 'none'; img-src data:; ${example('text', 'script-src')}`
  const { page, said } = await openPage(EMBED, { csp: policy })
  await voteButton(page).waitFor()
  expect(said).toEqual([])
})

it('functions queued before the script hear of votes', async () => {
  const { page, said } = await openPage(`<script>${example('js', 'q: []')}</script>${EMBED}`)
  await voteButton(page).click()
  await expect.poll(() => said, { timeout: PATIENCE }).toContain('item 1: 1, 1 votes')
})

it('a visitor whose token the page hands over votes as themselves', async () => {
  const userToken = await new SignJWT().setSubject('usr_1001').setAudience('pk_demo').setProtectedHeader({ alg: 'HS256', kid: secret.kid })
    .setIssuedAt().setExpirationTime('5m').sign(new TextEncoder().encode(secret.text))
  const { page } = await openPage(EMBED, { userToken })
  await voteButton(page).waitFor()
  await page.evaluate(`(async () => { ${example('js', 'identifyVisitor')}; await identifyVisitor() })()`)
  await voteButton(page).click()
  await expect.poll(readTiers, { timeout: PATIENCE }).toEqual(['verified'])
})

it('a board can be mounted by script, and leaves nothing behind', async () => {
  const [mounting = '', leaving = ''] = example('js', 'Truetally.mount').split('// When the view goes away:')
  const { page, said } = await openPage(EMBED.split('\n')[0] ?? '')
  await page.waitForFunction('window.Truetally && window.Truetally.version')
  await page.evaluate(`(() => { ${mounting}; window.leave = () => { ${leaving} } })()`)
  await voteButton(page).waitFor()
  await page.evaluate('window.leave()')
  expect(await page.evaluate('document.body.querySelectorAll("div").length')).toBe(0)
  expect(said).toEqual([])
})

it('the feedback form stands on its own', async () => {
  const { page } = await openPage(`${EMBED.split('\n')[0]}${example('html', 'data-truetally="feedback"')}`)
  const fields = page.getByRole('textbox')
  await fields.first().waitFor()
  expect(await fields.count()).toBeGreaterThan(1)
  expect(await voteButton(page).count()).toBe(0)
})

it('the fingerprint script is loaded after consent, and not before', async () => {
  const { page } = await openPage(EMBED)
  await voteButton(page).hover()
  // After the idle moment that the widget has asked for, which comes within 5 s.
  await page.evaluate('new Promise((resolve) => requestIdleCallback(resolve, { timeout: 6000 }))')
  const scripts = () => page.evaluate<string[]>('[...document.scripts].map(({ src }) => new URL(src).pathname).sort()')
  expect(await scripts()).toEqual(['/challenge.js', '/widget.js'])
  await page.evaluate(example('js', 'consent(true)'))
  await expect.poll(scripts, { timeout: PATIENCE }).toEqual(['/challenge.js', '/fingerprint.js', '/widget.js'])
})

it('added messages are what a visitor in that language reads', async () => {
  const { page } = await openPage(EMBED, { lang: 'de' })
  await voteButton(page).waitFor()
  await page.evaluate(example('js', 'addMessages'))
  await expect.poll(() => page.getByRole('button', { name: 'Für Offline mode stimmen, 0 Stimmen' }).count(), { timeout: PATIENCE }).toBe(1)
})

it('a pinned script runs', async () => {
  const digest = createHash('sha384').update(readFileSync(`${WIDGET_DIR}/widget.js`)).digest('base64')
  const { page, said } = await openPage(`${example('html', 'integrity').replace('sha384-…', `sha384-${digest}`)}<div data-truetally="board"></div>`)
  await voteButton(page).waitFor()
  expect(said).toEqual([])
})
