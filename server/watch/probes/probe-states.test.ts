import { expect, it } from 'vitest'
import { ProbeStates } from './probe-states.ts'

const NOW = 1_700_000_000_000
/** Told one every half minute: a number of milliseconds, or `x` for no answer. */
function told(...measured: readonly (number | 'x')[]): (string | undefined)[] {
  const states = new ProbeStates()
  return measured.map((ms, turn) =>
    states.take({ target: 'board', ms: ms === 'x' ? 10_000 : ms, limitMs: 1000, failed: ms === 'x' }, NOW + turn * 30_000))
}
const quiet = undefined

it.each<[string, readonly (number | 'x')[], readonly (string | undefined)[]]>([
  ['nothing of what is well', [5, 20, 1000], [quiet, quiet, quiet]],
  ['down at once, every minute, and up once', ['x', 'x', 'x', 'x', 5, 5], ['down', quiet, 'down', quiet, 'up', quiet]],
  ['slow at the third in a row', [1001, 2000, 3000, 3000, 3000, 5], [quiet, quiet, 'slow', quiet, 'slow', 'up']],
  ['nothing of two slow ones', [2000, 2000, 5, 2000, 2000, 5], [quiet, quiet, quiet, quiet, quiet, quiet]],
  ['down to slow to up', ['x', 2000, 5], ['down', 'slow', 'up']],
  ['slow to down', [2000, 2000, 2000, 'x'], [quiet, quiet, 'slow', 'down']],
])('tells %s', (_, measured, expected) => expect(told(...measured)).toEqual(expected))

it('keeps targets apart', () => {
  const states = new ProbeStates()
  expect(states.take({ target: 'database', ms: 0, limitMs: 1000, failed: true }, NOW)).toBe('down')
  expect(states.take({ target: 'board', ms: 1, limitMs: 1000, failed: false }, NOW)).toBeUndefined()
  expect([states.stateOf('database'), states.stateOf('board')]).toEqual(['down', 'up'])
})
