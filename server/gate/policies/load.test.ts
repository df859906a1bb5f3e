import { describe, expect, it } from 'vitest'
import { DocumentError } from '../../document-faults.ts'
import { detectors } from '../detectors/registry.ts'
import { judge } from '../judge.ts'
import { nothing } from '../evidence.fixture.ts'
import { defaultPolicy } from './default.ts'
import { loadPolicy } from './load.ts'
import type { Policy } from './policy.ts'

const names = Object.keys(defaultPolicy.weights)
const load = (text: string): Policy => loadPolicy(text, 'policy.yaml', { names })

function faultsOf(text: string): readonly string[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof DocumentError) return error.faults
    throw error
  }
  return []
}

describe('a policy file', () => {
  it('says only what differs', () => {
    const { version, weights, bands, windows, ...rest } = load(`
version: shop-1
weights: { known-bot: 0 }
windows:
  network: { limit: 50 }
bands:
  PUT vote:
    - { band: hold, from: 0.7, mode: log }
`)
    expect(version).toBe('shop-1')
    expect(weights).toEqual({ ...defaultPolicy.weights, 'known-bot': 0 })
    expect(windows).toEqual({ ...defaultPolicy.windows, network: { ...defaultPolicy.windows.network, limit: 50 } })
    expect(bands).toEqual({ ...defaultPolicy.bands, 'PUT vote': [{ band: 'hold', from: 0.7, mode: 'log' }] })
    for (const [key, value] of Object.entries(rest)) expect([key, value]).toEqual([key, defaultPolicy[key as keyof Policy]])
  })

  it('may be JSON, indented with tabs, with the schema its editor reads', () => {
    const json = JSON.stringify({ $schema: 'https://votes.example.com/policy.schema.json', version: 'shop-2', challenge: null }, null, '\t')
    expect(load(json)).toEqual({ ...defaultPolicy, version: 'shop-2', challenge: null })
  })

  it('leaves the policy it is laid over alone', () => {
    const before = structuredClone(defaultPolicy)
    load('version: shop-3\ncaps: { network: 0.1 }\nbands: { POST feedback: [] }')
    expect(defaultPolicy).toEqual(before)
  })

  it('is judged under, by its own name', () => {
    expect(judge(nothing, load('version: shop-4'), 0).policy).toBe('shop-4')
  })

  it('is checked against the detectors that are registered', () => {
    expect(detectors.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    expect(loadPolicy('version: shop-5', 'policy.yaml').version).toBe('shop-5')
  })
})

describe('a file that is no policy', () => {
  it.each<[string, string, string]>([
    ['an unknown key, where it is', 'version: a\ncohorts:\n  mode: log\n  horizonsMs: 5\n', 'policy.yaml:4: cohorts.horizonsMs is not a key of a policy; did you mean horizonMs?'],
    ['an unknown key with a mapping', 'version: a\n\nwieghts:\n  webdriver: 1\n', 'policy.yaml:3: wieghts is not a key of a policy; did you mean weights?'],
    ['an unknown detector', 'version: a\nweights:\n  webdriver: 0.5\n  web-driver: 1\n', 'policy.yaml:4: weights.web-driver is the name of no detector; did you mean webdriver?'],
    ['a wrong value deep inside', 'version: a\nbands:\n  PUT vote:\n    - band: log\n      from: 0.3\n      mode: enforced\n',
      'policy.yaml:6: bands."PUT vote"[0].mode must be one of log, enforce'],
    ['an element with too little', 'version: a\nbands:\n  PUT vote:\n    - band: log\n      from: 0.3\n', 'policy.yaml:4: bands."PUT vote"[0].mode is missing'],
    ['an object where a list belongs', 'version: a\nbands:\n  PUT vote: { band: hold }\n', 'policy.yaml:3: bands."PUT vote" must be array'],
    ['a list where an object belongs', 'version: a\ncaps: [1]\n', 'policy.yaml:2: caps must be object'],
    ['nothing where an object belongs', 'version: a\ncaps:\n', 'policy.yaml:2: caps must be object'],
    ['a key of every object’s prototype', 'version: a\nconstructor: { x: 1 }\n', 'policy.yaml:2: constructor is not a key of a policy'],
    ['__proto__', 'version: a\n__proto__: { caps: { network: 1 } }\n', 'policy.yaml:2: __proto__ is not a key of a policy'],
    ['a contradiction with the policy it is laid over', 'version: a\ncaps:\n  velocity: 0.99\n',
      'policy.yaml:3: caps.velocity must be below 0.95, where POST sessions blocks: no group of signals may block alone'],
    ['no version', 'caps: { network: 0.1 }\n', 'policy.yaml: version is missing: a policy has a name of its own'],
    ['the version of another', `version: ${defaultPolicy.version}\n`,
      `policy.yaml:1: version must differ from ${defaultPolicy.version}, the policy it is laid over`],
    ['a version that GATE_MODE=log makes', 'version: a-log\n', 'policy.yaml:1: version must not end with -log, which GATE_MODE=log adds'],
    ['a version that is a number', 'version: 2\n', 'policy.yaml:1: version must be string'],
    ['a key twice', 'version: a\nversion: b\n', 'policy.yaml:2: Map keys must be unique'],
    ['a quote that never ends', 'version: "a', 'policy.yaml:1: Missing closing "quote'],
    ['two documents', 'version: a\n---\nversion: b\n', 'policy.yaml:2: Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ['an alias to nothing', 'version: *x\n', 'policy.yaml: Unresolved alias (the anchor must be set before the alias): x'],
    ['a list', '- version: a\n', 'policy.yaml: a policy is a mapping of keys to values, such as version: my-policy-1'],
    ['nothing', '', 'policy.yaml: a policy is a mapping of keys to values, such as version: my-policy-1'],
  ])('%s', (_title, text, fault) => expect(faultsOf(text)[0]).toBe(fault))

  it('is told everything at once', () => {
    expect(faultsOf('caps: { network: 2 }\nwindows: { voter: { limit: 0 } }\nextra: 1\n')).toHaveLength(4)
  })

  it('survives an alias to itself', () => {
    expect(faultsOf('version: a\nbands: &x { PUT vote: [*x] }\n').length).toBeGreaterThan(0)
  })
})
