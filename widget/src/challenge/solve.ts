/** One proof of work: in a worker where there can be one, else on the page. */
import { searchInSlices } from './slices.ts'
import { type WorkerFacts, searchInWorker } from './worker.ts'

/** Above this a solution would take minutes; nobody waits for that, and no policy of ours asks for it. */
const HARDEST = 26

export interface Task {
  /** `<nonce>:<itemId>:` */
  readonly prefix: string
  readonly difficulty: number
  readonly signal: AbortSignal
  /** Makes an address of our own acceptable where the page demands Trusted Types. */
  bless(url: string): string
  onFacts(facts: WorkerFacts): void
  /** @param tried hashes so far; 2 ** difficulty are to be expected */
  onProgress(tried: number): void
}

/** A policy that forbade one worker forbids them all, and would report every attempt. */
let workersFail = false

/** The counter; undefined for work that is called off or beyond doing. Never rejects. */
export async function solve(task: Task): Promise<number | undefined> {
  if (task.difficulty > HARDEST) return undefined
  let tried = 0
  if (!workersFail) {
    try {
      return await searchInWorker({
        ...task,
        onProgress(hashes) {
          tried = hashes
          task.onProgress(hashes)
        },
      })
    } catch {
      workersFail = true
    }
  }
  return searchInSlices(task, tried)
}
