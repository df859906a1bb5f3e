/** In a process of its own: what V8 was told cannot be taken back. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const HEAP = fileURLToPath(new URL('heap.ts', import.meta.url))

/** How large the young generation and the heap get when much is made, some of it lives a while, and everything goes in the end. */
function measure(call: string, flags: readonly string[] = []): { youngMb: number; heapMb: number } {
  const program = `
    import { setImmediate as turn } from 'node:timers/promises'
    import { keepHeapSmall, youngBytes } from ${JSON.stringify(HEAP)}
    ${call}
    let kept = []
    let heap = 0
    const lasting = Array.from({ length: 200_000 }, (_, index) => ({ index }))
    for (let round = 0; round < 400; round += 1) {
      kept = [...kept.slice(-40), Array.from({ length: 5000 }, (_, index) => ({ round, index, text: \`\${round} \${index}\` }))]
      heap = Math.max(heap, process.memoryUsage().heapTotal)
      await turn()
    }
    console.log(JSON.stringify({ youngMb: youngBytes() / 2 ** 20, heapMb: heap / 2 ** 20, lasting: lasting.length }))`
  return JSON.parse(execFileSync(process.execPath, [...flags, '--import', 'tsx', '--input-type=module', '-e', program], { encoding: 'utf8' })) as { youngMb: number; heapMb: number }
}

it('holds the young generation at 16 MB and the heap down, unless node was started with flags of its own', () => {
  const [untouched, small, own] = [measure(''), measure('keepHeapSmall()'), measure('keepHeapSmall()', ['--max-old-space-size=500'])]
  expect(untouched.youngMb).toBe(32)
  expect(small.youngMb).toBeLessThanOrEqual(20)
  expect(own.youngMb).toBe(32)
  expect(small.heapMb).toBeLessThan(untouched.heapMb)
}, 60_000)
