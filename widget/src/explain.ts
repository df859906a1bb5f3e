/** Turns a problem into a sentence that names what the visitor can do. */
import type { Problem } from './api.ts'
import { board } from './messages/board.ts'
import type { MessageKey } from './messages/en.ts'
import type { Translator } from './translate.ts'

/** Most codes of the server that a visitor may meet have a message of their own: `problem_<code>`. */
export function explain({ code, status, retryAfter }: Problem, translate: Translator['translate']): string {
  if (code === 'rate_limited' && retryAfter) return translate('problem_rate_limited_seconds', { count: retryAfter })
  const key = `problem_${code === 'timeout' ? 'network' : code}`
  return translate(key in board ? (key as MessageKey) : status >= 500 ? 'problem_busy' : 'problem_unknown')
}
