/** A vote's way through the kit, with real work in the slices: a server's side of it is in test/e2e/challenge.test.ts. */
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Challenge } from '../../../server/contract/challenge.ts'
import type { VoteAnswer } from '../../../server/contract/widget.ts'
import { Problem } from '../api.ts'
import { createTrail } from '../trail.ts'
import { type Errand, createChallengeKit } from './kit.ts'
import { solve } from './solve.ts'

vi.mock('./challenge.css', () => ({ default: '' }))
// It makes elements once the work has taken a second, as on a busy machine it may; there is no page here.
vi.mock('./progress-notice.ts', () => ({ announceProgress: () => ({ update: () => undefined, remove: () => undefined }) }))
// The real work, and how often it was asked for.
vi.mock('./solve.ts', { spy: true })
afterEach(() => void vi.useRealTimers())

vi.setConfig({ testTimeout: 60_000 })

const ANSWER: VoteAnswer = { itemId: '42', value: 1, votes: 1, receipt: 'r' }
const challengeOf = (nonce: string, fields: Partial<Challenge> = {}): Challenge => ({ nonce, difficulty: 8, minimumDwellMs: 0, ...fields })

/** A server that asks for these challenges one after the other before it takes the vote. */
function errandOf(challenge: Challenge | null, asked: Challenge[] = [], fields: Partial<Errand> = {}) {
  const sent: { solution: string | undefined; at: number }[] = []
  const announced: string[] = []
  const errand: Errand = {
    itemId: '42',
    value: 1,
    session: { challenge, arrivedAt: performance.now() },
    element: {} as Element,
    translate: (key) => key,
    moment: { event: new Event('click'), control: null, observed: { since: 0, trail: createTrail(), keys: 0, scrolls: 0 } },
    async send(proof) {
      sent.push({ solution: proof?.solution, at: performance.now() })
      const next = asked.shift()
      if (next) throw new Problem('challenge_required', 403, { challenge: next })
      return ANSWER
    },
    onStepUp: () => announced.push('step-up'),
    ...fields,
  }
  return { errand, sent, announced }
}

function isSolution(solution: string | undefined, nonce: string, difficulty = 8): boolean {
  const [, given, counter] = /^(.*):(\d+)$/.exec(solution ?? '') ?? []
  const digest = createHash('sha256').update(`${nonce}:42:${counter}`).digest()
  return given === nonce && Math.clz32(digest.readUInt32BE(0)) >= difficulty
}

const createKit = () => createChallengeKit((url) => url)

describe('a vote', () => {
  it('carries the solution of its session’s challenge', async () => {
    const { errand, sent, announced } = errandOf(challengeOf('abc'))
    expect(await createKit().castVote(errand)).toEqual(ANSWER)
    expect(sent.map(({ solution }) => isSolution(solution, 'abc'))).toEqual([true])
    expect(announced).toEqual([])
  })

  it('without a challenge goes as it is, and so does one that is taken back', async () => {
    for (const { errand, sent } of [errandOf(null), errandOf(challengeOf('abc'), [], { value: 0 })]) {
      expect(await createKit().castVote(errand)).toEqual(ANSWER)
      expect(sent.map(({ solution }) => solution)).toEqual([undefined])
    }
  })

  it('is held back until the session is old enough, counted from when its answer came', async () => {
    // Time is the test's: what a busy machine adds to a wait says nothing about how long was waited for.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const arrivedAt = performance.now() - 100
    const { errand, sent } = errandOf(null, [], { session: { challenge: challengeOf('abc', { minimumDwellMs: 300 }), arrivedAt } })
    const cast = createKit().castVote(errand)
    await vi.advanceTimersByTimeAsync(199)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(2)
    await cast
    expect((sent[0]?.at ?? 0) - arrivedAt).toBe(301)

    const late = errandOf(null, [], { session: { challenge: challengeOf('abc', { minimumDwellMs: 300 }), arrivedAt: arrivedAt - 5000 } })
    const begun = performance.now()
    const lateCast = createKit().castVote(late.errand)
    await vi.advanceTimersByTimeAsync(1)
    await lateCast
    expect((late.sent[0]?.at ?? 0) - begun).toBeLessThanOrEqual(1)
  })

  it('goes without a solution where the work is beyond doing', async () => {
    const { errand, sent } = errandOf(challengeOf('abc', { difficulty: 40 }))
    expect(await createKit().castVote(errand)).toEqual(ANSWER)
    expect(sent.map(({ solution }) => solution)).toEqual([undefined])
  })

  it('given again after it was taken back costs no second work, and brings the same solution', async () => {
    const kit = createKit()
    const [first, second] = [errandOf(challengeOf('abc', { difficulty: 16 })), errandOf(challengeOf('abc', { difficulty: 16 }))]
    vi.mocked(solve).mockClear()
    await kit.castVote(first.errand)
    expect(solve).toHaveBeenCalledTimes(1)
    await kit.castVote(second.errand)
    expect(solve).toHaveBeenCalledTimes(1)
    expect(second.sent[0]?.solution).toBe(first.sent[0]?.solution)
  })
})

describe('a step-up', () => {
  it('is solved and the same vote repeated, and the host hears of it', async () => {
    const { errand, sent, announced } = errandOf(challengeOf('abc'), [challengeOf('step.up.token', { difficulty: 10 })])
    expect(await createKit().castVote(errand)).toEqual(ANSWER)
    expect(sent).toHaveLength(2)
    expect(isSolution(sent[0]?.solution, 'abc')).toBe(true)
    expect(isSolution(sent[1]?.solution, 'step.up.token', 10)).toBe(true)
    expect(announced).toEqual(['step-up'])
  })

  it('that never ends is given up after three', async () => {
    const { errand, sent } = errandOf(null, ['a', 'b', 'c', 'd', 'e'].map((nonce) => challengeOf(nonce)))
    await expect(createKit().castVote(errand)).rejects.toMatchObject({ code: 'challenge_required', status: 403 })
    expect(sent).toHaveLength(4)
  })

  it('beyond doing is the server’s refusal', async () => {
    const { errand, sent } = errandOf(null, [challengeOf('a', { difficulty: 60 })])
    await expect(createKit().castVote(errand)).rejects.toMatchObject({ code: 'challenge_required' })
    expect(sent).toHaveLength(1)
  })

  it('is not taken for any other refusal', async () => {
    const { errand, announced } = errandOf(null, [], {
      send: async () => {
        throw new Problem('blocked', 403)
      },
    })
    await expect(createKit().castVote(errand)).rejects.toMatchObject({ code: 'blocked' })
    expect(announced).toEqual([])
  })
})

describe('the evidence', () => {
  it('has the machine’s hash where there is one, and whether the worker disagrees only where one has run', async () => {
    const kit = createKit()
    const { errand } = errandOf(challengeOf('abc'))
    await kit.castVote(errand)
    const signals = kit.readSignals(errand.moment, '0123456789abcdef')
    expect(signals).toMatchObject({ core: '0123456789abcdef', trusted: false, keys: 0 })
    // No worker here: the work was done in slices.
    expect(signals).not.toHaveProperty('workerMismatch')
    expect(kit.readSignals(errand.moment, undefined)).not.toHaveProperty('core')
  })
})
