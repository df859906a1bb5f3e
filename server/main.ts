#!/usr/bin/env node
/** The command line. Each command is a function in commands/; this file reads arguments and says what went wrong. */
import { parseArgs } from 'node:util'
import { type Config, ConfigError, readConfig } from './config.ts'
import { checkPolicy } from './commands/policy.ts'
import { runRules } from './commands/rules.ts'
import { runCommand } from './commands/run.ts'
import { start } from './commands/start.ts'
import { ROLES } from './contract/primitives.ts'

const USAGE = `truetally <command>

  start [--demo]                 run the server, and the demo site with it
  migrate                        bring the database up to date
  seed                           make the demo project, if it is missing
  token [--role R] [--name N]    make an operator token (${ROLES.join(', ')}; default admin)
  project list
  project create --name N --origin O [--origin O …]
  policy check FILE              say what is wrong with a policy file, or how it differs from the default
  rules check [FILE|DIR …]       say what is wrong with rule files, together with the shipped rules
  rules test [DIR]               run the rules’ fixtures; nothing is stored
  rules backtest [NAME …]        what the rules would have made of the ledger (--since 30d, --json)
  verify-tallies                 recount every vote and compare with the stored tallies

The environment configures it: PORT, HOST, DATABASE_URL, TRUETALLY_SECRET, … (see README.md).
`

let config: Config | undefined

const print = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values, positionals: [command, ...rest] } = parseArgs({
    allowPositionals: true,
    options: {
      demo: { type: 'boolean', default: false },
      role: { type: 'string', default: 'admin' },
      name: { type: 'string' },
      origin: { type: 'string', multiple: true, default: [] },
      since: { type: 'string', default: '30d' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || command === undefined) {
    print(USAGE)
    return values.help ? 0 : 2
  }
  // Takes neither the environment nor the database: a policy is checked wherever it is written.
  if (command === 'policy') {
    const [verb, file] = rest
    if (verb !== 'check' || file === undefined || rest.length > 2) throw new ConfigError('policy check takes one file.')
    return await checkPolicy(file, print)
  }
  if (command === 'rules') {
    return await runRules(() => (config = readConfig()), rest, {
      since: values.since, json: values.json, print, tell: (text) => void process.stderr.write(`truetally: ${text}\n`),
    })
  }
  config = readConfig()
  if (command === 'start') {
    await start(config, { demo: values.demo, print })
    return 0
  }
  const role = ROLES.find((known) => known === values.role)
  if (role === undefined) throw new ConfigError(`--role is one of ${ROLES.join(', ')}.`)
  return await runCommand(config, [command, ...rest].join(' '), {
    role, name: values.name, origins: values.origin, print, usage: USAGE,
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
