/** The command line of `npm run attack`. */
import { parseArgs } from 'node:util'
import { PROJECT_MODES, type ProjectMode } from '../../../server/contract/primitives.ts'
import { GATE_MODES, type GateMode } from './server.ts'

export interface Options {
  seed: number
  json: boolean
  only: string[]
  scale: number
  mode: ProjectMode
  gate: GateMode
  /** Skip the second run that compares. */
  once: boolean
  /** Say of each class why votes are where they are. */
  why: boolean
  target?: { url: string; token: string; project: string | undefined }
}

export const USAGE = `npm run attack -- [options]
  --seed N          the same seed plays the same people and attacks (default 1)
  --scale N         size of crowd and attacks, 0.02 to 10 (default 1: about 400 people)
  --only a,b        only these classes
  --mode M          open (default), strict or verified
  --gate G          enforce (default, as a server starts) or log, as GATE_MODE
  --once            play each class once; without it each seed is played twice and compared
  --why             for each class: which honest votes are out, which stuffed ones are in, and what holds or speaks against them
  --json            one JSON object on standard output, and nothing else there (npm run -s attack, or npm adds its banner)
  --target URL      a running server on this machine instead of one of its own, in real time: eight hours are compressed,
                    a class takes two minutes and more, limits bite earlier than they would, the proof of
                    work is really done, and nobody waits until held votes are released.
                    The server must run with TRUSTED_PROXIES=127.0.0.1/32. Each class makes a project of its own.
  --token T         with --target: an admin's operator token
  --project pk_…    with --target: the project whose settings the simulated ones take over`

/** @throws RangeError with a sentence for the user */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parse(args)
  if (values.help === true) return 'help'
  const scale = Number(values.scale ?? '1')
  if (!(scale >= 0.02 && scale <= 10)) throw new RangeError(`--scale takes a number from 0.02 to 10, not ${values.scale ?? ''}`)
  const seed = Number(values.seed ?? '1')
  if (!Number.isSafeInteger(seed)) throw new RangeError(`--seed takes a whole number, not ${values.seed ?? ''}`)
  const mode = PROJECT_MODES.find((known) => known === (values.mode ?? 'open'))
  if (mode === undefined) throw new RangeError(`--mode takes ${PROJECT_MODES.join(', ')}, not ${values.mode ?? ''}`)
  const gate = GATE_MODES.find((known) => known === (values.gate ?? 'enforce'))
  if (gate === undefined) throw new RangeError(`--gate takes ${GATE_MODES.join(' or ')}, not ${values.gate ?? ''}`)
  const base = {
    seed, json: values.json ?? false, once: values.once ?? false, why: values.why ?? false, scale, mode, gate,
    only: (values.only ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''),
  }
  if (values.target === undefined) {
    if (values.token !== undefined || values.project !== undefined) throw new RangeError('--token and --project go with --target')
    return base
  }
  if (values.token === undefined) throw new RangeError('--target takes an admin’s --token as well: projects are made and read with it')
  if (values.gate !== undefined) throw new RangeError('--gate is the target’s own GATE_MODE')
  if (values.project !== undefined && values.mode !== undefined) throw new RangeError('--mode is the project’s where there is a --project')
  return { ...base, target: { url: values.target, token: values.token, project: values.project } }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' }, scale: { type: 'string' }, only: { type: 'string' }, mode: { type: 'string' }, gate: { type: 'string' }, json: { type: 'boolean' }, once: { type: 'boolean' }, why: { type: 'boolean' },
        target: { type: 'string' }, token: { type: 'string' }, project: { type: 'string' }, help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
