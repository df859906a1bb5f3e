/** How a Chromium is started here, whoever drives it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findChromium } from '../../helpers/chromium.ts'
import { type Display, SCREEN } from './display.ts'

const execute = promisify(execFile)

export interface Launch {
  executablePath: string
  args: string[]
  env: Record<string, string>
  headless: boolean
}

const SOFTWARE_GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
/** Root has no sandbox and most containers can give none; what is opened here is our own page, by a proxy that reaches nothing else. */
const CONTAINED = ['--no-sandbox']
const QUIET = ['--no-first-run', '--no-default-browser-check', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/**
 * @param display undefined: headless
 * @param discreet whoever hides that it is driven does not call itself headless
 */
export async function launchOptions(display: Display | undefined, discreet: boolean): Promise<Launch> {
  const { executablePath, args, env } = await findChromium()
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    executablePath,
    headless: display === undefined,
    args: [
      ...new Set([...args, ...SOFTWARE_GL, ...CONTAINED, ...QUIET]), `--window-size=${SCREEN.width},${SCREEN.height}`,
      // A headless shell names no language either.
      ...(discreet && display === undefined ? [`--user-agent=${await plainUserAgent()}`, '--accept-lang=en-US,en'] : []),
    ],
    env: { ...Object.fromEntries(inherited), ...env, ...(display && { DISPLAY: display.name }) },
  }
}

/** As this version calls itself when it is shown: Chromium freezes everything but the major version. */
async function plainUserAgent(): Promise<string> {
  const { executablePath, env } = await findChromium()
  const { stdout } = await execute(executablePath, ['--version', '--no-sandbox'], { env: { ...process.env, ...env } })
  const major = /(\d+)\.\d+\.\d+\.\d+/.exec(stdout)?.[1]
  if (major === undefined) throw new Error(`${executablePath} --version says ${stdout}`)
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`
}
