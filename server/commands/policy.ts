/** `truetally policy check`, and the policy files that the environment names. */
import { readFile } from 'node:fs/promises'
import { type Config, ConfigError } from '../config.ts'
import { DocumentError, formatPath } from '../document-faults.ts'
import { defaultPolicy } from '../gate/policies/default.ts'
import { findDifferences } from '../gate/policies/differences.ts'
import { loadPolicy } from '../gate/policies/load.ts'
import type { BandRule, Policy } from '../gate/policies/policy.ts'
import { asConfigError } from './as-config-error.ts'

export interface PoliciesInForce {
  policy: Policy
  /** On trial: judged beside the live one, never acted on. */
  shadowPolicy: Policy | undefined
}

/** Throws one ConfigError that names each variable, file and key that is wrong. */
export async function readPolicies(
  { gatePolicy, gateShadow }: Pick<Config, 'gatePolicy' | 'gateShadow'>,
): Promise<PoliciesInForce> {
  const faults: string[] = []
  const read = async (variable: string, file: string | undefined): Promise<Policy | undefined> => {
    if (file === undefined) return undefined
    try {
      return await readPolicyFile(file)
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error
      faults.push(...error.faults.map((fault) => `${variable}: ${fault}`))
      return undefined
    }
  }
  const live = (await read('GATE_POLICY', gatePolicy)) ?? defaultPolicy
  const shadowPolicy = await read('GATE_SHADOW', gateShadow)
  if (shadowPolicy !== undefined && shadowPolicy.version === live.version) {
    faults.push(`GATE_SHADOW: ${gateShadow}: version must differ from ${live.version}, the live policy’s: what they say is compared by it.`)
  }
  if (faults.length > 0) throw new ConfigError(`The policy is not usable:\n  ${faults.join('\n  ')}`)
  return { policy: live, shadowPolicy }
}

/** Prints how the file's policy differs from the shipped one. Returns the exit code; throws ConfigError where it is no policy. */
export async function checkPolicy(file: string, print: (text: string) => void): Promise<number> {
  try {
    const policy = await readPolicyFile(file)
    const differences = findDifferences(defaultPolicy, policy).filter(({ path }) => path[0] !== 'version')
    print(differences.length === 0
      ? `${file} is a policy, ${policy.version}, and does not differ from ${defaultPolicy.version}.`
      : `${file} is a policy, ${policy.version}. It differs from ${defaultPolicy.version}:`)
    for (const { path, from, to } of differences) print(`  ${formatPath(path)}: ${show(from)} -> ${show(to)}`)
    return 0
  } catch (error) {
    throw asConfigError(error, 'This is no policy:')
  }
}

async function readPolicyFile(file: string): Promise<Policy> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    // "ENOENT: no such file or directory, open '…'": the file is named already.
    throw new DocumentError([`${file}: cannot be read: ${(error as Error).message.split(',')[0]}`])
  }
  return loadPolicy(text, file)
}

function show(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value)
  const rules = (value as BandRule[]).map(({ band, from, mode }) => `${band} from ${from}${mode === 'log' ? ' (log)' : ''}`)
  return rules.length === 0 ? 'no band' : rules.join(', ')
}
