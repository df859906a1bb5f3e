/**
 * Where the browser tests play: the real server, the real demo site on its two origins, and a Chromium in front of them.
 * `startStage` runs them inside the test's process on a database of the run, which takes 0.3 s; `startCommand` runs the
 * command an operator would type, with its own PostgreSQL, and can be killed.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildApp } from '../../server/app.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { startDemo } from '../../server/commands/demo.ts'
import { listen } from '../../server/commands/listen.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import { readConfig } from '../../server/config.ts'
import type { FingerprintMode, ProjectMode, Role } from '../../server/contract/primitives.ts'
import { loggingPolicy } from '../../server/gate/policies/default.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { DASHBOARD_DIR, MASTER_SECRET, WIDGET_DIR } from '../helpers/app.ts'
import { launchChromium } from '../helpers/chromium.ts'
import { createDatabase } from '../helpers/database.ts'
import { type Operator, createOperator } from './operator.ts'
import { type Traffic, createTraffic } from './traffic.ts'

export interface Servers {
  /** Origin of the server: the widget's scripts and every API. */
  readonly widget: string
  /** Origin of the demo site that the project allows. */
  readonly site: string
  /** Origin of the same site that it does not. */
  readonly rogue: string
  readonly operatorToken: string
  close(): Promise<void>
}

export interface Stage extends Omit<Servers, 'close'> {
  readonly operator: Operator
  readonly browser: Browser
  readonly traffic: Traffic
  /** A person who can sign in to the dashboard, with a password of their own already. */
  addOperator(role: Role): Promise<{ name: string; password: string }>
  /** A visitor with a browser profile of their own, on a page that may load in its own time. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>
}

export interface StageOptions {
  /** Default: the shipped one, work and dwell included, that holds nothing: a driven browser says that it is one. */
  policy?: Policy
  mode?: ProjectMode
  /**
   * Default `off`: visitors on one machine share a fingerprint, so that the second anonymous vote on an item would be held;
   * and reading one takes half a second, which only the tests about it have to wait for.
   */
  fingerprint?: FingerprintMode
  /** Milliseconds since the epoch; the real time unless a test says otherwise. */
  clock?: () => number
  trustedProxies?: string[]
}

export async function startServers({ policy = loggingPolicy, clock, trustedProxies }: StageOptions = {}): Promise<Servers> {
  const database = await createDatabase()
  const app = await buildApp({
    rules: await readRules({ rulesDir: undefined }),
    databaseUrl: database.url, masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, dashboardDir: DASHBOARD_DIR, version: '0.0.0-test', logLevel: 'silent',
    // A runner that stands still for a second is no load that lasts.
    policy, boardEveryMs: 0, pressure: { read: () => false }, ...(clock && { clock }), ...(trustedProxies && { trustedProxies }),
  })
  const port = await listen(app, '127.0.0.1', 0, 'PORT')
  const demo = await startDemo(app, readConfig({ DEMO_PORT: '0', DEMO_ROGUE_PORT: '0' }), port)
  return {
    widget: `http://localhost:${port}`,
    site: `http://localhost:${demo.allowedPort}`,
    rogue: `http://localhost:${demo.roguePort}`,
    operatorToken: await createOperatorToken(app.db, { name: 'a test', role: 'admin', projectId: 0 }),
    async close() {
      await demo.close()
      await app.close()
      await database.drop()
    },
  }
}

/**
 * Sets the stage before the tests of a file or suite and takes it down after them. After each test its visitors leave; in
 * the end nobody may have asked a third party for anything, and no page may have met an error it did not handle.
 * @param start by default inside this process, with `options`
 */
export function useStage(options: StageOptions = {}, start: () => Promise<Servers> = () => startServers(options)): Stage {
  let servers: Servers
  let browser: Browser
  let operator: Operator
  const traffic = createTraffic()

  beforeAll(async () => {
    ;[servers, browser] = await Promise.all([start(), launchChromium()])
    operator = createOperator(servers.widget, servers.operatorToken)
    const { fingerprint = 'off', mode } = options
    await operator.configure({ fingerprint, ...(mode && { mode }) })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map(async (context) => {
      // What nobody waits for may still be on its way through a route of the test.
      await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })))
      await context.close()
    }))
  })
  afterAll(async () => {
    await browser.close()
    await servers.close()
    expect(traffic.requests.length).toBeGreaterThan(0)
    expect(traffic.strangers([servers.widget, servers.site, servers.rogue])).toEqual([])
    expect(traffic.errors).toEqual([])
  })

  return {
    get widget() {
      return servers.widget
    },
    get site() {
      return servers.site
    },
    get rogue() {
      return servers.rogue
    },
    get operatorToken() {
      return servers.operatorToken
    },
    get operator() {
      return operator
    },
    get browser() {
      return browser
    },
    traffic,
    addOperator: (role) => addOperator(servers, role),
    async open(url, contextOptions = {}) {
      // Without motion: pages that scroll smoothly make every click wait for them.
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...contextOptions })
      // Nothing here takes longer; what never comes should not cost half a minute to find out.
      context.setDefaultTimeout(25_000)
      traffic.record(context)
      const page = await context.newPage()
      await page.goto(url, { waitUntil: 'commit' })
      return page
    },
  }
}

let people = 0

/** As an admin does it, and then they themselves: what they were given is for one time. */
async function addOperator({ widget, operatorToken }: Servers, role: Role): Promise<{ name: string; password: string }> {
  const name = `${role} ${(people += 1)}`
  const password = `${name} has a long password`
  const send = async <T>(method: string, path: string, headers: Record<string, string>, body: object): Promise<{ answer: T; cookie: string }> => {
    const response = await fetch(`${widget}/api/operator/v1/${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    const text = await response.text()
    return { answer: (text === '' ? {} : JSON.parse(text)) as T, cookie: response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ') }
  }
  const { answer: created } = await send<{ password: string }>('POST', 'operators', { authorization: `Bearer ${operatorToken}` }, { name, role })
  const { answer: account, cookie } = await send<{ csrfToken: string }>('POST', 'session', {}, { name, password: created.password })
  await send('PUT', 'account/password', { cookie, 'x-csrf-token': account.csrfToken }, { current: created.password, next: password })
  return { name, password }
}
