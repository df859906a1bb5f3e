import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../config.ts'
import { defaultPolicy } from '../gate/policies/default.ts'
import { checkPolicy, readPolicies } from './policy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'truetally-policy-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}
const read = (gatePolicy?: string, gateShadow?: string) => readPolicies({ gatePolicy, gateShadow })

async function complaint(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => undefined, (caught: unknown) => caught)
  if (!(error instanceof ConfigError)) throw new Error('no ConfigError was thrown', { cause: error })
  return error.message
}

describe('the policies in force', () => {
  it('are the shipped one, and none on trial', async () => {
    expect(await read()).toEqual({ policy: defaultPolicy, shadowPolicy: undefined })
  })

  it('are those of the files', async () => {
    const live = await write('live.yaml', 'version: live-1\nbucketSeats: 3\n')
    const trial = await write('trial.json', '{"version": "trial-1", "caps": {"network": 0.1}}')
    const { policy, shadowPolicy } = await read(live, trial)
    expect(policy).toEqual({ ...defaultPolicy, version: 'live-1', bucketSeats: 3 })
    expect(shadowPolicy).toEqual({ ...defaultPolicy, version: 'trial-1', caps: { ...defaultPolicy.caps, network: 0.1 } })
  })

  it('are refused by variable, file and key, all at once', async () => {
    const live = await write('live.yaml', 'version: live-1\nwieghts: {}\n')
    const trial = join(folder, 'nowhere.yaml')
    expect(await complaint(read(live, trial))).toBe([
      'The policy is not usable:',
      `GATE_POLICY: ${live}:2: wieghts is not a key of a policy; did you mean weights?`,
      `GATE_SHADOW: ${trial}: cannot be read: ENOENT: no such file or directory`,
    ].join('\n  '))
  })

  it('need names of their own', async () => {
    const file = await write('same.yaml', 'version: same-1\n')
    expect(await complaint(read(file, file))).toContain(`GATE_SHADOW: ${file}: version must differ from same-1`)
  })
})

async function printed(file: string): Promise<string[]> {
  const lines: string[] = []
  expect(await checkPolicy(file, (line) => lines.push(line))).toBe(0)
  return lines
}

describe('policy check', () => {
  it('prints how the file differs from the shipped policy', async () => {
    const file = await write('mine.yaml', [
      'version: mine-1', 'weights: { known-bot: 0 }', 'challenge: { difficulty: 17 }',
      'bands:', '  POST feedback: []', '  POST sessions: [{ band: challenge, from: 0.2, mode: log }]',
    ].join('\n'))
    const [before] = defaultPolicy.bands['POST sessions']
    expect(await printed(file)).toEqual([
      `${file} is a policy, mine-1. It differs from ${defaultPolicy.version}:`,
      `  weights.known-bot: ${defaultPolicy.weights['known-bot']} -> 0`,
      expect.stringContaining(`  bands."POST sessions": challenge from ${before?.from}`),
      expect.stringMatching(/ {2}bands\."POST feedback": .* -> no band$/),
      `  challenge.difficulty: ${defaultPolicy.challenge?.difficulty} -> 17`,
    ])
    expect((await printed(file))[2]).toMatch(/-> challenge from 0\.2 \(log\)$/)
  })

  it('says that nothing differs', async () => {
    const file = await write('plain.yaml', 'version: plain-1\n')
    expect(await printed(file)).toEqual([`${file} is a policy, plain-1, and does not differ from ${defaultPolicy.version}.`])
  })

  it.each([['no policy', 'caps: 1\n', /:1: caps must be object/], ['no YAML', '{', /:1: /]])('refuses what is %s', async (_title, text, fault) => {
    const file = await write('wrong.yaml', text)
    expect(await complaint(checkPolicy(file, () => undefined))).toMatch(fault)
  })

  it('refuses a directory', async () => expect(await complaint(checkPolicy(folder, () => undefined))).toContain('cannot be read: EISDIR'))
})
