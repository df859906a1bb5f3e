/** What judging itself costs, and checking work: in this process, with nothing around it. */
import { detectors } from '../../../server/gate/detectors/registry.ts'
import type { Evidence } from '../../../server/gate/evidence.ts'
import { clientHeaders, gather } from '../../../server/gate/gather.ts'
import { judge } from '../../../server/gate/judge.ts'
import { defaultPolicy } from '../../../server/gate/policies/default.ts'
import type { VoteRequest } from '../../../server/contract/widget.ts'
import { isSolved, readSolution } from '../../../server/tokens/challenge.ts'
import { deriveKeys } from '../../../server/tokens/keys.ts'
import { MASTER_SECRET, ORIGIN } from '../../helpers/app.ts'
import { type MilledVote, millVote } from '../../helpers/ballot-mill.ts'

export interface Alone {
  detectors: number
  judgeUs: number
  workUs: number
}

const PEOPLE = 500
const SPAN_MS = 1000

export function timeJudge(): Alone {
  const now = Date.now()
  const mill = { keyring: deriveKeys(MASTER_SECRET), project: { id: 1, publicKey: 'pk_alone', pepper: Buffer.alloc(32, 7) }, origin: ORIGIN, difficulty: 1, now }
  const votes = Array.from({ length: PEOPLE }, (_, person) => millVote(mill, person, 1))
  const evidence = votes.map((vote) => evidenceOf(vote, now))
  const solutions = votes.map(({ body }) => (JSON.parse(body) as VoteRequest).solution ?? '')
  let allowed = 0
  const judgeUs = timeOf((n) => {
    if (judge(evidence[n % PEOPLE] as Evidence, defaultPolicy, now).action === 'allow') allowed += 1
  })
  let solved = 0
  const workUs = timeOf((n) => {
    const solution = readSolution(solutions[n % PEOPLE] as string)
    if (solution !== undefined && isSolved(solution, 1, 1)) solved += 1
  })
  if (allowed === 0 || solved === 0) throw new Error('the judge was asked about nobody real')
  return { detectors: detectors.length, judgeUs, workUs }
}

/** All that a vote of a person can bring, counted in every window. */
function evidenceOf({ body, headers }: MilledVote, now: number): Evidence {
  const rate = { count: 3, limit: 600, windowMs: 60_000 }
  return gather({
    tier: 'd', signals: (JSON.parse(body) as VoteRequest).signals, signalsExpected: true, userAgent: headers['user-agent'],
    headers: clientHeaders(headers), fingerprintChanged: false, gestureSeen: false, deviceSince: now - 60_000,
    proof: 'solved', sessionIssuedAt: now - 60_000, leastDwellMs: 500, network: { country: 'GB', asn: 2856, hosting: false },
    arrivals: { gaps: 12, variation: 0.9 }, accountSince: now - 86_400_000, userTokenIssuedAt: now - 60_000, userSequence: 1,
    rates: { voter: rate, network: rate, prefix: rate, item: rate },
  }, now)
}

/** Microseconds a call, the first half of the time not counted. */
function timeOf(work: (n: number) => void): number {
  let [calls, n] = [0, 0]
  let begun = 0
  const from = performance.now()
  for (let now = from; now < from + SPAN_MS; now = performance.now()) {
    if (begun === 0 && now > from + SPAN_MS / 2) [begun, calls] = [now, 0]
    for (let batch = 0; batch < 200; batch += 1, calls += 1) work((n += 1))
  }
  return ((performance.now() - begun) * 1000) / calls
}
