/** The whole system as one command, from the first vote to a power cut. The tests follow one another on one database. */
import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { Signals } from '../../server/contract/signals.ts'
import type { VoteRequest } from '../../server/contract/widget.ts'
import { en } from '../../widget/src/messages/en.ts'
import {
  DARK, EXPORT, OFFLINE, SEARCH, SHARED, VOTABLE, announcement, answered, boardSays, boardShown, expectSoon, openForSession, readVote, vote, voteControl,
} from './board.ts'
import { type Command, startCommand } from './command.ts'
import { fingerprintRead } from './fingerprint-read.ts'
import { clickByHand } from './hand.ts'
import { holdBack } from './hold-back.ts'
import { tabTo } from './keyboard.ts'
import { useStage } from './stage.ts'

let command: Command
const stage = useStage({ fingerprint: 'on' }, async () => (command = await startCommand()))

test('a visitor votes with the mouse and finds the vote again after a reload', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  expect(await Promise.all(VOTABLE.map((title) => readVote(page, title)))).toEqual(VOTABLE.map(() => ({ votes: 0, voted: false })))

  await answered(page, () => clickByHand(page, voteControl(page, OFFLINE)))
  await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })

  await page.reload()
  await boardShown(page)
  await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })
  expect(await readVote(page, SEARCH)).toEqual({ votes: 0, voted: false })
})

test('a visitor votes and takes it back with nothing but the keyboard, and moderators see exactly these votes', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await fingerprintRead(page)

  await tabTo(page, voteControl(page, SEARCH))
  const cast = await answered(page, () => page.keyboard.press('Enter'))
  await expectSoon(() => readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })
  await tabTo(page, voteControl(page, SHARED))
  await answered(page, () => page.keyboard.press('Space'))
  await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 1, voted: true })
  await answered(page, () => page.keyboard.press('Space'))
  await expectSoon(() => readVote(page, SHARED)).toEqual({ votes: 0, voted: false })

  // What the page told about its visitor: numbers and flags of the contract, no coordinates, no keys, no text.
  const { signals, fingerprint } = cast.request().postDataJSON() as VoteRequest
  expect(Check(Signals, signals)).toBe(true)
  expect(Object.values(signals ?? {}).filter((fact) => typeof fact === 'object')).toEqual([])
  expect(signals).toMatchObject({ input: 'keyboard', trusted: true, webdriver: true })
  expect(signals).not.toHaveProperty('pressure')
  expect(fingerprint).toMatch(/^[0-9a-f]{32}$/)

  const titles = new Map((await stage.operator.listItems()).map(({ id, title }) => [id, title]))
  const votes = await stage.operator.listVotes()
  expect(votes.map(({ itemId, value, state, tier }) => [titles.get(itemId), value, state, tier])).toEqual([
    [SHARED, 0, 'counted', 'device'],
    [SEARCH, 1, 'counted', 'device'],
    [OFFLINE, 1, 'counted', 'device'],
  ])
  for (const { score, breakdown, ipAddress } of votes) {
    // Driven, headless and quick: no person’s score, and still not enough to be blocked.
    expect(score).toBeLessThan(0.95)
    expect(breakdown).toMatchObject({ found: expect.arrayContaining([expect.objectContaining({ detector: 'webdriver' })]) as unknown[] })
    expect(ipAddress).toMatch(/^(127\.0\.0\.1|::1)$/)
  }
})

test('the same page on an origin that is not allowed is refused, readably, and the ledger knows which origin it was', async () => {
  const before = await stage.operator.listVotes()
  const page = await stage.open(stage.rogue)
  await page.getByRole('alert').filter({ hasText: en.loadFailed }).waitFor()
  expect(await voteControl(page, OFFLINE).count()).toBe(0)
  await page.getByRole('button', { name: en.retry }).waitFor()

  await expectSoon(async () => (await stage.operator.listEvents('origin_mismatch')).map(({ metadata }) => metadata))
    .toContainEqual(expect.objectContaining({ origin: stage.rogue, endpoint: expect.stringContaining('/board') as string }))
  expect(await stage.operator.listVotes()).toEqual(before)
})

test('clearing cookies and storage and voting again looks like success and does not raise the public tally', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await fingerprintRead(page)
  await vote(page, DARK)
  await page.context().clearCookies()
  await page.evaluate('localStorage.clear(); sessionStorage.clear()')
  await page.reload()
  await boardShown(page)
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 1, voted: false })
  await fingerprintRead(page)

  await vote(page, DARK)
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 2, voted: true })
  expect(await stage.operator.readTally(DARK)).toEqual({ counted: 1, held: 1, invalidated: 0 })
  const passerBy = await stage.open(stage.site)
  await boardShown(passerBy)
  expect(await readVote(passerBy, DARK)).toEqual({ votes: 1, voted: false })

  const held = await stage.operator.listVotes({ state: 'held' })
  expect(held).toHaveLength(1)
  const released = await stage.operator.release(held.map(({ id }) => id))
  expect(released.tallyChanges).toEqual([expect.objectContaining({ before: 1, after: 2 })])
  await boardSays(stage, DARK, 2)
  await passerBy.reload()
  await boardShown(passerBy)
  expect(await readVote(passerBy, DARK)).toEqual({ votes: 2, voted: false })
})

test('when the server is killed a vote goes back with a readable reason, and after the restart it counts', async () => {
  // A session is there before the server goes: what fails is the vote itself.
  const { page, session } = await openForSession(stage)
  await voteControl(page, EXPORT).hover()
  await (await session).finished()
  await command.kill()

  // Until the vote has been seen to show at once, it does not learn that it fails.
  const gate = await holdBack(page, /\/vote$/)
  await clickByHand(page, voteControl(page, EXPORT))
  await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 1, voted: true })
  await gate.open()
  await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 0, voted: false })
  await announcement(page, en.problem_network).waitFor()

  await command.restart()
  await vote(page, EXPORT)
  await expectSoon(() => readVote(page, EXPORT)).toEqual({ votes: 1, voted: true })
  expect(await stage.operator.readTally(EXPORT)).toEqual({ counted: 1, held: 0, invalidated: 0 })
  expect(await stage.operator.readTally(DARK)).toEqual({ counted: 2, held: 0, invalidated: 0 })
})

test('after all of it a recount of every vote agrees with the stored tallies', async () => {
  expect(await command.run('verify-tallies')).toContain('every tally is true')
})
