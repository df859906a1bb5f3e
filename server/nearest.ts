/** What somebody who mistyped a name probably meant. */

/** `; did you mean ipAddress?`, or nothing where no name is like it. */
export function suggestion(name: string, known: readonly string[]): string {
  const given = name.toLowerCase()
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distanceOf(given, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) =>
      distance <= Math.max(1, Math.floor(Math.min(given.length, candidate.length) / 3)) || (given.length > 3 && candidate.toLowerCase().startsWith(given)))
    .toSorted((a, b) => a.distance - b.distance)
  return nearest === undefined ? '' : `; did you mean ${nearest.candidate}?`
}

/** How many letters have to be put in, taken out, changed, or swapped with the next one. */
function distanceOf(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j += 1) {
      const swapped = from[i] === to[j - 1] && from[i - 1] === to[j] ? (before[j - 1] ?? Infinity) + 1 : Infinity
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1), swapped))
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
