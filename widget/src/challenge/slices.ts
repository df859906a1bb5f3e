/** The search on the page's own thread, for pages where no worker may run: in slices short enough that nobody feels them. */
import { createSearch } from './search.ts'
import type { Task } from './solve.ts'

/** Milliseconds of work between two pauses. A batch more is on top, well below a millisecond on a phone. */
const SLICE = 10
/** Hashes between two looks at the clock. */
const BATCH = 128

/** The counter, or undefined once the task is called off. */
export async function searchInSlices({ prefix, difficulty, signal, onProgress }: Task, skip: number): Promise<number | undefined> {
  const search = createSearch(prefix, difficulty, skip)
  for (let tried = skip; !signal.aborted;) {
    const until = performance.now() + SLICE
    let found: number | undefined
    do {
      found = search(BATCH)
      tried += BATCH
    } while (found === undefined && performance.now() < until)
    if (found !== undefined) return found
    onProgress(tried)
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
  }
  return undefined
}
