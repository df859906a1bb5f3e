/**
 * Remembers what a pure function answered, for texts that come again and again (User-Agents). Bounded: when it is full it
 * starts afresh, so a client that never repeats itself costs the computing and no more room.
 */
const MOST_TEXTS = 2000
/** Longer ones are nobody’s browser, and are not kept. */
const LONGEST = 1000

export function memoise<T>(compute: (text: string) => T): (text: string) => T {
  const answers = new Map<string, { value: T }>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known.value
    const value = compute(text)
    if (text.length > LONGEST) return value
    if (answers.size >= MOST_TEXTS) answers.clear()
    answers.set(text, { value })
    return value
  }
}
