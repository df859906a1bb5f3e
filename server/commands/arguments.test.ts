import { describe, expect, it } from 'vitest'
import { ConfigError } from '../config.ts'
import { readArguments } from './arguments.ts'

function complaint(line: string): string {
  try {
    readArguments(line.split(' '))
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'none'
}

describe('the command line', () => {
  it('is a command, what it is about, and its options', () => {
    const { values, positionals } = readArguments(['project', 'create', '--name', 'Shop', '--origin', 'https://a.example', '--origin=https://b.example'])
    expect(positionals).toEqual(['project', 'create'])
    expect(values).toMatchObject({ name: 'Shop', origin: ['https://a.example', 'https://b.example'], role: 'admin' })
  })

  it.each([
    'start --demo', 'migrate', 'token --role viewer --name x --project pk_demo', 'operator add Grace --role viewer --project 1', 'operator list',
    'rules backtest one --since 1d --json', 'audit verify --head abc', 'token --name=-x', '-h', 'start --help', 'token --version', 'token -- --name',
    // There is no such command, as whoever runs commands says.
    'strat --demo', 'project --name x',
  ])('%s is read', (line) => expect(complaint(line)).toBe('none'))

  it.each([
    ['token --origin https://x.example', 'token does not take --origin.'],
    ['operator reset admin --role viewer', 'operator reset does not take --role.'],
    ['rules check --json', 'rules check does not take --json.'],
    ['verify-tallies extra --demo', 'verify-tallies does not take --demo.'],
    ['project create --orgin https://x.example', 'There is no option --orgin; did you mean --origin?'],
    ['start -x', 'There is no option -x.'],
    ['start --constructor', 'There is no option --constructor.'],
    ['start --demo=1', '--demo takes no value.'],
    ['token --name', '--name takes a value.'],
    ['token --name --role viewer', '--name takes a value, not --role. One that begins with a dash is written --name=-…'],
  ])('%s is refused', (line, message) => expect(complaint(line)).toBe(message))
})
