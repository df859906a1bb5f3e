/** Proof of work in a real browser: in a worker, without one, over plain http, and not at all. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { SessionAnswer, VoteRequest } from '../../server/contract/widget.ts'
import { defaultPolicy, loggingPolicy } from '../../server/gate/policies/default.ts'
import { DARK, EXPORT, OFFLINE, SEARCH, SHARED, boardShown, expectSoon, openForSession, readVote, vote, voteControl } from './board.ts'
import { forbidWorkers, openBoard, workOf } from './proof-of-work.ts'
import { useStage } from './stage.ts'
import { isVote } from './traffic.ts'

/** Votes, and answers what was sent. */
async function cast(page: Page, title: string): Promise<{ body: VoteRequest; work: number; status: number }> {
  const answer = await vote(page, title)
  const body = answer.request().postDataJSON() as VoteRequest
  return { body, work: workOf(answer.url(), body), status: answer.status() }
}

describe('with the shipped challenge', () => {
  const stage = useStage()

  test('a vote counts with its proof of work, done in a worker that has nothing to contradict', async () => {
    const page = await openBoard(stage)
    const { body, work, status } = await cast(page, OFFLINE)
    expect(status).toBe(200)
    expect(work).toBeGreaterThanOrEqual(defaultPolicy.challenge?.difficulty ?? Number.NaN)
    expect(body.signals).toMatchObject({ workerMismatch: false, platform: 'Linux', mobile: false, timeZone: expect.any(String) as string })
    await expectSoon(() => readVote(page, OFFLINE)).toEqual({ votes: 1, voted: true })
    expect(await stage.operator.readTally(OFFLINE)).toMatchObject({ counted: 1, held: 0 })
    const [recorded] = await stage.operator.listVotes()
    expect(recorded?.breakdown).toBeDefined()
    expect(JSON.stringify(recorded?.breakdown)).not.toMatch(/missing-proof|too-soon|worker-mismatch|automation-globals/)
  })

  test('a script that patches the page’s navigator is contradicted by the worker', async () => {
    const page = await openBoard(stage, '/', (fresh) =>
      fresh.addInitScript(`Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => 96 })`))
    expect((await cast(page, SEARCH)).body.signals).toMatchObject({ workerMismatch: true })
  })

  test('what a driver leaves on the page is told', async () => {
    const page = await openBoard(stage, '/', (fresh) => fresh.addInitScript('window.cdc_adoQpoasnfa76pfcZLmcfl_Promise = Promise'))
    expect((await cast(page, SEARCH)).body.signals).toMatchObject({ automationGlobals: true })
  })

  test('a visitor quicker than the minimum dwell sees the vote at once, and it is sent when the server will not find it too soon', async () => {
    const { page, session } = await openForSession(stage)
    await Promise.all([
      page.waitForRequest(isVote),
      (async () => {
        await voteControl(page, DARK).press('Enter')
        expect(await readVote(page, DARK)).toEqual({ votes: 1, voted: true })
      })(),
    ])
    await expectSoon(() => stage.operator.readTally(DARK)).toMatchObject({ counted: 1 })
    const recorded = (await stage.operator.listVotes())[0]
    expect(JSON.stringify(recorded?.breakdown)).not.toContain('too-soon')
    expect(((await (await session).json()) as SessionAnswer).challenge?.minimumDwellMs).toBe(500)
  })

  test('where the policy forbids workers the work is done on the page, which stays responsive', async () => {
    const page = await openBoard(stage, '/strict-csp', forbidWorkers)
    // Each look at the clock takes a millisecond more, so that what a slice is does not depend on the machine; and whenever the
    // page has its turn it sees how many looks there were without one.
    await page.evaluate(`{
      const now = performance.now.bind(performance)
      let looks = 0, last = 0, longest = 0, over = false
      performance.now = () => now() + (looks += 1)
      const tick = () => {
        longest = Math.max(longest, looks - last)
        last = looks
        if (!over) scheduler.postTask(tick)
      }
      tick()
      window.countLooks = () => {
        over = true
        delete performance.now
        return { looks, longest }
      }
    }`)
    const { work, status, body } = await cast(page, SHARED)
    expect(status).toBe(200)
    expect(work).toBeGreaterThanOrEqual(16)
    expect(body.signals).not.toHaveProperty('workerMismatch')
    await page.getByRole('status').filter({ hasText: '1 violation' }).waitFor()
    const counter = Number(body.solution?.split(':').at(-1))
    const hashes = counter - 10 ** (String(counter).length - 1)
    const { looks, longest } = await page.evaluate<{ looks: number; longest: number }>('countLooks()')
    // One for every 128 hashes, of which there are 65,536 on average.
    expect(looks).toBeGreaterThanOrEqual(Math.floor(hashes / 1024))
    // Slices of 10 ms, two of them where a timer was quicker than the turn, and a look or two by others.
    expect(longest).toBeLessThan(30)
    // The policy reports the attempt once, not with every vote.
    expect((await cast(page, EXPORT)).work).toBeGreaterThanOrEqual(16)
    expect(await page.evaluate('northwind.seen.violations.length')).toBe(1)
  })

  test('over plain http, where the browser has no crypto.subtle, it is done all the same', async () => {
    await stage.operator.configure({ origins: [stage.site, 'http://notes.example'] })
    // A visitor of their own: the stage lets nobody leave its origins.
    const page = await (await stage.browser.newContext()).newPage()
    await page.route('http://notes.example/**', async (route) => {
      const { pathname } = new URL(route.request().url())
      await route.fulfill({ response: await route.fetch({ url: `${stage.site}${pathname}` }) })
    })
    for (const path of ['**/api/widget/**', '**/*.js']) {
      await page.route(`${stage.widget}/${path}`, async (route) => route.fulfill({ response: await route.fetch() }))
    }
    await page.goto('http://notes.example/')
    await boardShown(page)
    expect(await page.evaluate('[isSecureContext, typeof crypto.subtle]')).toEqual([false, 'undefined'])
    const { work, status, body } = await cast(page, SEARCH)
    expect(status).toBe(200)
    expect(work).toBeGreaterThanOrEqual(16)
    expect(body.signals).toMatchObject({ workerMismatch: false })
  })

  test('a page that keeps challenge.js out still votes, with no proof and no signals', async () => {
    const page = await openBoard(stage, '/', (fresh) => fresh.route('**/challenge.js', (route) => route.abort()))
    const { body, status } = await cast(page, EXPORT)
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('solution')
    expect(body).not.toHaveProperty('signals')
    await expectSoon(() => readVote(page, EXPORT)).toMatchObject({ voted: true })
  })

  test('the session opens when the board has been in view for a second, and nothing is stored before the first vote', async () => {
    const begun = Date.now()
    const { page, session } = await openForSession(stage)
    await voteControl(page, OFFLINE).scrollIntoViewIfNeeded()
    await session
    expect(Date.now() - begun).toBeGreaterThan(1000)
    expect(stage.traffic.requests.filter((request) => request.url().endsWith('/challenge.js') && request.frame().page() === page)).toEqual([])
    const stored = () => page.evaluate<string[]>(`Object.keys(localStorage).filter((key) => key.startsWith('truetally:'))`)
    expect(await stored()).toEqual([])
    await vote(page, SEARCH)
    expect(await stored()).toEqual(['truetally:pk_demo'])
  })

  test('what 16 bits take in a worker is printed, and is not felt', async () => {
    const page = await openBoard(stage)
    await vote(page, OFFLINE)
    const times = await page.evaluate<number[]>(`(async () => {
      const kit = globalThis[Symbol.for('truetally')].challenge((url) => url)
      const times = []
      for (let round = 0; round < 41; round += 1) {
        const begun = performance.now()
        await kit.castVote({
          itemId: '1', value: 1, element: document.body, translate: (key) => key, onStepUp() {}, send: async () => ({}),
          session: { arrivedAt: -1e6, challenge: { nonce: 'nonce' + Math.random(), difficulty: 16, minimumDwellMs: 0 } },
        })
        times.push(performance.now() - begun)
      }
      return times.sort((one, other) => one - other)
    })()`)
    const at = (share: number): number => Math.round(times[Math.floor(times.length * share)] ?? Number.NaN)
    process.stdout.write(`16 bits in a worker, start of the worker included: median ${at(0.5)} ms, 90 % within ${at(0.9)} ms\n`)
    expect(times).toHaveLength(41)
  })
})

describe('with a server that asks for no work', () => {
  const stage = useStage({ policy: { ...loggingPolicy, challenge: null } })

  test('votes are sent without a solution and without a worker', async () => {
    const { page, session } = await openForSession(stage)
    await voteControl(page, OFFLINE).hover()
    await session
    const workers: string[] = []
    page.on('worker', (worker) => workers.push(worker.url()))
    const { body, status } = await cast(page, OFFLINE)
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('solution')
    expect(body.signals).toMatchObject({ trusted: true })
    expect(workers).toEqual([])
  })
})
