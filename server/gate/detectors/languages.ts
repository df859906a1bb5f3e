/** Whether an Accept-Language fits what the page says its language is. */
import { memoise } from './memoise.ts'

/** Codes that were renamed, and Norwegian, which is one language in some settings and two in others. */
const SAME: Readonly<Record<string, string>> = { iw: 'he', in: 'id', ji: 'yi', tl: 'fil', nb: 'no', nn: 'no', cmn: 'zh', yue: 'zh' }

const primary = (tag: string): string => {
  const code = (tag.split(/[-_]/, 1)[0] ?? '').trim().toLowerCase()
  return SAME[code] ?? code
}

const primariesOf = memoise((acceptLanguage) =>
  new Set(acceptLanguage.split(',', 20).map((part) => primary(part.split(';', 1)[0] ?? '')).filter((code) => code !== '')))

/**
 * Primary languages alone, and any of those listed: browsers reduce, reorder and pad the list for privacy’s sake, but none
 * leaves out the language it shows its pages in.
 */
export function speaks(acceptLanguage: string, language: string): boolean {
  const spoken = primariesOf(acceptLanguage)
  return spoken.size === 0 || spoken.has('*') || spoken.has(primary(language))
}
