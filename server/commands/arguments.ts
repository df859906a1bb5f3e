/**
 * What stands on the command line. An option that its command does not take is refused: ignored, it would make something else than
 * was asked for, such as a token for every project.
 */
import { parseArgs } from 'node:util'
import { ConfigError } from '../config.ts'
import { suggestion } from '../nearest.ts'

const OPTIONS = {
  demo: { type: 'boolean', default: false },
  role: { type: 'string', default: 'admin' },
  name: { type: 'string' },
  project: { type: 'string' },
  origin: { type: 'string', multiple: true, default: [] as string[] },
  since: { type: 'string', default: '30d' },
  json: { type: 'boolean', default: false },
  head: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const

/** By command; one that is not here is none, and whoever runs commands says so. */
const TAKEN: Record<string, readonly (keyof typeof OPTIONS)[]> = {
  'start': ['demo'],
  'migrate': [],
  'seed': [],
  'token': ['role', 'name', 'project'],
  'operator add': ['role', 'project'],
  'operator reset': [],
  'operator list': [],
  'project list': [],
  'project create': ['name', 'origin'],
  'policy check': [],
  'rules check': [],
  'rules test': [],
  'rules backtest': ['since', 'json'],
  'audit verify': ['head'],
  'verify-tallies': [],
}

/** @throws ConfigError for an option that there is not, that lacks its value, or that the command does not take */
export function readArguments(args: string[]) {
  const { tokens } = parseArgs({ args, allowPositionals: true, strict: false, tokens: true, options: OPTIONS })
  const options = tokens.filter((token) => token.kind === 'option')
  for (const { name, rawName, value, inlineValue } of options) {
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : undefined
    if (option === undefined) {
      throw new ConfigError(`There is no option ${rawName}${suggestion(rawName, Object.keys(OPTIONS).map((known) => `--${known}`)) || '.'}`)
    }
    if (option.type === 'boolean' && value !== undefined) throw new ConfigError(`${rawName} takes no value.`)
    if (option.type === 'string' && value === undefined) throw new ConfigError(`${rawName} takes a value.`)
    if (value !== undefined && !inlineValue && /^-./.test(value)) {
      throw new ConfigError(`${rawName} takes a value, not ${value}. One that begins with a dash is written ${rawName}=-…`)
    }
  }
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS })
  if (!values.help && !values.version) {
    const [command = '', verb = ''] = positionals
    const name = [`${command} ${verb}`, command].find((one) => Object.hasOwn(TAKEN, one))
    const refused = name === undefined ? undefined : options.find((given) => !TAKEN[name]?.some((taken) => taken === given.name))
    if (refused !== undefined) throw new ConfigError(`${name} does not take ${refused.rawName}.`)
  }
  return { values, positionals }
}
