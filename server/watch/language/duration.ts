const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `5m` to milliseconds. The schema has made sure of the shape. */
export function durationMs(text: string): number {
  const unit = UNITS[text.slice(-1)]
  const count = Number(text.slice(0, -1))
  if (unit === undefined || !Number.isInteger(count)) throw new RangeError(`${text} is no duration`)
  return count * unit
}
