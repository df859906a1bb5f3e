/**
 * Two builds: the sign-in page, whose few files anybody may have, and the app, whose files are served to whoever is signed
 * in. ES modules; each page of the app is a chunk that is loaded when it is opened. File names carry a hash of the content.
 *
 * `rollup -c server/dashboard/rollup.config.mjs --configOut <directory>` builds elsewhere than into dist/dashboard.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import resolve from '@rollup/plugin-node-resolve'
import replace from '@rollup/plugin-replace'
import terser from '@rollup/plugin-terser'
import { transform } from 'esbuild'
import esbuild from 'rollup-plugin-esbuild'
import { plotLanguage } from './plot-language.mjs'
import { worldMap } from './world-map.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5']

/** Of the stylesheet, in this order: later ones lay theirs over earlier ones. */
const LAYERS = ['/styles/tokens.css', '/styles/base.css', '/styles/controls.css', '/styles/pieces.css', '/styles/table.css', '/styles/shell.css', '/node_modules/', '/components/', '/']

const layer = (id) => LAYERS.findIndex((part) => id.includes(part))

/**
 * Every stylesheet that a module imports goes into one file, and the page is written with the names of
 * the script and the style.
 * @param template of the page; @param base where its files are served
 */
const page = (template, name, base) => {
  const styles = new Map()
  return {
    name: 'page',
    buildStart() {
      styles.clear()
      this.addWatchFile(here(template))
    },
    async transform(css, id) {
      if (!id.endsWith('.css')) return null
      const { code } = await transform(css, { loader: 'css', minify: true, target: BROWSERS })
      styles.set(id, code.trim())
      return { code: '', map: { mappings: '' }, moduleSideEffects: false }
    },
    async generateBundle(_options, bundle) {
      // Modules arrive in any order. The foundations come first, then the pieces, then the pages, which lay theirs over them.
      const source = [...styles.keys()].toSorted((a, b) => layer(a) - layer(b) || (a < b ? -1 : 1)).map((id) => styles.get(id)).join('\n')
      const style = `style-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.css`
      this.emitFile({ type: 'asset', fileName: style, source })
      const entry = Object.values(bundle).find((chunk) => chunk.type === 'chunk' && chunk.isEntry)
      const html = readFileSync(here(template), 'utf8').replace('{{style}}', base + style).replace('{{script}}', base + entry.fileName)
      this.emitFile({ type: 'asset', fileName: name, source: html })
    },
  }
}

/** The licence of every library that is in the result, beside it. */
const licences = {
  name: 'licences',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? Object.entries(chunk.modules) : []))
    const contained = modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id))
    const packages = new Map(contained.filter((match) => match !== null).map(([, directory, name]) => [name, directory]))
    const texts = [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, directory]) => {
      const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
      if (file === undefined) throw new Error(`${name} is part of the dashboard and ships no licence`)
      return `${name}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`
    })
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) })
  },
}

const asset = (from, fileName) => ({
  name: 'asset',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName, source: readFileSync(here(from)) })
  },
})

const plugins = (own) => [
  ...own,
  licences,
  replace({ preventAssignment: true, values: { 'process.env.NODE_ENV': '"production"' } }),
  resolve({ browser: true }),
  esbuild({ include: /\.tsx?$/, target: 'es2022', tsconfig: false, jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' }),
  terser({ ecma: 2020, module: true, compress: { passes: 2 }, format: { comments: /^!/ } }),
]

/**
 * Pages take the contract’s types and its lists of words, not its schemas: without side effects to keep them, the validator’s
 * library stays out.
 */
const treeshake = {
  manualPureFunctions: ['Type'],
  moduleSideEffects: (id) => !/\/server\/contract\/|\/node_modules\/typebox\//.test(id),
}

/** The validator’s modules import one another in circles, by design; none of them is in the result. */
function onwarn(warning, warn) {
  if (warning.code !== 'CIRCULAR_DEPENDENCY' || !warning.ids.every((id) => id.includes('/node_modules/typebox/'))) warn(warning)
}

export default function configure({ configOut = here('../../dist/dashboard') }) {
  const output = (dir) => ({
    dir: join(configOut, dir), format: 'es', sourcemap: false, banner: (chunk) => (chunk.isEntry ? '/*! Libraries and their licences: licences.txt */' : ''),
    entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js',
  })
  return [
    {
      input: { 'sign-in': here('src/sign-in/main.tsx') },
      treeshake,
      onwarn,
      output: output('sign-in'),
      plugins: plugins([page('sign-in.html', 'sign-in.html', '/dashboard/sign-in/'), asset('favicon.svg', 'favicon.svg')]),
    },
    {
      input: { app: here('src/main.tsx') },
      treeshake,
      onwarn,
      output: output('app'),
      plugins: plugins([worldMap, plotLanguage, page('index.html', 'index.html', '/dashboard/assets/')]),
    },
  ]
}
