/** Settings in the browser: why a token is refused, from log to enforce, a rule beside its back-test, a channel that is tried, and what goes with a shorter retention. */
import { SignJWT } from 'jose'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { holdBack } from './hold-back.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

// The shipped policy, switched to log as the demo is: so there is something to switch.
const stage = useStage({ policy: defaultPolicy })
let receiver: HttpReceiver
let answer = 204
beforeAll(async () => {
  receiver = await receiveHttp((_request, reply) => void reply.writeHead(answer).end())
  await ask('PATCH', '/operator/v1/settings', { gateMode: 'log' })
})
afterAll(() => receiver.close())

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const reply = await fetch(`${stage.widget}/api${path}`, {
    method, headers: { authorization: `Bearer ${stage.operatorToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${await reply.text()}`)
  return (reply.status === 204 ? undefined : await reply.json()) as T
}

/** Judged by axe in both schemes and sizes, and kept as a picture of each. */
async function looks(page: Page, name: string): Promise<void> {
  await expectAccessible(page)
  for (const [size, viewport, colorScheme] of [['narrow', NARROW, 'dark'], ['wide', WIDE, 'light']] as const) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    // The bar above sticks where the page was scrolled to.
    await page.evaluate('scrollTo(0, 0)')
    await shoot(page, `dashboard-settings-${name}-${size}-${colorScheme}`)
  }
}

/** As tokens say it. */
const seconds = (): number => Math.floor(Date.now() / 1000)

async function keepSecret(page: Page): Promise<void> {
  await page.getByLabel('I have kept it').check()
  await page.getByRole('button', { name: 'Done' }).click()
}

test('a project is made, its secret shown once, its token explained, its origins checked and its secrets rotated', async () => {
  const page = await openDashboard(stage, 'settings/projects')
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Acme <b>shop</b>')
  await page.getByLabel('Origins of your pages').fill('https://shop.example\nshop.example/path')
  await page.getByRole('button', { name: 'Make it' }).click()
  await page.getByText('Not an origin: shop.example/path').waitFor()
  await page.getByLabel('Origins of your pages').fill('https://shop.example\nhttps://*.acme.example')
  await page.getByRole('button', { name: 'Make it' }).click()
  const secret = await page.getByText(/^sk_/).innerText()
  const kid = await page.getByText(/^[0-9a-f]{12}$/).innerText()
  await shoot(page, 'dashboard-settings-secret-once')
  // Neither a stray Escape nor Done loses what is shown once.
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Done' }).press('Enter')
  await page.getByText('Keep it first').waitFor()
  expect(await page.getByText(secret).count()).toBe(1)
  await keepSecret(page)
  await page.getByRole('heading', { name: 'Token tester' }).waitFor()
  expect(await page.content()).not.toContain(secret)

  const publicKey = new URL(page.url()).searchParams.get('show') ?? ''
  const sign = (exp: number): Promise<string> => new SignJWT({ sub: 'usr_1', aud: publicKey, iat: exp - 300, exp, email: 'jane@example.com' }).setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(secret))
  await page.getByLabel('A user token').fill(await sign(seconds() - 7500))
  await page.getByRole('button', { name: 'Explain it' }).click()
  await page.getByText('This token is refused: 1 thing is wrong.').waitFor()
  await page.getByText(/It expired 2 hours [5-9] minutes ago/).waitFor()
  await page.getByText('What the token says').click()
  await looks(page, 'token')
  await page.getByLabel('A user token').fill(await sign(seconds() + 200))
  await page.getByRole('button', { name: 'Explain it' }).click()
  await page.getByText('This token is taken.').waitFor()
  // What is said is said of the token it was asked about, however late it comes.
  const verdicts = await holdBack(page, /\/token-tests$/)
  await page.getByRole('button', { name: 'Explain it' }).click()
  await expect.poll(() => verdicts.held.length).toBe(1)
  await page.getByLabel('A user token').fill('another')
  const verdict = page.waitForResponse(/\/token-tests$/)
  await verdicts.open()
  await (await verdict).finished()
  await page.locator('button[aria-busy=false]', { hasText: 'Explain it' }).waitFor()
  expect(await page.getByText('This token is taken.').count()).toBe(0)
  await page.getByLabel('A user token').fill('<img src=x onerror=alert(1)>\u202E.e30.')
  await page.getByRole('button', { name: 'Explain it' }).click()
  await page.getByText('This token is refused').waitFor()

  await page.getByRole('button', { name: 'Rotate…' }).click()
  await page.getByRole('button', { name: 'Make it' }).click()
  await keepSecret(page)
  await page.getByRole('button', { name: 'End now…' }).click()
  await page.getByRole('button', { name: 'End it now' }).click()
  await page.getByText(`The secret ${kid} has ended.`).waitFor()
  await expect.poll(() => page.getByRole('button', { name: 'End now…' }).count()).toBe(0)

  await page.getByLabel('Signed-in users only').check()
  await page.getByLabel('Cap them').check()
  const answers = await holdBack(page, /\/operator\/v1\/projects\/\d+$/)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => answers.held.length).toBe(1)
  // Chosen and written while that is on its way: it stays, to be saved or discarded.
  await page.getByLabel('Name', { exact: true }).fill('Acme, renamed')
  await answers.open()
  await page.getByText('is changed, for every page from now on.').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Acme, renamed')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Acme <b>shop</b>')
  const of = async () => (await ask<{ projects: { publicKey: string; mode: string; anonymousShare: number | null }[] }>('GET', '/operator/v1/projects')).projects.find((one) => one.publicKey === publicKey)
  expect(await of()).toMatchObject({ mode: 'verified', anonymousShare: 0.5 })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('is as it was.').waitFor()
  expect(await of()).toMatchObject({ mode: 'open', anonymousShare: null })
})

test('the gate goes from log to enforce, with what that would have meant, and back', async () => {
  // A driven browser votes: in log mode it counts.
  const visitor = await stage.open(stage.site)
  await visitor.getByRole('button', { name: /^Vote for/ }).first().click()
  await expect.poll(async () => (await ask<{ votes: unknown[] }>('GET', '/moderation/v1/votes?project=pk_demo')).votes.length, { timeout: 40_000 }).toBe(1)
  expect((await ask<{ votes: { state: string }[] }>('GET', '/moderation/v1/votes?project=pk_demo')).votes).toMatchObject([{ state: 'counted' }])

  const page = await openDashboard(stage, 'settings/policy')
  await page.getByText('only writes down', { exact: true }).first().waitFor()
  await looks(page, 'policy')
  await page.getByRole('button', { name: 'Let it act…' }).click()
  await page.getByText(/1 vote on 1 item would have been held back\./).waitFor()
  await shoot(page, 'dashboard-settings-let-it-act')
  await page.getByRole('button', { name: 'Let it act', exact: true }).click()
  await page.getByText('enforces', { exact: true }).waitFor()
  expect(await ask('GET', '/operator/v1/settings')).toMatchObject({ gateMode: { value: 'enforce', setBy: 'operator' } })

  // While it is pointed at it stays, however long the other page takes.
  await page.getByRole('button', { name: 'Undo' }).hover()
  const another = await stage.open(stage.site)
  await another.getByRole('button', { name: /^Vote for/ }).nth(1).click()
  await expect.poll(async () => (await ask<{ votes: { state: string }[] }>('GET', '/moderation/v1/votes?project=pk_demo')).votes.map(({ state }) => state).toSorted(), { timeout: 40_000 }).toEqual(['counted', 'held'])

  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The gate only writes down again.').waitFor()
  expect(await ask('GET', '/operator/v1/settings')).toMatchObject({ gateMode: { value: 'log' } })
})

test('a rule is back-tested and switched, and a viewer can only look', async () => {
  for (let n = 0; n < 30; n += 1) await fetch(`${stage.widget}/api/widget/v1/pk_guess${n}/board`, { headers: { origin: 'https://attacker.example' } })
  const page = await openDashboard(stage, 'settings/rules?find=key')
  await page.getByRole('table', { name: 'Rules' }).waitFor()
  await looks(page, 'rules')
  await page.getByRole('link', { name: 'Project keys are tried in a row' }).click()
  await page.getByRole('heading', { name: 'Back-test' }).waitFor()
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByText(/Gone through in/).waitFor({ timeout: 60_000 })
  await page.getByText('If it acted, it would have asked to:').waitFor()
  await looks(page, 'rule')
  const name = new URL(page.url()).searchParams.get('rule') ?? ''
  await page.getByLabel('Only write down').check()
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('the rule only writes down from now on.').waitFor()
  expect(await ask('GET', `/security/v1/rules/${name}`)).toMatchObject({ modeSet: { mode: 'log' } })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('does as its file says again.').waitFor()
  expect(await ask('GET', `/security/v1/rules/${name}`)).toMatchObject({ modeSet: null })

  const viewer = await openDashboard(stage, `settings/rules?rule=${name}`, { role: 'viewer' })
  await viewer.getByText('A moderator can run one.').waitFor()
  expect(await viewer.getByRole('button', { name: 'Apply' }).count()).toBe(0)
  await viewer.goto(`${stage.widget}/dashboard/settings/policy`)
  await viewer.getByText('The last 24 hours').waitFor()
  expect(await viewer.getByRole('button', { name: /act…/ }).count()).toBe(0)
})

// Rules of the installation may tell the channel something as well.
const tried = (): number => receiver.received.filter(({ body }) => body.includes('asks whether the channel Duty works')).length

test('a channel is made, tried against a receiver that takes it and one that does not, and changed', async () => {
  const page = await openDashboard(stage, 'settings/channels')
  await page.getByText('No channel yet').waitFor()
  await page.getByRole('button', { name: 'New channel' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Duty')
  await page.getByLabel('Address', { exact: true }).fill(receiver.url)
  await page.getByRole('button', { name: 'Make it' }).click()
  await page.getByText('must be https; allowPrivate lets http through').waitFor()
  await looks(page, 'channel-new')
  await page.getByLabel('May reach private addresses').check()
  await page.getByRole('button', { name: 'Make it' }).click()
  await page.getByText(/^whsec_/).waitFor()
  await keepSecret(page)

  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Delivered', { exact: true }).waitFor()
  expect(tried()).toBe(1)
  answer = 500
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Not delivered.').waitFor()
  await looks(page, 'channel')

  await page.getByRole('button', { name: 'Change…' }).click()
  await page.getByLabel('low', { exact: true }).uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Duty is changed.').waitFor()
  expect(await ask('GET', '/operator/v1/channels')).toMatchObject({ channels: [{ name: 'Duty', severities: ['medium', 'high', 'critical'], settings: { url: receiver.url } }] })
  answer = 204
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Delivered', { exact: true }).waitFor()
  expect(tried()).toBe(3)
})

test('a shorter retention says what goes before it does', async () => {
  const page = await openDashboard(stage, 'settings/retention')
  await page.getByLabel('Days', { exact: true }).fill('7')
  const previews = await holdBack(page, /\/operator\/v1\/settings$/)
  await page.getByRole('button', { name: 'See what would go…' }).click()
  await expect.poll(() => previews.held.length).toBe(1)
  // What would go is said of the days it was asked for, whatever is written meanwhile.
  await page.getByLabel('Days', { exact: true }).fill('70')
  await previews.open()
  await page.getByText('Keep the ledger for 7 days only?').waitFor()
  await looks(page, 'retention')
  expect(await ask('GET', '/operator/v1/settings')).toMatchObject({ retentionDays: { value: 90 } })
  await page.getByRole('button', { name: 'Delete what is older' }).click()
  await page.getByText('The ledger is kept for 7 days.').waitFor()
  expect(await page.getByLabel('Days', { exact: true }).inputValue()).toBe('70')
  expect(await ask('GET', '/operator/v1/settings')).toMatchObject({ retentionDays: { value: 7, setBy: 'operator' } })
  await page.getByLabel('Days', { exact: true }).fill('90')
  await page.getByRole('button', { name: 'Keep it so long' }).click()
  await page.getByText('The ledger is kept for 90 days.').waitFor()
})
