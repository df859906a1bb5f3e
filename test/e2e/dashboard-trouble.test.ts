/** What goes wrong while somebody is at work: a session that ends, a server that is away, text that wants to be something else. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { startCommand, type Command } from './command.ts'
import { openDashboard, signIn } from './dashboard-stage.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

/** Calls the API as the page does, with its cookie and its token against forgery. */
async function callAsPage(page: Page, method: string, path: string, body?: object): Promise<{ status: number; code: string | undefined }> {
  return await page.evaluate(`(async () => {
    const { csrfToken } = await (await fetch('/api/operator/v1/account')).json()
    const answer = await fetch('/api/${path}', { method: '${method}', headers: { 'x-csrf-token': csrfToken${body === undefined ? '' : `, 'content-type': 'application/json'`} }${body === undefined ? '' : `, body: ${JSON.stringify(JSON.stringify(body))}`} })
    return { status: answer.status, code: (await answer.json().catch(() => ({}))).code }
  })()`)
}

describe('on one server', () => {
  const stage = useStage()

  test('a session that ends is said over the page, and what was typed is sent after signing in again', async () => {
    const { name, password } = await stage.addOperator('moderator')
    const page = await stage.open(`${stage.widget}/dashboard/board`)
    await signIn(page, name, password)
    await page.getByRole('link', { name: 'Add an item' }).click()
    const dialog = page.getByRole('dialog', { name: /item/i })
    await dialog.getByLabel('Title').fill('Typed before the session ended')
    expect(await callAsPage(page, 'DELETE', 'operator/v1/account/sessions')).toMatchObject({ status: 204 })
    await dialog.getByRole('button', { name: /^(Add|Save)/ }).click()
    const again = page.getByRole('dialog', { name: 'Your session has ended' })
    await again.waitFor()
    await shoot(page, 'dashboard-session-ended')
    await again.getByLabel('Name').fill(name)
    await again.getByLabel('Password').fill(password)
    await again.getByRole('button', { name: 'Sign in' }).click()
    await again.waitFor({ state: 'hidden' })
    await expect.poll(async () => (await stage.operator.listItems()).map(({ title }) => title)).toContain('Typed before the session ended')
  })

  test('what a viewer must not do is not offered, and refused by the API all the same', async () => {
    const page = await openDashboard(stage, 'board', { role: 'viewer' })
    await page.getByText('Offline mode').first().waitFor()
    expect(await page.getByRole('link', { name: 'Add an item' }).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Operators' }).count()).toBe(0)
    for (const [method, path, body] of [
      ['POST', 'moderation/v1/items', { project: 'pk_demo', title: 'A viewer’s' }],
      ['POST', 'moderation/v1/invalidations', { project: 'pk_demo', filter: { item: '1' }, reason: 'a viewer' }],
      ['POST', 'moderation/v1/blocks', { project: 'pk_demo', kind: 'ip', value: '203.0.113.9', reason: 'a viewer', expiresAt: Date.now() + 60_000 }],
      ['PATCH', 'security/v1/events', { filter: {}, isRead: true }],
      ['POST', 'operator/v1/projects', { name: 'A viewer’s' }],
      ['GET', 'operator/v1/operators', undefined],
    ] as const) {
      expect(await callAsPage(page, method, path, body), `${method} ${path}`).toEqual({ status: 403, code: 'role_insufficient' })
    }
  })

  test('nobody who is not signed in gets a file of the app', async () => {
    const page = await openDashboard(stage)
    const script = await page.locator('script[type="module"]').getAttribute('src')
    expect((await fetch(`${stage.widget}${script}`)).status).toBe(401)
    const answer = await fetch(`${stage.widget}/dashboard/events?severity=high`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/dashboard/sign-in?next=%2Fdashboard%2Fevents%3Fseverity%3Dhigh'])
    const signInPage = await fetch(`${stage.widget}/dashboard/sign-in`)
    expect(signInPage.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(signInPage.headers.get('content-security-policy')).not.toContain('unsafe')
  })

  test('hostile text stays text: no element, no script, no broken layout, no complaint of the content policy', async () => {
    const page = await openDashboard(stage, 'events')
    const complaints: string[] = []
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>=HYPERLINK("http://evil.example")'
    for (const userAgent of [`${hostile}${'A'.repeat(10_000)}`.slice(0, 8000), hostile]) {
      await fetch(`${stage.widget}/api/widget/v1/${encodeURIComponent(`pk_${'x'.repeat(50)}`)}/board`, { headers: { origin: 'https://‮evil.example'.replace('‮', ''), 'user-agent': userAgent } })
      await fetch(`${stage.widget}/api/widget/v1/pk_demo/board`, { headers: { origin: `https://${'very-long-name.'.repeat(14)}example`, 'user-agent': userAgent } })
      await fetch(`${stage.widget}/${encodeURIComponent(hostile)}/../../etc/passwd`)
    }
    // Written a quarter of a second later, or when the machine gets to it.
    await expect.poll(async () => (await stage.operator.listEvents('origin_mismatch')).some(({ metadata }) => metadata.origin?.includes('very-long-name') === true)).toBe(true)
    await page.reload()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('row').filter({ hasText: 'very-long-name' }).first().waitFor()
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 })
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0)
    }
    expect(await page.locator('#app img[src="x"], #app script').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})

describe('on a server of its own', () => {
  let command: Command
  const stage = useStage({}, async () => (command = await startCommand()))

  test('a server that is away is said plainly, and a page goes on by itself when it is back', async () => {
    const page = await openDashboard(stage)
    await page.getByText('live', { exact: true }).waitFor()
    await command.kill()
    await page.getByRole('alert').filter({ hasText: 'What you see may be old' }).waitFor({ timeout: 40_000 })
    await shoot(page, 'dashboard-server-away')
    await command.restart()
    await page.getByRole('alert').filter({ hasText: 'What you see may be old' }).waitFor({ state: 'hidden', timeout: 60_000 })
    await page.getByText('live', { exact: true }).waitFor({ timeout: 60_000 })
    await fetch(`${stage.widget}/api/widget/v1/pk_after_the_restart/board`, { headers: { origin: 'https://attacker.example' } })
    await expect.poll(() => page.locator('[data-event]').count()).toBeGreaterThan(0)
  })
})
