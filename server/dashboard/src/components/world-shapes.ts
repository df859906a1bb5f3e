/** The world as paths. The build puts them here (world-map.mjs): in the sources there are none, and the map says so. */
export interface WorldShapes {
  viewBox: string
  /** ISO 3166-1 alpha-2 and path; '' for land without a code. */
  countries: readonly (readonly [string, string])[]
}
export const WORLD: WorldShapes = { viewBox: '0 0 1 1', countries: [] }
