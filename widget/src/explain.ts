/** Turns a problem into a sentence that names what the visitor can do. */
import type { Problem } from './api.ts'
import type { MessageKey } from './messages/en.ts'
import type { Translator } from './translate.ts'

/** Most codes of the server that a visitor may meet have a message of their own: `problem_<code>`. */
export function explain({ code, status, retryAfter }: Problem, translate: Translator['translate']): string {
  if (code === 'rate_limited' && retryAfter) return translate('problem_rate_limited_seconds', { count: retryAfter })
  const key = `problem_${code === 'timeout' ? 'network' : code}` as MessageKey
  const said = translate(key)
  // A key without a message comes back as it is.
  return said === key ? translate(status >= 500 ? 'problem_busy' : 'problem_unknown') : said
}
