/**
 * How long answers took, as counts under fixed bounds: such counts of many nodes and hours can be added up, percentiles cannot.
 * A percentile read from them is an estimate, between the bounds it fell among.
 */

/** Milliseconds; the last count is of whatever took longer than all of them. */
export const LATENCY_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const
export const LATENCY_COUNTS = LATENCY_BOUNDS_MS.length + 1

export const noLatency = (): number[] => Array<number>(LATENCY_COUNTS).fill(0)

/** Which count an answer goes into. */
export function latencyBucket(durationMs: number): number {
  const index = LATENCY_BOUNDS_MS.findIndex((bound) => durationMs <= bound)
  return index < 0 ? LATENCY_BOUNDS_MS.length : index
}

/**
 * @param share 0 to 1: 0.95 is what 95 of 100 answers took at most
 * @returns milliseconds, spread evenly between two bounds; past the last bound that bound, so at least so much. null: nothing was counted
 */
export function percentileMs(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let rank = share * total
  for (const [index, count] of counts.entries()) {
    const above = LATENCY_BOUNDS_MS[index]
    if (above === undefined) break
    if (count > 0 && rank <= count) {
      const below = LATENCY_BOUNDS_MS[index - 1] ?? 0
      return below + ((above - below) * rank) / count
    }
    rank -= count
  }
  return LATENCY_BOUNDS_MS.at(-1) ?? null
}
