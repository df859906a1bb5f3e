/** A length of time for a person, in its two largest units: `3 hours 10 minutes`. */
const UNITS = [['year', 31_557_600], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]] as const

/** @param seconds of either sign; the words are of its size. Less than a second: `a moment`. */
export function spanWords(seconds: number): string {
  let left = Math.floor(Math.abs(seconds))
  const parts: string[] = []
  for (const [unit, length] of UNITS) {
    const count = Math.floor(left / length)
    left -= count * length
    if (count > 0) parts.push(`${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`)
    // A unit that is missing ends it: nobody says `2 years 5 seconds`.
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.length === 0 ? 'a moment' : parts.join(' ')
}

/** A time as JWTs write it, for a person; a number that is no time is shown as it is. */
export function instantWords(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
