import { describe, expect, it } from 'vitest'
import { Problem } from './api.ts'
import { createVoteQueue, type Value } from './vote-queue.ts'

type Answer = { value: Value; votes: number }

const settled = () => new Promise((resolve) => setTimeout(resolve))

/** A queue whose requests wait until the test answers them. */
function openQueue() {
  const sent: { itemId: string; value: Value; cast: string; answer(answer: Answer): void; refuse(problem: Problem): void }[] = []
  const refused: { itemId: string; code: string; cast: string }[] = []
  const pauses: number[] = []
  const queue = createVoteQueue<string>({
    send: (itemId, value, cast) =>
      new Promise((answer, refuse) => {
        sent.push({ itemId, value, cast, answer, refuse })
      }),
    wait: async (milliseconds) => {
      pauses.push(milliseconds)
    },
    onChange: () => {},
    onRefused: (itemId, problem, cast) => refused.push({ itemId, code: problem.code, cast }),
  })
  queue.setTallies([{ id: '1', votes: 10 }, { id: '2', votes: 5 }])
  return { queue, sent, refused, pauses }
}

describe('a vote that succeeds', () => {
  it('shows at once, before the server answers', () => {
    const { queue } = openQueue()
    queue.want('1', 1, 'click')
    expect(queue.read('1')).toEqual({ voted: true, votes: 11 })
  })

  it('shows the tally the server answers, whatever it is', async () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'click')
    sent[0]?.answer({ value: 1, votes: 42 })
    await settled()
    expect(queue.read('1')).toEqual({ voted: true, votes: 42 })
  })

  it('accepts that the server keeps another value, without asking again', async () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'click')
    sent[0]?.answer({ value: 0, votes: 10 })
    await settled()
    expect(queue.read('1')).toEqual({ voted: false, votes: 10 })
    expect(sent).toHaveLength(1)
  })

  it('is not sent when it is what the server has already', () => {
    const { queue, sent } = openQueue()
    queue.setVoted(['1'])
    queue.want('1', 1, 'click')
    expect(sent).toHaveLength(0)
  })
})

describe('clicks during a request', () => {
  it('come to one more request at most, with the last wish and its click', async () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'first')
    queue.want('1', 0, 'second')
    queue.want('1', 1, 'third')
    queue.want('1', 0, 'fourth')
    expect(sent).toHaveLength(1)
    sent[0]?.answer({ value: 1, votes: 11 })
    await settled()
    expect(sent.map(({ value, cast }) => ({ value, cast }))).toEqual([{ value: 1, cast: 'first' }, { value: 0, cast: 'fourth' }])
    expect(queue.read('1')).toEqual({ voted: false, votes: 10 })
  })

  it('cancel out when they end where they began', async () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'a')
    queue.want('1', 0, 'b')
    queue.want('1', 1, 'c')
    sent[0]?.answer({ value: 1, votes: 11 })
    await settled()
    expect(sent).toHaveLength(1)
  })

  it('on another item do not wait', () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'a')
    queue.want('2', 1, 'b')
    expect(sent.map(({ itemId }) => itemId)).toEqual(['1', '2'])
  })
})

describe('a vote that fails', () => {
  it('goes back to what the server last said, and says why', async () => {
    const { queue, sent, refused } = openQueue()
    queue.want('1', 1, 'click')
    sent[0]?.refuse(new Problem('voting_closed', 409))
    await settled()
    expect(queue.read('1')).toEqual({ voted: false, votes: 10 })
    expect(refused).toEqual([{ itemId: '1', code: 'voting_closed', cast: 'click' }])
    expect(sent).toHaveLength(1)
  })

  it('is repeated with the same value after a lost connection, twice, then given up', async () => {
    const { queue, sent, refused, pauses } = openQueue()
    queue.want('1', 1, 'click')
    for (const attempt of [0, 1, 2]) {
      expect(queue.read('1').voted).toBe(true)
      sent[attempt]?.refuse(new Problem('network'))
      await settled()
    }
    expect(sent.map(({ value }) => value)).toEqual([1, 1, 1])
    expect(pauses).toEqual([400, 1600])
    expect(queue.read('1')).toEqual({ voted: false, votes: 10 })
    expect(refused.map(({ code }) => code)).toEqual(['network'])
  })

  it('is taken back at the server when the visitor changed their mind while the answer was lost', async () => {
    const { queue, sent } = openQueue()
    queue.want('1', 1, 'vote')
    queue.want('1', 0, 'regret')
    sent[0]?.refuse(new Problem('timeout'))
    await settled()
    // The first request may have been recorded: 0 must be sent although the server last said 0.
    expect(sent[1]?.value).toBe(0)
  })

  it('waits as long as a busy server asks, but asks the visitor beyond five seconds', async () => {
    const { queue, sent, refused, pauses } = openQueue()
    queue.want('1', 1, 'click')
    sent[0]?.refuse(new Problem('overloaded', 503, {}, 2))
    await settled()
    expect(pauses).toEqual([2000])
    sent[1]?.refuse(new Problem('overloaded', 503, {}, 6))
    await settled()
    expect(refused).toHaveLength(1)
  })

  it('is not repeated when the server limits the rate', async () => {
    const { queue, sent, refused } = openQueue()
    queue.want('1', 1, 'click')
    sent[0]?.refuse(new Problem('rate_limited', 429, {}, 1))
    await settled()
    expect(sent).toHaveLength(1)
    expect(refused.map(({ code }) => code)).toEqual(['rate_limited'])
  })
})

describe('news from the server', () => {
  it('never overrides a wish under way', () => {
    const { queue } = openQueue()
    queue.want('1', 1, 'click')
    queue.setVoted(['2'])
    expect(queue.read('1').voted).toBe(true)
    expect(queue.read('2').voted).toBe(true)
  })

  it('that the vote under way is counted already does not count it twice', () => {
    const { queue } = openQueue()
    queue.want('1', 1, 'click')
    queue.setVoted(['1'])
    queue.setTallies([{ id: '1', votes: 11 }])
    expect(queue.read('1').votes).toBe(10)
  })

  it('about an item that is not on the board yet is kept for it', () => {
    const { queue } = openQueue()
    queue.setVoted(['9'])
    queue.setTallies([{ id: '9', votes: 3 }])
    expect(queue.read('9')).toEqual({ voted: true, votes: 3 })
  })
})
