import { describe, expect, it } from 'vitest'
import type { SessionAnswer, SessionRequest } from '../../server/contract/widget.ts'
import { Problem } from './api.ts'
import { createSessions } from './session.ts'

function openSessions(decide: (request: SessionRequest, nth: number) => Problem | undefined = () => undefined) {
  const asked: SessionRequest[] = []
  const opened: SessionAnswer[] = []
  const refused: string[] = []
  const kept: { stored?: string } = {}
  let remembered: string | undefined
  const sessions = createSessions({
    api: {
      async startSession(request) {
        asked.push(request)
        const nth = asked.length
        const problem = decide(request, nth)
        await new Promise((resolve) => setTimeout(resolve))
        if (problem) throw problem
        const verified = request.userToken !== undefined
        // As the server: the device that is presented, or a new one.
        return { session: `s${nth}`, expiresAt: 0, deviceToken: request.deviceToken ?? 'device', challenge: null, votedItemIds: [], verified }
      },
    },
    deviceTokens: {
      read: () => kept.stored ?? remembered,
      remember: (token) => {
        remembered = token
      },
      keep: (token) => {
        kept.stored = remembered = token
      },
    },
    onOpened: (answer) => opened.push(answer),
    onUserRefused: (problem) => refused.push(problem.code),
  })
  return { sessions, asked, opened, refused, kept }
}

describe('opening', () => {
  it('is one request however many wait for it, and hands the device token on next time', async () => {
    const { sessions, asked, opened } = openSessions()
    expect(sessions.recognisable).toBe(false)
    const answers = await Promise.all([sessions.open(), sessions.open(), sessions.open()])
    expect(answers.map(({ session }) => session)).toEqual(['s1', 's1', 's1'])
    expect(opened).toHaveLength(1)
    expect(sessions.recognisable).toBe(true)
    sessions.identify('user')
    await sessions.open()
    expect(asked).toEqual([{}, { userToken: 'user', deviceToken: 'device' }])
  })

  it('is tried afresh after a failure', async () => {
    const { sessions } = openSessions((_, nth) => (nth === 1 ? new Problem('network') : undefined))
    await expect(sessions.open()).rejects.toThrow(Problem)
    expect((await sessions.open()).session).toBe('s2')
  })

  it('goes on without a user token the server refuses, tells once, and never sends it again', async () => {
    const { sessions, asked, refused } = openSessions(({ userToken }) => (userToken ? new Problem('user_token_expired', 401) : undefined))
    sessions.identify('old')
    expect((await sessions.open()).verified).toBe(false)
    expect(refused).toEqual(['user_token_expired'])
    expect(sessions.identify('old')).toBe(false)
    expect(asked).toEqual([{ userToken: 'old' }, {}])
    expect(sessions.identify('fresh')).toBe(true)
  })
})

async function voteAsAnybody({ verified }: SessionAnswer): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve))
  if (verified) throw new Problem('user_token_invalid', 401)
  return 'anonymous'
}

describe('using', () => {
  it('keeps the device token, which opening alone does not', async () => {
    const { sessions, kept } = openSessions()
    await sessions.open()
    expect(kept.stored).toBeUndefined()
    await sessions.use(async () => 'a vote', true)
    expect(kept.stored).toBe('device')
  })

  it('becomes the device another tab has voted as meanwhile: it is one browser, and has one vote', async () => {
    const { sessions, asked, kept } = openSessions()
    await sessions.open()
    kept.stored = 'of another tab'
    expect(await sessions.use(async ({ session, deviceToken }) => `${session} ${deviceToken}`, true)).toBe('s2 of another tab')
    expect(asked).toEqual([{}, { deviceToken: 'of another tab' }])
    expect(kept.stored).toBe('of another tab')
  })

  it('replaces an expired session once', async () => {
    const { sessions } = openSessions()
    const seen: string[] = []
    const answer = await sessions.use(async ({ session }) => {
      seen.push(session)
      if (session === 's1') throw new Problem('session_expired', 401)
      return 'done'
    }, true)
    expect({ answer, seen }).toEqual({ answer: 'done', seen: ['s1', 's2'] })
  })

  it('gives up when the replacement is refused too', async () => {
    const { sessions, asked } = openSessions()
    const use = sessions.use(async () => {
      throw new Problem('session_invalid', 401)
    }, true)
    await expect(use).rejects.toMatchObject({ code: 'session_invalid' })
    expect(asked).toHaveLength(2)
  })

  it('waits for the new identity when it changes before anything was sent', async () => {
    const { sessions } = openSessions()
    const seen: string[] = []
    const using = sessions.use(async ({ session }) => seen.push(session), false)
    sessions.identify('user')
    await using
    expect(seen).toEqual(['s2'])
  })

  it('repeats a repeatable request under the identity that came meanwhile, and no other', async () => {
    for (const repeatable of [true, false]) {
      const { sessions } = openSessions()
      const seen: string[] = []
      await sessions.use(async ({ session }) => {
        seen.push(session)
        if (seen.length === 1) sessions.identify('user')
      }, repeatable)
      expect(seen).toEqual(repeatable ? ['s1', 's2'] : ['s1'])
    }
  })

  it('tells the host once when several requests are refused for one user token', async () => {
    const { sessions, refused } = openSessions()
    sessions.identify('user')
    expect(await Promise.all([sessions.use(voteAsAnybody, true), sessions.use(voteAsAnybody, true)])).toEqual(['anonymous', 'anonymous'])
    expect(refused).toEqual(['user_token_invalid'])
  })
})
