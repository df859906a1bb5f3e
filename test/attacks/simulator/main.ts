/**
 * `npm run attack`: how well the tallies stand up to every kind of stuffing that is known here. It reports; what it fails
 * for is a broken promise (a lost acknowledged vote, a tally that is not its recount, a 5xx, a seed that plays twice
 * differently), never a figure.
 */
import { embeddedDatabases } from './databases.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { classTable, populationTable, ruleTable, targetLine, workLine } from './report.ts'
import { type Server, reachServer, startServer } from './server.ts'
import { type Run, compareRuns, simulate, summarise } from './simulate.ts'

const MOST_FAULTS = 40

async function run(options: Options, openServer: () => Promise<Server>): Promise<boolean> {
  const began = performance.now()
  const template = options.target?.project
  const play = (note: string): Promise<Run> => simulate(openServer, {
    ...options, template, onClass: ({ figures, requests }) => process.stderr.write(`  ${note}${figures.name} (${requests} requests)\n`),
  })
  const first = await play('')
  const faults = first.played.flatMap((played) => played.faults.map((fault) => `${played.figures.name}: ${fault}`))
  if (options.target === undefined && !options.once) faults.push(...compareRuns(first, await play('again: ')))

  if (options.json) {
    process.stdout.write(`${JSON.stringify(summarise(first))}\n`)
  } else {
    process.stdout.write(`\n${classTable(first.played.map(({ figures }) => figures))}\n\n${populationTable(first.played)}\n\n${ruleTable(first.played)}\n`)
    if (options.why) for (const { figures, why } of first.played) process.stdout.write(`\n${figures.name}\n${why.map((line) => `  ${line}\n`).join('')}`)
    process.stdout.write(`\n${targetLine(first.played)}\n${workLine(first.played, options.target === undefined)}\n`)
    process.stdout.write(`\nSeed ${options.seed}, scale ${options.scale}, mode ${options.mode}, gate ${options.target === undefined ? options.gate : 'of the target'}; ${((performance.now() - began) / 1000).toFixed(0)} s.\n`)
  }
  for (const fault of faults.slice(0, MOST_FAULTS)) process.stderr.write(`FAULT ${fault}\n`)
  if (faults.length > MOST_FAULTS) process.stderr.write(`FAULT and ${faults.length - MOST_FAULTS} more\n`)
  return faults.length === 0
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const { target } = options
  if (target !== undefined) {
    reachServer(target.url, target.token)
    return (await run(options, async () => reachServer(target.url, target.token))) ? 0 : 1
  }
  const databases = await embeddedDatabases()
  try {
    return (await run(options, () => startServer(databases, options.gate))) ? 0 : 1
  } finally {
    await databases.close()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 2
}
