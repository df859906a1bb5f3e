/** Which UTC offsets the clocks of a country show, over its time zones and the year. */

export interface CountryOffsets {
  zones: ReadonlySet<string>
  /** Minutes as Date#getTimezoneOffset: west of Greenwich is positive. */
  least: number
  most: number
}

/** Any year does; the rules of the engine’s own time zone data. Both solstices, for either hemisphere’s summer time. */
const SEASONS = [Date.UTC(2025, 0, 1), Date.UTC(2025, 6, 1)]

const found = new Map<string, CountryOffsets | undefined>()

/** `country` is ISO 3166-1 alpha-2. undefined: not a country, or none the engine knows zones of. Bounded: 26² codes. */
export function offsetsOf(country: string): CountryOffsets | undefined {
  if (!/^[A-Z]{2}$/.test(country)) return undefined
  if (!found.has(country)) found.set(country, computeOffsets(country))
  return found.get(country)
}

function computeOffsets(country: string): CountryOffsets | undefined {
  const zones = zonesOf(country)
  if (zones.length === 0) return undefined
  const offsets = zones.flatMap((zone) => SEASONS.map((season) => offsetAt(zone, season)))
  return { zones: new Set(zones), least: Math.min(...offsets), most: Math.max(...offsets) }
}

/** The method replaced the accessor in later engines; TypeScript’s library knows neither yet. */
function zonesOf(country: string): readonly string[] {
  const locale: Intl.Locale & { timeZones?: string[]; getTimeZones?: () => string[] } = new Intl.Locale(`und-${country}`)
  return locale.getTimeZones?.() ?? locale.timeZones ?? []
}

function offsetAt(timeZone: string, at: number): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name ?? '') ?? []
  const east = Number(hours ?? 0) * 60 + Number(minutes ?? 0)
  // + 0 for a plain zero where it would be a negative one.
  return (sign === '-' ? east : -east) + 0
}
