/**
 * Which alerts a silence would cover, for a preview. The server decides by the same words; it also knows that an address lies in a
 * network, which is left out here, so a preview may count too few and never too many.
 */
import type { Alert } from '../../../../contract/alert.ts'
import type { Matcher } from './wire.ts'

export const covers = (matchers: readonly Matcher[], alert: Alert): boolean => matchers.length > 0 && matchers.every(({ name, value }) => {
  const actual = name === 'rule' ? alert.rule
    : name === 'severity' ? alert.severity
    : name === 'project' ? (alert.projectId ?? '0')
    : Object.hasOwn(alert.group, name) ? alert.group[name] : undefined
  return actual !== undefined && fits(actual, value)
})

/** Piece by piece from the left: no pattern makes it slow. */
function fits(text: string, pattern: string): boolean {
  const pieces = pattern.split('*')
  const [head = ''] = pieces
  if (pieces.length === 1) return text === pattern
  const tail = pieces.at(-1) ?? ''
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false
  let at = head.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at)
    if (found < 0 || found + piece.length > text.length - tail.length) return false
    at = found + piece.length
  }
  return true
}
