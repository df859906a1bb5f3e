/** The way in: names, passwords, codes, and what one does about them oneself or for others. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { totpCode } from '../../server/tokens/totp.ts'
import { NARROW, WIDE, expectAccessible, openDashboard, signIn } from './dashboard-stage.ts'
import { shoot } from './shoot.ts'
import { useStage } from './stage.ts'

const stage = useStage()
const HEADINGS = { signIn: { level: 1, name: 'Sign in' } } as const

async function openSignIn(query = '', options = {}): Promise<Page> {
  const page = await stage.open(`${stage.widget}/dashboard/sign-in${query}`, options)
  await page.getByRole('heading', HEADINGS.signIn).waitFor()
  return page
}
async function submit(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe('the sign-in page', () => {
  test('leads to the page that was asked for', async () => {
    const { name, password } = await stage.addOperator('viewer')
    const page = await stage.open(`${stage.widget}/dashboard/settings/account?project=pk_demo`)
    await page.getByRole('heading', HEADINGS.signIn).waitFor()
    await shoot(page, 'dashboard-sign-in-1280-light')
    await signIn(page, name, password)
    await page.getByRole('heading', { level: 1, name: 'Settings: Your account' }).waitFor()
    expect(page.url()).toBe(`${stage.widget}/dashboard/settings/account?project=pk_demo`)
  })

  test('leads nowhere else, whatever its address says', async () => {
    const { name, password } = await stage.addOperator('viewer')
    const page = await openSignIn('?next=//evil.example/dashboard/')
    await signIn(page, name, password)
    expect(page.url()).toBe(`${stage.widget}/dashboard/`)
  })

  test('is done with the keyboard alone, and can show what is typed', async () => {
    const { name, password } = await stage.addOperator('viewer')
    const page = await openSignIn()
    await expect.poll(() => page.evaluate('document.activeElement.autocomplete')).toBe('username')
    await page.keyboard.type(name)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    expect(await page.getByLabel('Password').getAttribute('type')).toBe('text')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' })
  })

  test('says what is wrong: the words, the waiting, the connection', async () => {
    const { name } = await stage.addOperator('viewer')
    const page = await openSignIn('', { viewport: NARROW, colorScheme: 'dark' })
    for (let n = 0; n < 5; n += 1) {
      const answered = page.waitForResponse('**/session')
      await submit(page, name, `wrong ${n}`)
      await answered
      // Until the page has read the answer it sends nothing more.
      await page.locator('button[type=submit][aria-busy=false]').waitFor()
    }
    await page.getByText('The name or the password is wrong.').waitFor()
    expect(await page.getByLabel('Password').inputValue()).toBe('wrong 4')
    await submit(page, name, 'wrong again')
    await page.getByText('Too many failed attempts.').waitFor()
    await page.getByText(/^Try again in (30|[12]?\d) s\.$/).waitFor()
    await shoot(page, 'dashboard-sign-in-locked-360-dark')
    await expectAccessible(page)
    await page.context().setOffline(true)
    await submit(page, name, 'whatever it was')
    await page.getByText('The server cannot be reached.').waitFor()
    expect(await page.getByLabel('Password').inputValue()).toBe('whatever it was')
  })
})

describe('a second factor', () => {
  test('is set up by its QR code, asked for, and removed', async () => {
    const { name, password } = await stage.addOperator('moderator')
    const page = await stage.open(`${stage.widget}/dashboard/settings/account`)
    await signIn(page, name, password)
    await page.getByRole('button', { name: 'Set it up' }).click()
    await page.getByRole('img', { name: /QR code/ }).waitFor()
    expect((await page.locator('.qr-squares').getAttribute('d'))?.length).toBeGreaterThan(2000)
    const secret = await page.locator('.set-up-totp code').innerText()
    await expectAccessible(page)
    await shoot(page, 'dashboard-account-totp-360-dark')
    await page.getByLabel('Code the app shows now').fill('000000')
    await page.getByLabel('Your password').fill('not this one')
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByText('This is not your password.').waitFor()
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByText('That is not the code of now.').waitFor()
    // This one, and later the one after it: each is taken once, and also when another half minute begins before it arrives.
    await page.getByLabel('Code the app shows now').fill(totpCode(secret, Date.now()))
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByText('Signing in takes a code of your authenticator app').waitFor()

    const other = await openSignIn()
    await submit(other, name, password)
    await other.getByRole('heading', { level: 1, name: 'One more step' }).waitFor()
    await shoot(other, 'dashboard-sign-in-code-1280-light')
    await other.getByLabel('Code of your authenticator app').fill('000000')
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    await other.getByText('That code was not taken.').waitFor()
    await other.getByLabel('Code of your authenticator app').fill(totpCode(secret, Date.now() + 30_000))
    await other.getByRole('button', { name: 'Sign in', exact: true }).click()
    await other.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' })

    // Making a token asks for one as well, here where the factor was set up a moment ago.
    await page.getByRole('button', { name: 'New token…' }).click()
    await page.getByLabel('What it is for').fill('an export')
    await page.getByLabel('Your password').fill(password)
    await page.getByLabel('Code of your authenticator app').fill('000000')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByText('That code was not taken.').waitFor()
    await expectAccessible(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'Remove it…' }).click()
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Remove it', exact: true }).click()
    await page.getByText('An authenticator app on your phone keeps out who learns it.').waitFor()
  })
})

describe('one’s own account', () => {
  test('changes its password, which signs out everywhere else', async () => {
    const { name, password } = await stage.addOperator('viewer')
    const [page, other] = [await stage.open(`${stage.widget}/dashboard/settings/account`), await openSignIn()]
    await signIn(other, name, password)
    await signIn(page, name, password)
    await page.getByLabel('Present password').fill('not this one')
    await page.getByLabel('New password').fill('a much longer one than before')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('This is not your present password.').waitFor()
    await page.getByLabel('Present password').fill(password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed.').waitFor()
    await other.reload()
    await other.getByRole('heading', HEADINGS.signIn).waitFor()
    await submit(other, name, 'a much longer one than before')
    await other.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' })
    expect(await page.getByLabel('New password').inputValue()).toBe('')
  })

  test('lists where it is signed in, and ends what it does not know', async () => {
    const { name, password } = await stage.addOperator('viewer')
    const stranger = await openSignIn('', { userAgent: 'Mozilla/5.0 \u202e<b>evil</b> "browser"' })
    await signIn(stranger, name, password)
    const page = await stage.open(`${stage.widget}/dashboard/settings/account`)
    await signIn(page, name, password)
    const sessions = page.getByRole('table', { name: 'Your sessions' })
    await sessions.getByText('<b>evil</b>').waitFor()
    expect(await sessions.locator('b').count()).toBe(0)
    await shoot(page, 'dashboard-account-1280-light')
    await sessions.getByRole('row').filter({ hasText: 'evil' }).getByRole('button', { name: /^Sign out/ }).click()
    await expect.poll(() => sessions.getByText('evil').count()).toBe(0)
    await stranger.reload()
    await stranger.getByRole('heading', HEADINGS.signIn).waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere…' }).click()
    await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click()
    await page.getByRole('heading', HEADINGS.signIn).waitFor()
  })

  test('makes a token that works, is shown once, and is revoked', async () => {
    const { name, password } = await stage.addOperator('moderator')
    const page = await stage.open(`${stage.widget}/dashboard/settings/account`)
    await signIn(page, name, password)
    await page.getByRole('button', { name: 'New token…' }).click()
    await page.getByLabel('What it is for').fill('Monday <script>export</script>')
    expect(await page.getByLabel('Role').locator('option').allInnerTexts()).toEqual(['viewer', 'moderator'])
    await page.getByLabel('Your password').fill('not this one')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByText('This is not your password.').waitFor()
    await page.getByLabel('Your password').fill(password)
    await page.getByRole('button', { name: 'Make it' }).click()
    const token = await page.getByRole('dialog').locator('code.copyable').innerText()
    await page.keyboard.press('Escape')
    await page.getByText('Keep it first, and say so').waitFor()
    expect(await page.getByRole('dialog').isVisible()).toBe(true)
    await shoot(page, 'dashboard-account-token-1280-light')
    const ask = async (): Promise<number> => (await fetch(`${stage.widget}/api/operator/v1/account`, { headers: { authorization: `Bearer ${token}` } })).status
    expect(await ask()).toBe(200)
    await page.getByLabel(/I have kept it/).check()
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await page.content()).not.toContain(token)
    const tokens = page.getByRole('table', { name: 'Your tokens' })
    await tokens.getByText('Monday <script>export</script>').first().waitFor()
    await tokens.getByRole('button', { name: /^Revoke/ }).click()
    await page.getByRole('button', { name: 'Revoke it' }).click()
    await tokens.getByText('revoked').waitFor()
    expect(await ask()).toBe(401)
    await expectAccessible(page)
    await shoot(page, 'dashboard-account-360-dark')
  })
})

describe('operators', () => {
  test('are added; the new one chooses a password, and is changed and shut out', async () => {
    const admin = await openDashboard(stage, 'settings/operators')
    await admin.getByRole('button', { name: 'Add somebody…' }).click()
    await admin.getByLabel('Name').fill('Grace Hopper')
    await admin.getByLabel('Role').selectOption('moderator')
    await admin.getByRole('button', { name: 'Add', exact: true }).click()
    const password = await admin.getByRole('dialog').locator('code.copyable').innerText()
    await admin.getByLabel(/I have kept it/).check()
    await admin.getByRole('button', { name: 'Done' }).click()
    await admin.getByRole('table', { name: 'People who may sign in' }).getByText('never signed in').waitFor()
    await expectAccessible(admin)
    await shoot(admin, 'dashboard-operators-360-dark')
    await admin.setViewportSize(WIDE)
    await admin.emulateMedia({ colorScheme: 'light' })
    await shoot(admin, 'dashboard-operators-1280-light')

    const grace = await openSignIn()
    await submit(grace, 'grace hopper', password)
    await grace.getByRole('heading', { level: 1, name: 'Choose your own password' }).waitFor()
    await grace.getByLabel('New password').fill('too short')
    await grace.getByRole('button', { name: 'Keep it and go on' }).click()
    await grace.getByText('takes at least 12 characters').waitFor()
    await expectAccessible(grace)
    await shoot(grace, 'dashboard-sign-in-choose-360-dark')
    await grace.setViewportSize(WIDE)
    await grace.getByLabel('New password').fill('the first compiler, 1952')
    await grace.getByRole('button', { name: 'Keep it and go on' }).click()
    await grace.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' })

    await admin.getByRole('button', { name: 'Change… Grace Hopper' }).click()
    const dialog = admin.getByRole('dialog', { name: 'Change what somebody may' })
    await dialog.waitFor()
    expect(new URL(admin.url()).searchParams.get('person')).toMatch(/^\d+$/)
    expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Disabled').check()
    await shoot(admin, 'dashboard-operators-change-1280-light')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await admin.getByRole('table', { name: 'People who may sign in' }).getByText('disabled').waitFor()
    await grace.reload()
    await grace.getByRole('heading', HEADINGS.signIn).waitFor()
  })

  test('of an admin are all tokens, and a moderator is not let in here', async () => {
    const page = await openDashboard(stage, 'settings/operators')
    const tokens = page.getByRole('table', { name: 'Every operator token' })
    await tokens.getByText('a test').first().waitFor()
    expect(await tokens.getByRole('button', { name: 'Revoke… a test' }).count()).toBe(1)
    const other = await openDashboard(stage, 'settings/operators', { role: 'moderator' })
    await other.getByText('Your role does not open this section').waitFor()
  })
})
