/**
 * What one vote adds to the counts, and what they then say of it: at once where this node counts alone, as a promise where
 * it asks the counts of all nodes (plugins/counts.ts).
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { VoteRequest } from '../../contract/widget.ts'
import { rateOf } from '../../gate/gather.ts'
import { secondsUntilFree } from '../../gate/judge.ts'
import type { Identified } from './identification.ts'

/** Votes within their windows, this one included. */
export interface VoteCounts {
  voter: number
  item: number
  /** undefined: there was too little of a gesture to compare. */
  gestureSeen: boolean | undefined
}

/**
 * The network’s windows, before anything else is looked at; sets `networkRate` and `prefixRate`. Answers whose limit is passed
 * and for how many seconds, or undefined.
 */
export function countNetwork(app: FastifyInstance, request: FastifyRequest, now: number): Excess | undefined | Promise<Excess | undefined> {
  const { clientNetwork, clientPrefix } = request
  const counting = app.counts.hit(now, clientPrefix === undefined
    ? [{ window: 'network', key: clientNetwork }]
    : [{ window: 'network', key: clientNetwork }, { window: 'prefix', key: clientPrefix }])
  return counting instanceof Promise ? counting.then((counts) => excessOf(app, request, counts, now)) : excessOf(app, request, counting, now)
}

export interface Excess {
  scope: 'network' | 'prefix'
  retryAfter: number
}

function excessOf(app: FastifyInstance, request: FastifyRequest, [network = 0, prefix]: readonly number[], now: number): Excess | undefined {
  const { windows } = app.gate.policy
  request.networkRate = rateOf(network, request.windowNow(windows.network))
  const wait = secondsUntilFree(request.networkRate, now)
  if (prefix !== undefined) request.prefixRate = rateOf(prefix, request.windowNow(windows.prefix))
  if (wait > 0) return { scope: 'network', retryAfter: wait }
  const prefixWait = request.prefixRate === undefined ? 0 : secondsUntilFree(request.prefixRate, now)
  return prefixWait > 0 ? { scope: 'prefix', retryAfter: prefixWait } : undefined
}

/** The voter’s and the item’s windows, and the gesture: asked together, so that all of it is one round trip where it is one. */
export function countVote(
  app: FastifyInstance, { project }: FastifyRequest, { voter }: Identified, itemId: number, body: VoteRequest, now: number,
): VoteCounts | Promise<VoteCounts> {
  const counting = app.counts.hit(now, [{ window: 'voter', key: voter.key }, { window: 'item', key: `${project.id}:${itemId}` }])
  const showing = body.value === 1 && body.signals !== undefined ? app.counts.showGesture(project.id, voter.device, body.signals, now) : undefined
  if (counting instanceof Promise || showing instanceof Promise) {
    return Promise.all([counting, showing]).then(([counts, gestureSeen]) => ({ voter: counts[0] ?? 0, item: counts[1] ?? 0, gestureSeen }))
  }
  return { voter: counting[0] ?? 0, item: counting[1] ?? 0, gestureSeen: showing }
}
