/**
 * Runs work over and over without ever taking more than a share of the time: what watches the ledger shares its machine with the
 * votes, and when both cannot be had at once, votes come first and the watch comes later. How far it is behind is a metric.
 */

/** Of the time, while this process is busy with something else; and while it is not, which is when there is much to catch up with. */
const SHARE = 1 / 8
const IDLE_SHARE = 1 / 2
/** Of the event loop, between two runs. */
const BUSY = 0.5
/** A look that only waited, for a lock or a database that had stopped, must not blind the watch for minutes. */
const LONGEST_PAUSE_MS = 30_000

/** Milliseconds from the end of one run to the beginning of the next. */
export function pauseAfter(tookMs: number, everyMs: number, busy: boolean): number {
  const share = busy ? SHARE : IDLE_SHARE
  return Math.max(everyMs - tookMs, Math.min(tookMs * (1 / share - 1), LONGEST_PAUSE_MS), 0)
}

/** Begins after `everyMs`. `work` never rejects. Answers what ends it; a run that is under way then is not waited for. */
export function runUnhurried(everyMs: number, work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  let rested = performance.eventLoopUtilization()
  const run = async (): Promise<void> => {
    const begun = performance.now()
    const busy = performance.eventLoopUtilization(rested).utilization > BUSY
    await work()
    rested = performance.eventLoopUtilization()
    if (!ended) after(pauseAfter(performance.now() - begun, everyMs, busy))
  }
  const after = (ms: number): void => {
    timer = setTimeout(() => void run(), ms)
    timer.unref()
  }
  after(everyMs)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
