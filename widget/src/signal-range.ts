/** The ranges of the `Signals` schema, so that an odd clock or a tireless visitor never spoils a vote. */
function clamp(value: number, most: number): number | undefined {
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : undefined
}

export function toCount(value: number): number | undefined {
  return clamp(Math.round(value), 100_000)
}

/** Whole milliseconds, a day at most. */
export function toDuration(value: number): number | undefined {
  return clamp(Math.round(value), 86_400_000)
}

/** 0 to 1, five decimals: the difference between .9995 and 1 matters for straightness. */
export function toShare(value: number): number | undefined {
  return clamp(Math.round(value * 1e5) / 1e5, 1)
}
