/**
 * Two classic scripts: `fingerprint.js` (lazy) and `widget.js` (everything else). An IIFE cannot split its code, so
 * each is its own build. `widget.js` carries the integrity of the `fingerprint.js` built beside it, so that a host
 * which pins the first has pinned the second too.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import resolve from '@rollup/plugin-node-resolve'
import replace from '@rollup/plugin-replace'
import terser from '@rollup/plugin-terser'
import { transform } from 'esbuild'
import esbuild from 'rollup-plugin-esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'))

const fingerprintBuilt = Promise.withResolvers?.() ?? deferred()

function deferred() {
  let settle
  const promise = new Promise((resolvePromise) => {
    settle = resolvePromise
  })
  return { promise, resolve: settle }
}

/** A stylesheet becomes the default export of a module, minified. */
const stylesheetText = {
  name: 'stylesheet-text',
  async transform(css, id) {
    if (!id.endsWith('.css')) return null
    const { code } = await transform(css, { loader: 'css', minify: true, target: ['chrome111', 'firefox113', 'safari16.4'] })
    return { code: `export default ${JSON.stringify(code.trim())}`, map: { mappings: '' } }
  },
}

/** The library's call home, off anyway by `monitoring: false`, and its advertisement: no address of anybody else ships. */
const THIRD_PARTIES = [
  ['window.__fpjs_d_m || Math.random() >= 0.001', 'true'],
  [/ if upgrade to Pro: https:[^']*/, ''],
]

const withoutThirdParties = {
  name: 'without-third-parties',
  transform(code, id) {
    if (!id.includes('/@fingerprintjs/')) return null
    const own = THIRD_PARTIES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), code)
    if (own.length >= code.length) throw new Error('FingerprintJS has changed: look where it names third parties now')
    return { code: own, map: null }
  },
}

const announceFingerprint = {
  name: 'announce-fingerprint',
  writeBundle(options) {
    const bytes = readFileSync(options.file)
    copyFileSync(here('../node_modules/@fingerprintjs/fingerprintjs/LICENSE'), `${options.file}.LICENSE.txt`)
    fingerprintBuilt.resolve(`sha384-${createHash('sha384').update(bytes).digest('base64')}`)
  },
}

const embedIntegrity = {
  name: 'embed-integrity',
  async renderChunk(code) {
    return { code: code.replace('__FINGERPRINT_INTEGRITY__', await fingerprintBuilt.promise), map: null }
  },
}

function plugins(...more) {
  return [
    replace({
      preventAssignment: true,
      values: { 'process.env.NODE_ENV': '"production"', TRUETALLY_VERSION: JSON.stringify(version) },
    }),
    resolve({ browser: true }),
    esbuild({ include: /\.tsx?$/, target: 'es2020', tsconfig: false, jsxFactory: 'h', legalComments: 'none' }),
    ...more,
    terser({ ecma: 2020, compress: { passes: 3, unsafe_arrows: true, pure_getters: true }, format: { comments: /^!/ } }),
  ]
}

const output = (name, banner = '') => ({ file: here(`../dist/widget/${name}`), format: 'iife', sourcemap: true, banner })

export default [
  { input: here('src/fingerprint-entry.ts'), output: output('fingerprint.js', '/*! FingerprintJS, MIT licence: fingerprint.js.LICENSE.txt */'), plugins: plugins(withoutThirdParties, announceFingerprint) },
  { input: here('src/main.ts'), output: output('widget.js'), plugins: plugins(stylesheetText, embedIntegrity) },
]
