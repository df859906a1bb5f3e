/**
 * Four classic scripts: `widget.js`, and `challenge.js`, `feedback.js` and `fingerprint.js`, which it loads when they are wanted. An
 * IIFE cannot split its code, so each is its own build. `widget.js` carries the integrity of the others built beside
 * it, so that a host which pins the first has pinned them too.
 *
 * `rollup -c widget/rollup.config.mjs --configOut <directory>` builds elsewhere than into dist/widget.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import resolve from '@rollup/plugin-node-resolve'
import replace from '@rollup/plugin-replace'
import terser from '@rollup/plugin-terser'
import { transform } from 'esbuild'
import esbuild from 'rollup-plugin-esbuild'
import { compactPreact } from './compact-preact.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'))

/** A stylesheet becomes the default export of a module, minified. */
const stylesheetText = {
  name: 'stylesheet-text',
  async transform(css, id) {
    if (!id.endsWith('.css')) return null
    const { code } = await transform(css, { loader: 'css', minify: true, target: ['chrome111', 'firefox113', 'safari16.4'] })
    return { code: `export default ${JSON.stringify(code.trim())}`, map: { mappings: '' } }
  },
}

/**
 * What FingerprintJS would do that a host's page may not want: its call home (off anyway by `monitoring: false`), an
 * advertisement with an address, and an iframe filled from a string, which Trusted Types report. Without the last the
 * preferred font sizes are measured in a blank frame, in every browser alike.
 */
const UNWANTED = [
  ['window.__fpjs_d_m || Math.random() >= 0.001', 'true'],
  [/ if upgrade to Pro: https:[^']*/, ''],
  ["initialHtml && 'srcdoc' in iframe", 'false'],
]

const withoutUnwanted = {
  name: 'without-unwanted',
  transform(code, id) {
    if (!id.includes('/@fingerprintjs/')) return null
    const own = UNWANTED.reduce((text, [pattern, replacement]) => {
      const changed = text.replace(pattern, replacement)
      if (changed === text) throw new Error(`FingerprintJS has changed: where is ${pattern} now?`)
      return changed
    }, code)
    return { code: own, map: null }
  },
}

/** Ships the licence of a library beside the script that contains it. */
const shipLicence = (packageName) => ({
  name: 'ship-licence',
  writeBundle: ({ file }) => copyFileSync(here(`../node_modules/${packageName}/LICENSE`), `${file}.LICENSE.txt`),
})

/** Digests of the lazy scripts by the placeholder they replace. Rollup builds in the order of the list at the end. */
const digests = new Map()

const announceDigest = (placeholder) => ({
  name: 'announce-digest',
  writeBundle({ file }) {
    digests.set(placeholder, `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`)
  },
})

const embedDigests = {
  name: 'embed-digests',
  renderChunk(code) {
    for (const [placeholder, digest] of digests) code = code.replace(placeholder, digest)
    if (/__\w+_INTEGRITY__/.test(code)) throw new Error('a lazy script was not built before widget.js')
    return { code, map: null }
  },
}

/** @param mangle terser's options for names */
function plugins(own, mangle = {}) {
  return [
    ...own,
    replace({
      preventAssignment: true,
      values: { 'process.env.NODE_ENV': '"production"', TRUETALLY_VERSION: JSON.stringify(version) },
    }),
    resolve({ browser: true }),
    esbuild({ include: /\.tsx?$/, target: 'es2022', tsconfig: false, jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' }),
    terser({
      ecma: 2020,
      // Found by trying: less inlining repeats itself more, which is what gzip likes.
      compress: { passes: 2, inline: 1, unsafe_arrows: true, pure_getters: true, hoist_funs: true },
      mangle,
      format: { comments: /^!/ },
    }),
  ]
}

/** Preact's own fields: `_children` becomes a letter or two, as in the library's published build. No other code names one. */
const PREACT_FIELDS = /^_[a-z]/

/** The Preact inside `widget.js`, which the form shares: src/lazy-script.ts. */
const SHARED_PREACT = 'globalThis[Symbol.for("truetally")]'

/** Preact's modules import one another in circles, by design; that is no news at every build. */
function onwarn(warning, warn) {
  const expected = warning.code === 'CIRCULAR_DEPENDENCY' && warning.ids.every((id) => id.includes('/node_modules/preact/'))
  if (!expected) warn(warning)
}

export default function configure({ configOut = here('../dist/widget') }) {
  const output = (name, banner = '') => ({ file: join(configOut, name), format: 'iife', sourcemap: true, banner })
  return [
    {
      input: here('src/fingerprint-entry.ts'),
      output: output('fingerprint.js', '/*! FingerprintJS, MIT: fingerprint.js.LICENSE.txt */'),
      plugins: plugins([withoutUnwanted, shipLicence('@fingerprintjs/fingerprintjs'), announceDigest('__FINGERPRINT_INTEGRITY__')]),
    },
    {
      input: here('src/challenge-entry.ts'),
      output: output('challenge.js'),
      plugins: plugins([stylesheetText, announceDigest('__CHALLENGE_INTEGRITY__')]),
    },
    {
      input: here('src/feedback-entry.ts'),
      external: ['preact/jsx-runtime'],
      output: { ...output('feedback.js'), globals: { 'preact/jsx-runtime': SHARED_PREACT } },
      plugins: plugins([stylesheetText, announceDigest('__FEEDBACK_INTEGRITY__')]),
    },
    {
      input: here('src/main.ts'),
      onwarn,
      output: output('widget.js', '/*! Preact, MIT: widget.js.LICENSE.txt */'),
      plugins: plugins([compactPreact, stylesheetText, embedDigests, shipLicence('preact')], { properties: { regex: PREACT_FIELDS } }),
    },
  ]
}
