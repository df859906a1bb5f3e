/** Times and figures in words, in the reader's own language and time zone where it concerns numbers. */
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const exactFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const figures = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000]]

/** `3 min ago`, `in 2 hr.` */
export function ago(at: number, now: number): string {
  const difference = at - now
  const [unit, ms] = STEPS.find(([, step]) => Math.abs(difference) >= step) ?? ['second', 1000]
  return relative.format(Math.round(difference / ms), unit)
}

/** `21 Nov 2026, 14:03:20`, in the reader's time zone. */
export const exact = (at: number): string => exactFormat.format(at)

/** `45 s`, `3 min`, `2 h 10 min`, `4 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.round(hours / 24)} d`
}

export const figure = (value: number): string => figures.format(value)
/** `1.2M` where room is scarce; the whole figure belongs beside it. */
export const compact = (value: number): string => (Math.abs(value) < 10_000 ? figures.format(value) : short.format(value))
/** `3.4 %` of a ratio. */
export const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio !== 0 && Math.abs(ratio) < 0.1 ? 1 : 0)} %`
/** `1 vote`, `2 votes`. */
export const count = (value: number, one: string, many = `${one}s`): string => `${figures.format(value)} ${value === 1 ? one : many}`
/** `jwt_validation_failed` as people read it. */
export const words = (name: string): string => name.replaceAll(/[_-]/g, ' ')
