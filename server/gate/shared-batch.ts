/**
 * Questions to the shared memory that leave together. Those that count the same key are one question: of the
 * hundreds of votes of one moment most count the same item, and many the same network.
 */
import { type CountingScript, type ScriptName, type SharedCount, readCount } from './shared-scripts.ts'

/** undefined: there was no answer, or none that can be read. */
export type Answer<Reply> = (reply: Reply | undefined) => void

export interface Question {
  script: ScriptName
  key: string
  args: readonly string[]
}

interface Counting {
  script: CountingScript
  key: string
  slot: number
  windowMs: number
  by: number
  /** Each with how much had been counted when it was asked, itself included. */
  askers: { upTo: number; answer: Answer<SharedCount> }[]
}

export class SharedBatch {
  readonly #counting = new Map<string, Counting>()
  readonly #others: (Question & { answer: Answer<unknown> })[] = []
  #size = 0
  #left = 0

  /** How many wait for an answer. */
  get size(): number {
    return this.#size
  }

  ask(question: Question, answer: Answer<unknown>): void {
    this.#size += 1
    this.#others.push({ ...question, answer })
  }

  /** `slot` is 0 for scripts without one. */
  count(script: CountingScript, key: string, slot: number, windowMs: number, by: number, answer: Answer<SharedCount>): void {
    this.#size += 1
    const name = `${script} ${slot} ${key}`
    const counting = this.#counting.get(name)
    if (counting === undefined) {
      this.#counting.set(name, { script, key, slot, windowMs, by, askers: [{ upTo: by, answer }] })
      return
    }
    counting.by += by
    counting.askers.push({ upTo: counting.by, answer })
  }

  /** Sends each question by `ask`, which answers with a reply or, where there is none, undefined; `done` is called after the last one. */
  send(ask: (question: Question, answer: Answer<unknown>) => void, done: () => void): void {
    this.#left = this.#counting.size + this.#others.length
    const settle = (): void => {
      this.#left -= 1
      if (this.#left === 0) done()
    }
    for (const counting of this.#counting.values()) {
      ask({ script: counting.script, key: counting.key, args: [String(counting.slot), String(counting.by), String(counting.windowMs)] }, (reply) => {
        answerAll(counting, readCount(reply))
        settle()
      })
    }
    for (const { answer, ...question } of this.#others) {
      ask(question, (reply) => {
        answer(reply)
        settle()
      })
    }
  }
}

/** Each asker is told the count as it was with them, not with those who came behind. */
function answerAll({ askers, by }: Counting, count: SharedCount | undefined): void {
  for (const { upTo, answer } of askers) {
    answer(count === undefined ? undefined : { current: count.current - (by - upTo), second: count.second })
  }
}
