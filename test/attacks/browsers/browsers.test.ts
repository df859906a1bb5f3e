/** The short form of `npm run attack:browsers`: what drives a browser without hiding it well is held, whatever it fills in. */
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { createDatabase } from '../../helpers/database.ts'
import { patchrightClick } from './clients/patchright.ts'
import { playwrightClick, playwrightSynthetic } from './clients/playwright.ts'
import { puppeteerStealth } from './clients/puppeteer.ts'
import { clients } from './clients/registry.ts'
import { openGateway } from './gateway.ts'
import { readOptions } from './options.ts'
import { type PlayedClient, playClient } from './play.ts'
import { type Result, clientTable, isPlayed } from './report.ts'

const results: Result[] = []
/** Two visits that wait for what a busy machine is slow to give. */
const PATIENT = { timeout: 400_000 }

/** Twice, headless, which every machine can. A package that is missing fails: they are among the devDependencies. */
async function play(kind: (typeof clients)[number]): Promise<PlayedClient> {
  const result = await playClient(kind, { visits: 2, display: undefined, databases: { create: createDatabase }, unhurried: true })
  results.push(result)
  if (!isPlayed(result)) throw new Error(`${result.name} was skipped: ${result.skipped}`)
  expect(result, 'votes that reached the ledger').toMatchObject({ lost: 0, withCore: 2 })
  // One machine shows one core, unless it is so busy that FingerprintJS gives its sound up after half a second: then both differ.
  expect(result.cores).toBeLessThanOrEqual(result.visitorIds)
  return result
}

test('Playwright as it is shipped is held: it says itself what it is', PATIENT, async () => {
  const { counted, held, detectors } = await play(playwrightClick)
  expect({ counted, held }).toEqual({ counted: 0, held: 2 })
  // Whether its click counts as unhovered depends on how busy the machine is; these do not.
  expect(detectors).toMatchObject({ 'webdriver': 2, 'dead-centre-click': 2 })
})

test('a click that a script makes up in the page is held', PATIENT, async () => {
  const { counted, held, detectors } = await play(playwrightSynthetic)
  expect({ counted, held }).toEqual({ counted: 0, held: 2 })
  expect(detectors).toMatchObject({ 'untrusted-event': 2 })
})

test('Puppeteer under the stealth plugin is held: the worker contradicts the page, and its mouse has no pressure', PATIENT, async () => {
  const { counted, held, detectors } = await play(puppeteerStealth)
  expect({ counted, held }).toEqual({ counted: 0, held: 2 })
  expect(detectors).toMatchObject({ 'worker-mismatch': 2, 'pressureless-mouse': 2 })
  expect(detectors).not.toHaveProperty('webdriver')
})

test('patchright’s click hides its driver and not its manner; what became of all four is printed', PATIENT, async () => {
  const { detectors } = await play(patchrightClick)
  expect(detectors).toMatchObject({ 'dead-centre-click': 2 })
  expect(detectors).not.toHaveProperty('webdriver')
  const table = clientTable(results)
  for (const { name } of results) expect(table).toContain(name)
  process.stdout.write(`\n${table}\n\n`)
})

test('a visitor’s gateway says whose request it is, and reaches nothing but what is under test', async () => {
  const gateway = await openGateway('198.18.1.7', ['http://localhost:1'])
  try {
    const through = async (target: string): Promise<number> => {
      const { hostname, port } = new URL(gateway.url)
      return new Promise((resolve, reject) => {
        request({ hostname, port, path: target }, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject).end()
      })
    }
    expect(await through('http://example.com/')).toBe(403)
    expect(await through('/relative')).toBe(403)
  } finally {
    await gateway.close()
  }
})

test('the command line refuses what it does not know', () => {
  const names = clients.map(({ name }) => name)
  expect(readOptions([], names)).toEqual({ visits: 6, only: [], json: false })
  expect(readOptions(['--visits', '20', '--only', 'patchright,person', '--json'], names)).toEqual({ visits: 20, only: ['patchright', 'person'], json: true })
  for (const args of [['--visits', '0'], ['--visits', 'x'], ['--only', 'selenium'], ['--seed', '1']]) {
    expect(() => readOptions(args, names)).toThrow(RangeError)
  }
})
