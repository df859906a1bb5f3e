/**
 * When it began, and how long it may pause. Members of a cohort come at the pace of whoever sends them; people who merely
 * share the sign came before, at their own. Walking back from the last vote, a pause many times the usual one ends the run.
 */
const PAUSES = 8
const SHORTEST_PAUSE_MS = 30 * 60_000

export interface Run {
  /** The first vote of it. */
  since: number
  /** Longer silence than this ends it. */
  pauseMs: number
}

/** `times` in any order; at least one. */
export function lastRun(times: readonly number[]): Run {
  const sorted = times.toSorted((a, b) => a - b)
  const last = sorted.at(-1) ?? 0
  // The pace of the newest votes: older ones may be somebody else’s.
  const newest = sorted.slice(-Math.max(8, Math.ceil(sorted.length / 2)))
  const pauseMs = Math.max(SHORTEST_PAUSE_MS, PAUSES * medianGap(newest))
  let since = last
  for (const at of sorted.toReversed()) {
    if (since - at > pauseMs) break
    since = at
  }
  return { since, pauseMs }
}

function medianGap(sorted: readonly number[]): number {
  const gaps = sorted.slice(1).map((at, index) => at - (sorted[index] as number)).toSorted((a, b) => a - b)
  return gaps[Math.floor(gaps.length / 2)] ?? 0
}
