#!/usr/bin/env node
/** The command line. Each command is a function in commands/, loaded when it is asked for; this file reads arguments and says what went wrong. */
import { readArguments } from './commands/arguments.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { ROLES } from './contract/primitives.ts'
import { keepHeapSmall } from './heap.ts'

const USAGE = `truetally <command>

  start [--demo]                 run the server, and the demo site with it
  migrate                        bring the database up to date
  seed                           make the demo project, if it is missing
  token [--role R] [--name N] [--project P]
                                 make an operator token (${ROLES.join(', ')}; default admin, of all projects)
  operator add NAME [--role R] [--project P]   (default admin)
                                 somebody who signs in to the dashboard; prints their password
  operator reset NAME            a new password, no second factor, signed out everywhere, own tokens revoked
  operator list
  project list
  project create --name N --origin O [--origin O …]
  policy check FILE              say what is wrong with a policy file, or how it differs from the default
  rules check [FILE|DIR …]       say what is wrong with rule files, together with the shipped rules
  rules test [DIR]               run the rules’ fixtures; nothing is stored
  rules backtest [NAME …]        what the rules would have made of the ledger (--since 30d, --json)
  audit verify [--head HASH]     whether the audit log is what was written, and still has an earlier run’s head
  verify-tallies                 recount every vote and compare with the stored tallies

--help prints this, --version the version. The environment configures it: PORT, HOST, DATABASE_URL, TRUETALLY_SECRET, … (see README.md).
`

let config: Config | undefined

const print = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values, positionals: [command, ...rest] } = readArguments(process.argv.slice(2))
  if (values.version) {
    const { VERSION } = await import('./version.ts')
    print(VERSION)
    return 0
  }
  if (values.help || command === undefined) {
    print(USAGE)
    return values.help ? 0 : 2
  }
  // Takes neither the environment nor the database: a policy is checked wherever it is written.
  if (command === 'policy') {
    const [verb, file] = rest
    if (verb !== 'check' || file === undefined || rest.length > 2) throw new ConfigError('policy check takes one file.')
    const { checkPolicy } = await import('./commands/policy.ts')
    return await checkPolicy(file, print)
  }
  if (command === 'rules') {
    const { runRules } = await import('./commands/rules.ts')
    return await runRules(() => (config = readConfig()), rest, {
      since: values.since, json: values.json, print, tell: (text) => void process.stderr.write(`truetally: ${text}\n`),
    })
  }
  config = readConfig()
  if (command === 'start') {
    if (rest.length > 0) throw new ConfigError(`start takes options only, not ${rest.join(' ')}.`)
    // Before what it needs is loaded: the heap grows with that as well.
    keepHeapSmall([...process.execArgv, ...config.nodeFlags])
    const { start } = await import('./commands/start.ts')
    await start(config, { demo: values.demo, print })
    return 0
  }
  const role = ROLES.find((known) => known === values.role)
  if (role === undefined) throw new ConfigError(`--role is one of ${ROLES.join(', ')}.`)
  const { runCommand, withDatabase } = await import('./commands/run.ts')
  if (command === 'operator') {
    const { runOperators } = await import('./commands/accounts.ts')
    return await withDatabase(config, print, (pool) => runOperators(pool, rest, { role, project: values.project, print }))
  }
  return await runCommand(config, [command, ...rest].join(' '), {
    role, name: values.name, project: values.project, origins: values.origin, head: values.head, print, usage: USAGE,
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  // A message a person can act on; the stack only when it was asked for.
  const shown = error instanceof Error ? (config?.logLevel === 'debug' ? error.stack : error.message) : String(error)
  process.stderr.write(`truetally: ${shown}\n`)
  process.exitCode = error instanceof ConfigError ? 2 : 1
}
