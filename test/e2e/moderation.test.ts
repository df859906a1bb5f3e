/** What a moderator does, seen from the page of the person it is done to. */
import { expect, test } from 'vitest'
import { en } from '../../widget/src/messages/en.ts'
import { DARK, OFFLINE, SEARCH, announcement, boardShown, expectSoon, readVote, vote } from './board.ts'
import { useStage } from './stage.ts'

const stage = useStage()

async function idOf(title: string): Promise<string> {
  const item = (await stage.operator.listItems()).find((one) => one.title === title)
  return item?.id ?? ''
}

test('an invalidated vote leaves the tally after a dry run that changed nothing, and undo puts it back exactly', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await vote(page, OFFLINE)
  const neighbour = await stage.open(stage.site)
  await boardShown(neighbour)
  await vote(neighbour, OFFLINE)
  await expectSoon(() => readVote(neighbour, OFFLINE)).toEqual({ votes: 2, voted: true })
  const standing = await stage.operator.listVotes()
  const mine = standing.filter(({ castAt }) => castAt === Math.min(...standing.map((one) => one.castAt))).map(({ id }) => id)
  const change = { itemId: await idOf(OFFLINE), before: 2, after: 1 }

  const preview = await stage.operator.invalidate(mine, true)
  expect(preview).toEqual({ id: null, matched: 1, tallyChanges: [change] })
  expect(await stage.operator.listVotes()).toEqual(standing)

  const invalidation = await stage.operator.invalidate(mine, false)
  expect(invalidation).toMatchObject({ matched: 1, tallyChanges: [change] })
  await neighbour.reload()
  await boardShown(neighbour)
  await expectSoon(() => readVote(neighbour, OFFLINE)).toEqual({ votes: 1, voted: true })

  const undone = await stage.operator.undo(String(invalidation.id))
  expect(undone.tallyChanges).toEqual([{ itemId: change.itemId, before: 1, after: 2 }])
  await neighbour.reload()
  await boardShown(neighbour)
  await expectSoon(() => readVote(neighbour, OFFLINE)).toEqual({ votes: 2, voted: true })
  expect(await stage.operator.listVotes()).toEqual(standing)
})

test('a block on a device stops the next vote of its open page, which says so and goes back; lifted, the vote passes', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await vote(page, SEARCH)
  const [cast] = await stage.operator.listVotes({ item: await idOf(SEARCH) })
  const block = await stage.operator.block('device', cast?.device ?? '')

  const refused = await vote(page, DARK)
  expect(refused.status()).toBe(403)
  await announcement(page, en.problem_blocked).waitFor()
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 0, voted: false })
  expect(await readVote(page, SEARCH)).toEqual({ votes: 1, voted: true })

  const bystander = await stage.open(stage.site)
  await boardShown(bystander)
  expect((await vote(bystander, SEARCH)).status()).toBe(200)

  await stage.operator.liftBlock(block.id)
  await vote(page, DARK)
  await expectSoon(() => readVote(page, DARK)).toEqual({ votes: 1, voted: true })
  await announcement(page, en.problem_blocked).waitFor({ state: 'hidden' })
  expect(await stage.operator.readTally(DARK)).toEqual({ counted: 1, held: 0, invalidated: 0 })
})

test('an item that closes while the page is open refuses the vote, readably', async () => {
  const item = await stage.operator.addItem('Paper size')
  const page = await stage.open(stage.site)
  await boardShown(page)
  await vote(page, 'Paper size')
  await expectSoon(() => readVote(page, 'Paper size')).toEqual({ votes: 1, voted: true })
  await stage.operator.changeItem(item.id, { status: 'declined' })

  expect((await vote(page, 'Paper size')).status()).toBe(409)
  await announcement(page, en.problem_voting_closed).waitFor()
  await expectSoon(() => readVote(page, 'Paper size')).toEqual({ votes: 1, voted: true })
})

test('a shipped item is on the board, with its tally and without a control to vote', async () => {
  const page = await stage.open(stage.site)
  await boardShown(page)
  await page.getByText('Nested folders', { exact: true }).waitFor()
  await page.getByText(en.status_shipped, { exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Nested folders' }).count()).toBe(0)
})

test('markup in an item’s title and description stays text', async () => {
  const title = '<img src=x onerror="document.title=1"> & <b>bold</b>'
  await stage.operator.addItem(title, '<script>document.title=2</script>')
  const page = await stage.open(stage.site)
  await boardShown(page)
  await vote(page, title)
  await expectSoon(() => readVote(page, title)).toEqual({ votes: 1, voted: true })
  await page.getByText('<script>document.title=2</script>', { exact: true }).waitFor()
  expect(await page.title()).toMatch(/^Northwind Notes/)
})
