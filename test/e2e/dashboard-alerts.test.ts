/** Alerts from being found to being answered, what rules did about them, and what people set themselves. */
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { Alert } from '../../server/contract/alert.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { NARROW, WIDE, expectAccessible, openDashboard } from './dashboard-stage.ts'
import { PROJECT } from './operator.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

// Rules act by themselves only where the gate does.
const stage = useStage({ policy: defaultPolicy, trustedProxies: ['127.0.0.1/32', '::1/128'] })
const TITLE = 'A token with the algorithm "none"'
const HOSTILE = '<img src=x onerror=alert(1)> \u202Egnp.exe'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The oldest attack on JSON Web Tokens, from an address; resolves when the rule has found it. */
async function attack(from: string): Promise<Alert> {
  const userToken = `${part({ alg: 'none' })}.${part({ sub: 'somebody', email: 'somebody@example.com', exp: 4_000_000_000 })}.`
  await fetch(`${stage.widget}/api/widget/v1/${PROJECT}/sessions`, {
    method: 'POST', body: JSON.stringify({ userToken }), headers: { 'content-type': 'application/json', origin: stage.site, 'x-forwarded-for': from },
  })
  let found: Alert | undefined
  await expect.poll(async () => {
    const { alerts } = await ask<{ alerts: Alert[] }>('GET', 'security/v1/alerts?rule=algorithm-none')
    found = alerts.find(({ group, state }) => group['ipAddress'] === from && state === 'firing')
    return found !== undefined
  }).toBe(true)
  return found as Alert
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${stage.widget}/api/${path}`, {
    method, headers: { authorization: `Bearer ${stage.operatorToken}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.status === 204 ? (undefined as T) : (await answer.json() as T)
}

const timeline = (page: Page) => page.getByRole('region', { name: 'What happened' })
/** At which place of the list the focus is. */
const focused = (page: Page): Promise<number> => page.evaluate(`[...document.querySelectorAll('a.title')].indexOf(document.activeElement)`)
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })

test('an alert is read, answered and told on, and what was done about it is taken back', async () => {
  const alert = await attack('203.0.113.21')
  const page = await openDashboard(stage, 'alerts', { role: 'moderator' })
  await row(page, '203.0.113.21').getByRole('link', { name: TITLE }).click()
  await page.getByRole('heading', { level: 1, name: TITLE }).waitFor()
  await page.getByText(/Look first at what else the address did/).waitFor()
  await page.getByRole('link', { name: 'jwt validation failed' }).waitFor()
  expect(await page.getByRole('link', { name: 'its events' }).getAttribute('href')).toContain('ip=203.0.113.21')

  await page.getByLabel('Note').fill(HOSTILE)
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await timeline(page).getByText('Acknowledged').waitFor()
  // What somebody wrote is text, whatever it says, and what would turn it round is shown.
  await timeline(page).getByText('<img src=x onerror=alert(1)>').waitFor()
  await timeline(page).getByText('U+202E').waitFor()
  expect(await page.locator('main img').count()).toBe(0)
  expect(await page.getByLabel('Note').inputValue()).toBe('')
  await page.getByRole('button', { name: 'It was right' }).click()
  await page.getByRole('button', { name: 'It was right', pressed: true }).waitFor()
  await timeline(page).getByText('Called right').waitFor()

  await page.getByRole('button', { name: /^Undo Blocked/ }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: 'Take it back' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Reason').fill('our own penetration test')
  await dialog.getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('taken back', { exact: true }).waitFor()
  await expect.poll(() => ask<{ blocks: unknown[] }>('GET', `moderation/v1/blocks?project=${PROJECT}`)).toEqual({ blocks: [] })

  await page.getByRole('button', { name: 'Escalate' }).click()
  await dialog.getByLabel('What should they know?').fill('The whole range does this.')
  await dialog.getByRole('button', { name: 'Tell them now' }).click()
  await dialog.getByText(/No channel serves this project/).waitFor()
  await ask('POST', 'operator/v1/channels', { name: 'On call', kind: 'webhook', allowPrivate: true, settings: { url: 'http://127.0.0.1:9/nobody' }, severities: ['critical'] })
  await dialog.getByRole('button', { name: 'Tell them now' }).click()
  await page.getByText('Being told now: On call.').waitFor()
  await timeline(page).getByText('The whole range does this.').waitFor()
  const { alert: stored } = await ask<{ alert: Alert }>('GET', `security/v1/alerts/${alert.id}`)
  expect(stored).toMatchObject({ disposition: 'true_positive', acknowledgedBy: expect.stringMatching(/^moderator/) as string })
})

test('a silence says what it would cover, stands, and is ended', async () => {
  const alert = await attack('203.0.113.22')
  await attack('203.0.113.23')
  const page = await openDashboard(stage, `alerts/${alert.id}`)
  await page.getByRole('button', { name: 'Silence it' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/covers 1 alert of the \d+/).waitFor()
  await dialog.getByLabel('address is').uncheck()
  await dialog.getByText(/covers [2-9] alerts of the \d+/).waitFor()
  await dialog.getByLabel('address is').check()
  await dialog.getByLabel('Until').selectOption('in 1 hour')
  await dialog.getByLabel('Reason').fill(HOSTILE)
  await shoot(page, 'dashboard-alerts-silence')
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(async () => (await ask<{ silences: object[] }>('GET', 'security/v1/silences?standing=true')).silences).toMatchObject([
    { matchers: [{ name: 'rule', value: 'algorithm-none' }, { name: 'ipAddress', value: '203.0.113.22' }], endedAt: null },
  ])

  await page.goto(`${stage.widget}/dashboard/alerts?tab=silences`)
  await row(page, '203.0.113.22').getByRole('button', { name: 'End now' }).click()
  await page.getByText('Nothing is silenced.').waitFor()
  await page.getByLabel('Shown').selectOption('those that have ended')
  await row(page, '203.0.113.22').getByText('ended early').waitFor()
  expect(page.url()).toContain('standing=false')
})

test('the list is filtered by its address, and walked and answered by keys', async () => {
  await attack('203.0.113.31')
  await attack('203.0.113.32')
  const page = await openDashboard(stage, 'alerts?rule=algorithm-none&acknowledged=false')
  // The list loads itself again every 15 s: here when the test says so.
  await page.clock.install()
  await page.reload()
  await row(page, '203.0.113.31').waitFor()
  await row(page, '203.0.113.32').waitFor()
  const links = page.getByRole('link', { name: TITLE })
  const shown = await links.count()
  expect(shown).toBeGreaterThan(1)
  await links.first().focus()
  await page.keyboard.press('ArrowDown')
  expect(await focused(page)).toBe(1)
  await page.keyboard.press('k')
  expect(await focused(page)).toBe(0)
  await page.keyboard.press('a')
  await page.getByText(/You see to/).waitFor()
  await expect.poll(async () => (await ask<{ alerts: Alert[] }>('GET', 'security/v1/alerts?rule=algorithm-none&acknowledged=false')).alerts.length).toBe(shown - 1)
  // What was answered leaves the list, and whoever stood on it stands on the next one.
  await page.clock.fastForward(16_000)
  await expect.poll(() => links.count()).toBe(shown - 1)
  expect(await focused(page)).toBe(0)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: TITLE }).waitFor()
  await page.goBack()
  await page.getByLabel('Severity').selectOption('low')
  await page.getByText('No alert fits these filters.').waitFor()
  expect(new URL(page.url()).search).toBe('?rule=algorithm-none&acknowledged=false&severity=low')
  await page.goBack()
  await links.first().waitFor()
})

test('a source is blocked and allowed for a time and a reason, and let go again', async () => {
  const page = await openDashboard(stage, 'alerts?tab=blocks', { role: 'moderator' })
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Block a source' }).click()
  await dialog.getByLabel('Effect').selectOption('halve its limits')
  await dialog.getByLabel('Kind').selectOption('network')
  await dialog.getByLabel('Source').fill('198.51.100.0')
  await dialog.getByLabel('Reason').fill('too many at once')
  await dialog.getByRole('button', { name: 'Block' }).click()
  // What was refused leaves the form as it was.
  await dialog.getByText(/is not a value for the kind network/).waitFor()
  await dialog.getByLabel('Source').fill('198.51.100.0/24')
  await dialog.getByRole('button', { name: 'Block' }).click()
  await row(page, '198.51.100.0/24').getByText('limits halved').waitFor()
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await row(page, '198.51.100.0/24').waitFor({ state: 'hidden' })

  await page.goto(`${stage.widget}/dashboard/alerts?tab=allowed`)
  await page.getByRole('button', { name: 'Allow a source' }).click()
  await dialog.getByLabel('Network').fill('192.0.2.0/24')
  await dialog.getByLabel('Until').selectOption('in 7 days')
  await dialog.getByLabel('Reason').fill('the office')
  await dialog.getByRole('button', { name: 'Allow' }).click()
  await row(page, '192.0.2.0/24').getByText('the office').waitFor()
  await row(page, '192.0.2.0/24').getByRole('button', { name: /No longer allow/ }).click()
  await page.getByText('Rules may act on every source.').waitFor()
  expect(await ask('GET', 'moderation/v1/allowed-sources')).toEqual({ allowedSources: [] })
})

test('a viewer reads all of it and is offered nothing to change', async () => {
  const alert = await attack('203.0.113.41')
  const page = await openDashboard(stage, `alerts/${alert.id}`, { role: 'viewer' })
  await page.getByText(/Look first at/).waitFor()
  const buttons = page.getByRole('main').getByRole('button', { name: /Acknowledge|Undo|Escalate|Silence|right|alarm|note/i })
  expect(await buttons.count()).toBe(0)
  for (const tab of ['alerts', 'responses', 'blocks', 'allowed', 'silences']) {
    await page.goto(`${stage.widget}/dashboard/alerts?tab=${tab}`)
    await page.getByRole('navigation', { name: 'Alerts and what follows from them' }).waitFor()
    if (tab === 'alerts' || tab === 'responses' || tab === 'blocks') await row(page, '203.0.113.41').waitFor()
    else await page.getByRole('main').locator('table, .empty').first().waitFor()
    expect(await page.getByRole('main').getByRole('button', { name: /Acknowledge|Undo|Lift|allow|Allow|Block|End|Silence/ }).count()).toBe(0)
  }
})

test('is readable in light and dark, wide and at 360 px', async () => {
  const alert = await attack('203.0.113.51')
  const page = await openDashboard(stage, 'alerts')
  const places = [['list', 'alerts'], ['page', `alerts/${alert.id}`], ['responses', 'alerts?tab=responses&standing=all'], ['blocks', 'alerts?tab=blocks'], ['silences', 'alerts?tab=silences&standing=all']] as const
  for (const [name, path] of places) {
    await page.goto(`${stage.widget}/dashboard/${path}`)
    await page.getByText('203.0.113').first().waitFor({ state: 'attached' })
    await expectAccessible(page)
    for (const [width, viewport] of [['wide', WIDE], ['360', NARROW]] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme: width === 'wide' ? 'light' : 'dark' })
      await shoot(page, `dashboard-alerts-${name}-${width}`)
    }
  }
})
