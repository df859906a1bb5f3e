/* oxlint-disable unicorn/require-post-message-target-origin -- that is a window's; a worker's postMessage takes no origin */
/** The whole of a proof of work, with real workers: Node's, behind the face of a browser's. */
import { resolveObjectURL } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Worker as NodeWorker } from 'node:worker_threads'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Task } from './solve.ts'
import type { WorkerFacts } from './worker.ts'

vi.setConfig({ testTimeout: 60_000 })

const PREFIX = 'nonce:42:'

const isSolved = (counter: number | undefined, difficulty: number): boolean =>
  counter !== undefined && Math.clz32(createHash('sha256').update(`${PREFIX}${counter}`).digest().readUInt32BE(0)) >= difficulty

function expectAscending(numbers: readonly number[]): void {
  expect(numbers.filter((number, index) => number <= (numbers[index - 1] ?? 0))).toEqual([])
}

/** A browser's worker, run by Node. `before` is code that runs in it first. */
function workersOf(before = '') {
  const running = new Set<NodeWorker>()
  class BrowserWorker extends EventTarget {
    readonly #worker: Promise<NodeWorker>
    constructor(url: string) {
      super()
      const source = resolveObjectURL(url)?.text() ?? Promise.reject(new TypeError(`${url} is no Blob`))
      this.#worker = source.then((text) => {
        const face = `const { parentPort } = require('node:worker_threads')
          const self = { navigator: { userAgent: 'of the worker', hardwareConcurrency: 2 }, postMessage: (data) => parentPort.postMessage(data) }
          parentPort.on('message', (data) => self.onmessage({ data }));`
        const worker = new NodeWorker(`${face}${before};${text}`, { eval: true })
        running.add(worker)
        worker.on('exit', () => running.delete(worker))
        worker.on('message', (data) => this.dispatchEvent(new MessageEvent('message', { data })))
        worker.on('error', () => this.dispatchEvent(new Event('error')))
        return worker
      })
    }
    postMessage(data: unknown): void {
      void this.#worker.then((worker) => worker.postMessage(data))
    }
    terminate(): void {
      void this.#worker.then((worker) => worker.terminate())
    }
  }
  vi.stubGlobal('Worker', BrowserWorker)
  return running
}

function taskOf(difficulty: number, signal = new AbortController().signal) {
  const facts: WorkerFacts[] = []
  const progress: number[] = []
  const task: Task = {
    prefix: PREFIX, difficulty, signal, bless: (url) => url, onFacts: (said) => facts.push(said), onProgress: (tried) => progress.push(tried),
  }
  return { task, facts, progress }
}

/** Whether workers work is remembered for the page: each test is a new page. */
let solve: (typeof import('./solve.ts'))['solve']
beforeEach(async () => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.resetModules()
  ;({ solve } = await import('./solve.ts'))
})

/** The page's timers stand still: a worker that a busy machine is slow to start is not taken for a dead one. */
const stopTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

describe('in a worker', () => {
  beforeEach(() => void stopTimers())

  it('comes with what navigator says there, with progress, and leaves no worker behind', async () => {
    const running = workersOf()
    const { task, facts, progress } = taskOf(18)
    expect(isSolved(await solve(task), 18)).toBe(true)
    expect(facts).toEqual([{ userAgent: 'of the worker', hardwareConcurrency: 2 }])
    expectAscending(progress)
    await expect.poll(() => running.size).toBe(0)
  })

  it('can be called off, and then the worker is gone', async () => {
    const running = workersOf()
    const calledOff = new AbortController()
    const solving = solve(taskOf(26, calledOff.signal).task)
    await expect.poll(() => running.size).toBe(1)
    calledOff.abort()
    expect(await solving).toBeUndefined()
    await expect.poll(() => running.size).toBe(0)
  })
})

describe('where no worker works', () => {
  it('is done on the page when making one throws, and the next one is not tried', async () => {
    let made = 0
    vi.stubGlobal('Worker', function refuse() {
      made += 1
      throw new DOMException('refused by the policy', 'SecurityError')
    })
    const { task, facts } = taskOf(12)
    expect(isSolved(await solve(task), 12)).toBe(true)
    expect(isSolved(await solve(task), 12)).toBe(true)
    expect(facts).toEqual([])
    expect(made).toBe(1)
  })

  it('is done on the page when there is no such thing as a worker', async () => {
    vi.stubGlobal('Worker', undefined)
    expect(isSolved(await solve(taskOf(10).task), 10)).toBe(true)
  })

  it('is done on the page when the worker dies, and not from the beginning', async () => {
    const running = workersOf(`
      const say = self.postMessage
      self.postMessage = (data) => { say(data); if (data.tried > 50000) throw new Error('killed') }`)
    const { task, progress } = taskOf(19)
    expect(isSolved(await solve(task), 19)).toBe(true)
    expectAscending(progress)
    expect(progress.at(-1)).toBeGreaterThan(65_536)
    await expect.poll(() => running.size).toBe(0)
  })

  it('is done on the page when the worker says nothing for some seconds', async () => {
    stopTimers()
    const running = workersOf('self.postMessage = () => {}')
    const solving = solve(taskOf(10).task)
    await expect.poll(() => running.size).toBe(1)
    await vi.advanceTimersByTimeAsync(3900)
    expect(await Promise.race([solving, 'still waited for'])).toBe('still waited for')
    vi.advanceTimersByTime(200)
    vi.useRealTimers()
    expect(isSolved(await solving, 10)).toBe(true)
    await expect.poll(() => running.size).toBe(0)
  })

  it('lets the page breathe: between two slices everything else has its turn', async () => {
    vi.stubGlobal('Worker', undefined)
    // A machine on which a millisecond passes from one look at the clock to the next.
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1))
    let turns = 0
    let next = setImmediate(function turn() {
      turns += 1
      next = setImmediate(turn)
    })
    const slices: { tried: number; turns: number }[] = []
    const { task } = taskOf(16)
    await solve({ ...task, onProgress: (tried) => void slices.push({ tried, turns }) })
    clearImmediate(next)
    expect(slices.length).toBeGreaterThan(5)
    const steps = slices.slice(1).map(({ tried, turns: until }, index) => ({ tried: tried - (slices[index]?.tried ?? 0), turns: until - (slices[index]?.turns ?? 0) }))
    // Ten milliseconds: ten batches of 128, or one more.
    expect(steps.filter(({ tried }) => tried > 11 * 128)).toEqual([])
    expect(steps.filter((step) => step.turns === 0)).toEqual([])
  })

  it('can be called off between two slices', async () => {
    vi.stubGlobal('Worker', undefined)
    const calledOff = new AbortController()
    setTimeout(() => calledOff.abort(), 30)
    expect(await solve(taskOf(26, calledOff.signal).task)).toBeUndefined()
  })
})

it('beyond doing is not begun', async () => {
  const running = workersOf()
  for (const difficulty of [27, 64]) expect(await solve(taskOf(difficulty).task)).toBeUndefined()
  expect(running.size).toBe(0)
})
