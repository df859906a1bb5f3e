/**
 * The world for the dashboard’s map, made when it is built: one SVG path for each country by its ISO 3166-1 code, in the Natural Earth
 * projection. The browser gets 40 KB of paths (gzip) instead of a projection library and geometry to run through it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { geoNaturalEarth1, geoPath } from 'd3-geo'
import countries from 'i18n-iso-countries'
import { feature } from 'topojson-client'

const require = createRequire(import.meta.url)
const WIDTH = 960
/** Without Antarctica, where nobody votes from. */
const LEFT_OUT = new Set(['010'])
/** In use, though not in ISO 3166-1. */
const BY_NAME = { Kosovo: 'XK' }

function drawWorld() {
  const atlas = JSON.parse(readFileSync(require.resolve('world-atlas/countries-110m.json'), 'utf8'))
  const land = feature(atlas, atlas.objects.countries).features.filter(({ id }) => !LEFT_OUT.has(id))
  const projection = geoNaturalEarth1().fitWidth(WIDTH, { type: 'FeatureCollection', features: land })
  const path = geoPath(projection).digits(1)
  const [, [, height]] = path.bounds({ type: 'FeatureCollection', features: land })
  return {
    viewBox: `0 0 ${WIDTH} ${Math.ceil(height)}`,
    // '' where the land has no code of its own: it is drawn, and has no figures.
    countries: land.map((country) => [countries.numericToAlpha2(country.id) ?? BY_NAME[country.properties.name] ?? '', path(country)]),
  }
}

/** A rollup plugin: gives `world-shapes.ts` its content. */
export const worldMap = {
  name: 'world-map',
  load(id) {
    if (!id.endsWith('/world-shapes.ts')) return null
    return `/*! Borders: Natural Earth, public domain, by way of world-atlas (ISC, Copyright 2013-2019 Michael Bostock) */\nexport const WORLD = ${JSON.stringify(drawWorld())}`
  },
}
