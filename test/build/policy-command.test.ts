/** Policy files on the real command line. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { ROOT } from '../helpers/markdown.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(inject('databaseServer').scratch, 'policy-'))
  await writeFile(join(home, 'good.yaml'), 'version: good-1\nweights: { known-bot: 0 }\n')
  await writeFile(join(home, 'bad.yaml'), 'version: bad-1\ncaps:\n  velocty: 0.2\n')
})
afterAll(() => rm(home, { recursive: true, force: true }))

function truetally(args: string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'server/main.ts', ...args], {
    cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', TRUETALLY_DATA_DIR: join(home, 'data'), ...environment },
  })
  return { status, stdout, stderr }
}

test('policy check prints the differences, whatever the environment is', () => {
  const file = join(home, 'good.yaml')
  expect(truetally(['policy', 'check', file], { PORT: 'none' })).toEqual({
    status: 0, stderr: '',
    stdout: `${file} is a policy, good-1. It differs from ${defaultPolicy.version}:\n  weights.known-bot: ${defaultPolicy.weights['known-bot']} -> 0\n`,
  })
})

test('policy check ends with 2 and names file, line and key', () => {
  const file = join(home, 'bad.yaml')
  expect(truetally(['policy', 'check', file])).toEqual({
    status: 2, stdout: '', stderr: `truetally: This is no policy:\n  ${file}:3: caps.velocty is not a key of a policy; did you mean velocity?\n`,
  })
})

test.each([[['policy']], [['policy', 'check']], [['policy', 'try', 'x.yaml']], [['policy', 'check', 'a.yaml', 'b.yaml']]])('%j says what it takes', (args) => {
  expect(truetally(args)).toEqual({ status: 2, stdout: '', stderr: 'truetally: policy check takes one file.\n' })
})

test('start names the variable as well, before it makes anything', () => {
  const { status, stderr } = truetally(['start'], { GATE_POLICY: join(home, 'bad.yaml'), GATE_SHADOW: join(home, 'none.yaml') })
  expect(status).toBe(2)
  expect(stderr).toContain(`GATE_POLICY: ${join(home, 'bad.yaml')}:3: caps.velocty is not a key of a policy`)
  expect(stderr).toContain(`GATE_SHADOW: ${join(home, 'none.yaml')}: cannot be read: ENOENT`)
  expect(existsSync(join(home, 'data'))).toBe(false)
})
