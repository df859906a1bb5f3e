/**
 * `npm run attack:browsers`: real browsers, each driven in another way, vote on a real server, and a table says which votes
 * counted and what gave the others away. It reports; a figure is for people to read, and only what breaks fails.
 */
import { embeddedDatabases } from '../simulator/databases.ts'
import { clients } from './clients/registry.ts'
import { openDisplay } from './display.ts'
import { type Options, USAGE, readOptions } from './options.ts'
import { playClient } from './play.ts'
import { type Result, clientTable, isPlayed } from './report.ts'

async function run({ visits, only, json }: Options): Promise<void> {
  const began = performance.now()
  // Standard output belongs to the object.
  if (json) console.log = console.error
  const display = await openDisplay()
  if ('missing' in display) process.stderr.write(`Headless only (${display.missing})\n`)
  const databases = await embeddedDatabases()
  const results: Result[] = []
  try {
    for (const kind of clients.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const result = await playClient(kind, { visits, databases, display: 'missing' in display ? undefined : display })
      results.push(result)
      process.stderr.write(isPlayed(result) ? `  ${result.name}: ${result.about}\n` : `  skipped: ${result.name} (${result.skipped})\n`)
    }
  } finally {
    await databases.close()
    if (!('missing' in display)) await display.close()
  }
  if (json) process.stdout.write(`${JSON.stringify({ visits, clients: results })}\n`)
  else process.stdout.write(`\n${clientTable(results)}\n\n${((performance.now() - began) / 1000).toFixed(0)} s.\n`)
}

try {
  const options = readOptions(process.argv.slice(2), clients.map(({ name }) => name))
  if (options === 'help') process.stdout.write(`${USAGE}\n`)
  else await run(options)
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 2
}
