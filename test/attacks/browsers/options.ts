/** The command line of `npm run attack:browsers`. */
import { parseArgs } from 'node:util'

export interface Options {
  /** Of each client. */
  visits: number
  /** Names of clients; empty: all. */
  only: string[]
  json: boolean
}

const MOST_VISITS = 200

export const USAGE = `npm run attack:browsers -- [options]
  --visits N     visits of each client, 1 to ${MOST_VISITS} (default 6). One machine that comes 16 times for one item is a cohort.
  --only a,b     only these clients
  --json         one JSON object on standard output, and nothing else there (npm run -s attack:browsers, or npm adds its banner)

Browsers that hide that they are driven are shown on a virtual display where there is one: apt-get install chromium xvfb
(and xdotool for the person). Elsewhere they run headless, under the name of one that does not.`

/** @throws RangeError with a sentence for the user */
export function readOptions(args: readonly string[], names: readonly string[]): Options | 'help' {
  const { values } = parse(args)
  if (values.help === true) return 'help'
  const visits = Number(values.visits ?? '6')
  if (!Number.isInteger(visits) || visits < 1 || visits > MOST_VISITS) {
    throw new RangeError(`--visits takes a whole number from 1 to ${MOST_VISITS}, not ${values.visits ?? ''}`)
  }
  const only = (values.only ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')
  const stranger = only.find((name) => !names.includes(name))
  if (stranger !== undefined) throw new RangeError(`--only takes ${names.join(', ')}; there is no ${stranger}`)
  return { visits, only, json: values.json ?? false }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { visits: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    })
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
