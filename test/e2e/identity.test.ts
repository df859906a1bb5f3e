/** Signed-in people on the demo site: one person, one vote, whatever they do with browsers, tokens and signing out. */
import { SignJWT } from 'jose'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import type { SessionAnswer } from '../../server/contract/widget.ts'
import { en } from '../../widget/src/messages/en.ts'
import { DARK, EXPORT, OFFLINE, SEARCH, SHARED, announcement, boardShown, expectSoon, readVote, takenIn, vote } from './board.ts'
import { holdBack } from './hold-back.ts'
import { PROJECT } from './operator.ts'
import { useStage } from './stage.ts'
import { isSession } from './traffic.ts'

const stage = useStage()

/** Waits for a session of the kind: signed in, or nobody's. */
const sessionOpened = (page: Page, verified: boolean) =>
  page.waitForResponse(
    async (response) => isSession(response.request()) && response.ok() && ((await response.json()) as SessionAnswer).verified === verified,
  )

const pressSignIn = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel('Sign in as').selectOption(name)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function signIn(page: Page, name: string): Promise<void> {
  await Promise.all([sessionOpened(page, true), pressSignIn(page, name)])
  await page.getByText(`Signed in as ${name}`).waitFor()
}

async function signOut(page: Page): Promise<void> {
  await Promise.all([sessionOpened(page, false), page.getByRole('button', { name: 'Sign out' }).click()])
  await page.getByText('Not signed in').waitFor()
}

async function openBoard(): Promise<Page> {
  const page = await stage.open('about:blank')
  const known = page.waitForResponse((response) => response.url().endsWith('/api/me'))
  await page.goto(stage.site)
  await boardShown(page)
  // The site’s scripts listen by now.
  await (await known).finished()
  await takenIn(page)
  return page
}

/** The server answers the first of these requests at once; the page has its answer, with what was true then, when `deliver` is called. */
async function keepAnswer(page: Page, url: RegExp): Promise<{ given(): Promise<{ deliver(): Promise<void> }> }> {
  const gate = await holdBack(page, url)
  return {
    async given() {
      await expectSoon(() => gate.held.length).toBe(1)
      const response = await gate.held[0]?.fetch()
      return {
        async deliver() {
          const heard = page.waitForResponse(url)
          await gate.open((route) => route.fulfill({ ...(response && { response }) }))
          await (await heard).finished()
          await takenIn(page)
        },
      }
    },
  }
}

async function votesOn(title: string) {
  const item = (await stage.operator.listItems()).find((one) => one.title === title)
  return stage.operator.listVotes({ item: item?.id ?? '' })
}

test('a signed-in person’s vote is verified, is there in their second browser, and cannot be added to from it', async () => {
  const [desktop, phone] = [await openBoard(), await openBoard()]
  await signIn(phone, 'Mira Okafor')
  await signIn(desktop, 'Mira Okafor')
  await vote(desktop, OFFLINE)
  await expectSoon(() => readVote(desktop, OFFLINE)).toEqual({ votes: 1, voted: true })

  // The phone has not heard of it yet and offers a vote: it is the same vote.
  expect(await readVote(phone, OFFLINE)).toEqual({ votes: 0, voted: false })
  expect((await vote(phone, OFFLINE)).status()).toBe(200)
  await expectSoon(() => readVote(phone, OFFLINE)).toEqual({ votes: 1, voted: true })

  // A sign-in lasts: after a reload the site says again who it is, and the vote is theirs.
  await phone.reload()
  await boardShown(phone)
  await expectSoon(() => readVote(phone, OFFLINE)).toEqual({ votes: 1, voted: true })
  expect((await votesOn(OFFLINE)).filter(({ value, supersededBy }) => value === 1 && supersededBy === null)).toEqual([
    expect.objectContaining({ tier: 'verified', state: 'counted', endUser: expect.stringContaining('***') as string }),
  ])
})

test('two people count twice from one browser, and one takes back only their own', async () => {
  const page = await openBoard()
  await signIn(page, 'Jonas Lindqvist')
  await vote(page, SHARED)
  await signOut(page)
  await signIn(page, 'Sofia Reyes')
  await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 1, voted: false })
  await vote(page, SHARED)
  await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 2, voted: true })
  await vote(page, SHARED)
  await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 1, voted: false })
})

test('the vote given before signing in becomes the person’s own and is not added to it', async () => {
  const page = await openBoard()
  await vote(page, SEARCH)
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })

  await signIn(page, 'Jonas Lindqvist')
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })
  await vote(page, SEARCH)
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 0, voted: false })
  await vote(page, SEARCH)
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })
  const votes = await votesOn(SEARCH)
  expect(votes.map(({ tier, supersededBy }) => [tier, supersededBy === null])).toEqual(
    expect.arrayContaining([['verified', true], ['device', false]]),
  )
  expect(await stage.operator.readTally(SEARCH)).toEqual({ counted: 1, held: 0, invalidated: 0 })

  // Signed out, the same device may not vote beside the person.
  await signOut(page)
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: false })
  expect((await vote(page, SEARCH)).status()).toBe(409)
  await announcement(page, en.problem_already_voted).waitFor()
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: false })
})

test('a page that hands over an expired token hears of it, fetches a fresh one once, and the vote is verified', async () => {
  const { kid, identitySecret } = await stage.operator.addIdentitySecret()
  const anHourAgo = Math.floor(Date.now() / 1000) - 3600
  const expired = await new SignJWT({ sub: 'usr_1003', aud: PROJECT, iat: anHourAgo, exp: anHourAgo + 300 })
    .setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(identitySecret))
  const page = await openBoard()
  let asked = 0
  await page.route('**/api/truetally-token', async (route) => {
    asked += 1
    await (asked === 1 ? route.fulfill({ json: { token: expired } }) : route.continue())
  })

  await Promise.all([sessionOpened(page, true), pressSignIn(page, 'Sofia Reyes')])
  await page.getByRole('log').getByText('user_token_expired').waitFor()
  await vote(page, DARK)
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 1, voted: true })
  expect(asked).toBe(2)
  expect(await votesOn(DARK)).toContainEqual(expect.objectContaining({ tier: 'verified', value: 1 }))
  await expectSoon(async () => (await stage.operator.listEvents('jwt_validation_failed')).map((event) => [event.severity, event.metadata.errorMessage]))
    .toContainEqual(['low', 'Token expired'])
})

test('a site that only has forged tokens is not asked for ever, and its visitor votes as nobody in particular', async () => {
  const forged = await new SignJWT({ sub: 'usr_1001', aud: PROJECT }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt()
    .setExpirationTime('5m').sign(new TextEncoder().encode('not the secret of this project'))
  const page = await openBoard()
  let asked = 0
  await page.route('**/api/truetally-token', async (route) => {
    asked += 1
    await route.fulfill({ json: { token: forged } })
  })

  await Promise.all([sessionOpened(page, false), pressSignIn(page, 'Mira Okafor')])
  await page.getByRole('log').getByText('user_token_invalid').first().waitFor()
  await expectSoon(() => asked).toBe(2)
  await vote(page, EXPORT)
  await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 1, voted: true })
  expect(asked).toBe(2)
  expect(await votesOn(EXPORT)).toEqual([expect.objectContaining({ tier: 'device', value: 1 })])
  await expectSoon(async () => (await stage.operator.listEvents('jwt_validation_failed')).map((event) => [event.severity, event.metadata.errorMessage]))
    .toContainEqual(['high', 'Invalid signature'])
})

test('who was signed in when the page opened is not said after somebody has signed in', async () => {
  const page = await stage.open('about:blank')
  const me = await keepAnswer(page, /\/api\/me$/)
  await page.goto(stage.site)
  await boardShown(page)
  const nobody = await me.given()
  await signIn(page, 'Mira Okafor')
  await nobody.deliver()
  expect(await page.getByText('Signed in as Mira Okafor').isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(true)
})

test('a token that comes after its person has signed out is not used, and the next vote is nobody’s in particular', async () => {
  const page = await openBoard()
  const token = await keepAnswer(page, /\/api\/truetally-token$/)
  await pressSignIn(page, 'Jonas Lindqvist')
  const ofJonas = await token.given()
  await page.getByText('Signed in as Jonas Lindqvist').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('Not signed in').waitFor()
  await ofJonas.deliver()
  await vote(page, DARK)
  // The newest comes first.
  expect((await votesOn(DARK))[0]).toMatchObject({ tier: 'device', value: 1 })
})

test('where only verified votes count, the board asks a stranger to sign in and takes the vote once they have', async () => {
  await stage.operator.configure({ mode: 'verified' })
  try {
    const page = await openBoard()
    await page.getByText(en.signIn).waitFor()
    await page.getByRole('button', { name: new RegExp(`vote.*${OFFLINE}`, 'i') }).press('Enter')
    await announcement(page, en.problem_verification_required).waitFor()
    await page.getByRole('log').getByText('verification_required').first().waitFor()

    await signIn(page, 'Sofia Reyes')
    await page.getByText(en.signIn).waitFor({ state: 'hidden' })
    const before = (await readVote(page, OFFLINE)).votes
    await vote(page, OFFLINE)
    await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: before + 1, voted: true })
  } finally {
    await stage.operator.configure({ mode: 'open' })
  }
})
