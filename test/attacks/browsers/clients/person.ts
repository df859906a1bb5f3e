/**
 * The control, as close to a person as a machine comes: input by the X server, into a Chromium that nobody drives and that
 * has no debugger. Where the control lies on the screen is looked up beforehand, by another browser of the same size.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright'
import { type ClientKind, type Visit, between, wait } from '../client.ts'
import { type Display, endProcess } from '../display.ts'
import { type Box, type Mouse, pressByHand } from '../hand.ts'
import { type Launch, launchOptions } from '../launch.ts'
import { findProgram } from '../programs.ts'

const execute = promisify(execFile)

/** The page fills the screen: what is at a place on the one is at the same place on the other. */
const FILLING = ['--kiosk', '--window-position=0,0']
/** With this fragment the board is in view without a scroll. */
const PLACE = '#roadmap'
const LOADED_MS = 3500

export const person: ClientKind = {
  name: 'person',
  about: 'X11 input into a Chromium that nobody drives',
  async start(display) {
    if (display === undefined) return { missing: 'a display and a Chromium that can be shown on it: apt-get install chromium xvfb xdotool' }
    const xdotool = await findProgram('xdotool')
    if (xdotool === undefined) return { missing: 'apt-get install xdotool' }
    const launch = await launchOptions(display, false)
    let box: Box | undefined
    return {
      form: 'headed',
      async visit(visit) {
        box ??= await lookUp(launch, visit)
        const profile = await makeProfile()
        const browser = openUndriven(launch, profile, visit)
        await wait(LOADED_MS)
        await pressByHand(mouseOf(xdotool, display), box)
        return async () => {
          await endProcess(browser)
          await removeProfile(profile)
        }
      },
      close: async () => undefined,
    }
  },
}

function openUndriven({ executablePath, args, env }: Launch, profile: string, { gateway, ground }: Visit): ChildProcess {
  return spawn(executablePath, [
    ...args, ...FILLING, `--user-data-dir=${profile}`, `--proxy-server=${gateway}`, '--proxy-bypass-list=<-loopback>', '--password-store=basic',
    `${ground.site}/${PLACE}`,
  ], { env, stdio: 'ignore' })
}

async function lookUp(launch: Launch, visit: Visit): Promise<Box> {
  const profile = await makeProfile()
  try {
    return await findControl(launch, profile, visit)
  } finally {
    await removeProfile(profile)
  }
}

async function findControl({ args, ...launch }: Launch, profile: string, { gateway, ground }: Visit): Promise<Box> {
  // Only a browser with a profile fills the screen, without a bar that says it is driven.
  const context = await chromium.launchPersistentContext(profile, {
    ...launch, args: [...args, ...FILLING], viewport: null, proxy: { server: gateway },
  })
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    await page.goto(`${ground.site}/${PLACE}`)
    const control = page.getByRole('button', { name: new RegExp(ground.item.title) }).first()
    await control.waitFor()
    await wait(LOADED_MS)
    const box = await control.boundingBox()
    if (box === null) throw new Error('the control has no place on the page')
    return box
  } finally {
    await context.close()
  }
}

/** A directory for one browser. */
const makeProfile = (): Promise<string> => mkdtemp(join(tmpdir(), 'truetally-person-'))
/** Chromium’s children write for a moment longer than it lives. */
const removeProfile = (profile: string): Promise<void> => rm(profile, { recursive: true, force: true, maxRetries: 5 })

function mouseOf(xdotool: string, display: Display): Mouse {
  const act = (...words: string[]) => execute(xdotool, words, { env: { ...process.env, DISPLAY: display.name } })
  return {
    move: (x, y) => act('mousemove', String(Math.round(x)), String(Math.round(y))),
    down: () => act('mousedown', '1'),
    up: async () => {
      await act('mouseup', '1')
      await wait(between(100, 200))
    },
  }
}
