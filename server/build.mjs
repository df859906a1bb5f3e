/**
 * Builds into dist/ what is missing or older than its sources: `npm start` runs this every time, so that a fresh checkout
 * and an edited file both just work. Plain JavaScript, because it is what makes the TypeScript runnable.
 *
 * "Older" is decided by a hash of the sources' content, kept in dist/: modification times say nothing after a checkout.
 * `--force` rebuilds everything.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/**
 * `sources` are files and directories; a path matching `ignored` is not one. `outputs` is what the part alone writes.
 * `run` does the work and throws an Error when it fails.
 */
const parts = [
  {
    name: 'server',
    sources: ['server', 'db', 'demo-site', 'tsconfig.json', 'tsconfig.build.json', 'package.json'],
    ignored: /\.test\.ts$|\.md$|^db\/schema\.sql$|^server\/dashboard\//,
    outputs: ['dist/server', 'dist/db', 'dist/demo-site'],
    async run() {
      await runTool('typescript', 'tsc', ['-p', 'tsconfig.build.json'])
      // Migrations, pages and other data are read from beside the module that uses them.
      for (const file of listSources(this).filter((name) => name.includes('/') && !/\.(ts|mjs)$/.test(name))) {
        cpSync(join(root, file), join(root, 'dist', file))
      }
      // It is the package's bin; npm makes it executable only when it installs the package somewhere else.
      chmodSync(join(root, 'dist/server/main.js'), 0o755)
    },
  },
  {
    name: 'widget',
    sources: ['widget', 'server/contract', 'tsconfig.widget.json', 'package.json', 'server/build.mjs'],
    ignored: /\.test\.tsx?$|\.md$/,
    outputs: ['dist/widget'],
    async run() {
      await runTool('rollup', 'rollup', ['-c', 'widget/rollup.config.mjs'])
      await compress(this)
    },
  },
  {
    name: 'dashboard',
    sources: ['server/dashboard', 'server/contract', 'tsconfig.dashboard.json', 'package.json', 'server/build.mjs'],
    ignored: /\.test\.tsx?$|\.md$/,
    outputs: ['dist/dashboard'],
    async run() {
      await runTool('rollup', 'rollup', ['-c', 'server/dashboard/rollup.config.mjs'])
      await compress(this)
    },
  },
]

function listFiles(path) {
  const absolute = join(root, path)
  if (!existsSync(absolute)) return []
  const entries = readdirSync(absolute, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

/**
 * Leaves `name.br` and `name.gz` beside each file that is smaller so: once, here, and as small as it gets, instead of at every start
 * of a server, which it took half of.
 */
async function compress({ outputs }) {
  await Promise.all(outputs.flatMap(listFiles).map(async (file) => {
    const path = join(root, file)
    const body = readFileSync(path)
    const forms = {
      br: await promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
      gz: await promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
    }
    for (const [ending, form] of Object.entries(forms)) if (form.length < body.length) writeFileSync(`${path}.${ending}`, form)
  }))
}

function listSources({ sources, ignored }) {
  const files = sources.flatMap((source) => (/\.[a-z]+$/.test(source) ? [source] : listFiles(source)))
  return files.filter((name) => !ignored.test(name)).toSorted()
}

function hashSources(part) {
  const hash = createHash('sha256')
  for (const file of listSources(part)) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function stampFile({ name }) {
  return join(root, 'dist', `.${name}.json`)
}

/** Whether the outputs were built from these sources and are all still there. */
function isFresh(part, sourcesHash) {
  if (!existsSync(stampFile(part))) return false
  const stamp = JSON.parse(readFileSync(stampFile(part), 'utf8'))
  return stamp.sourcesHash === sourcesHash && stamp.files.every((file) => existsSync(join(root, file)))
}

async function build(part, sourcesHash) {
  const begun = performance.now()
  // A source that is gone must not live on in dist.
  for (const path of [stampFile(part), ...part.outputs.map((output) => join(root, output))]) rmSync(path, { recursive: true, force: true })
  await part.run()
  const files = part.outputs.flatMap(listFiles)
  mkdirSync(join(root, 'dist'), { recursive: true })
  // Complete or absent: two builds at once must not leave half a stamp.
  const draft = `${stampFile(part)}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ sourcesHash, files }))
  renameSync(draft, stampFile(part))
  console.log(`built ${part.name} in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
}

async function runTool(packageName, command, args) {
  let manifest
  try {
    manifest = require.resolve(`${packageName}/package.json`)
  } catch {
    throw new Error(`${packageName} is not installed, and what it builds is missing or out of date. Run npm install with development dependencies.`)
  }
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  const script = resolve(dirname(manifest), bin[command])
  const child = spawn(process.execPath, [script, ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const code = await new Promise((settle, reject) => child.once('error', reject).once('close', settle))
  const text = Buffer.concat(output).toString().trim()
  if (code !== 0) throw new Error(`${command} failed:\n${text}`)
  // Rollup marks a warning so; the rest of what it says on success is progress.
  if (text.includes('(!)')) console.warn(text)
}

// An installed package carries dist/ but not what it was built from.
if (existsSync(join(root, 'tsconfig.build.json'))) {
  const force = process.argv.includes('--force')
  const stale = parts.map((part) => ({ part, sourcesHash: hashSources(part) })).filter(({ part, sourcesHash }) => force || !isFresh(part, sourcesHash))
  // The first part takes a while, and until then nothing would be heard.
  if (stale.length > 0) console.log(`building ${stale.map(({ part }) => part.name).join(', ')} …`)
  const results = await Promise.allSettled(stale.map(({ part, sourcesHash }) => build(part, sourcesHash)))
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
    console.error(reason instanceof Error ? reason.message : reason)
    process.exitCode = 1
  }
}
