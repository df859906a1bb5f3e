/**
 * `npm run bench:watch`: what the watch costs. On a PostgreSQL of its own with default durability, on this machine, with whatever
 * else runs on it: figures are for orientation, counts are checked.
 *
 *   --events N   lines of the month that all shipped rules are replayed over (default 1 000 000; 0: not)
 *   --seconds N  how long the server is flooded while alerts are timed (default 60; 0: not)
 *   --rate N     security events a second, each from an address of its own (default 500)
 *   --sources N  different addresses of a flood, 50 000 in each ten seconds (default 1 000 000; 0: not)
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { embeddedDatabases } from '../attacks/simulator/databases.ts'
import { timeAlerts } from './alert-latency.ts'
import { timeReplay } from './rule-replay.ts'
import { floodSources } from './source-flood.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '500' },
    sources: { type: 'string', default: '1000000' },
  },
})
const print = (text: string): void => void process.stdout.write(`${text}\n`)

print(`${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}, Node ${process.version}, shared with PostgreSQL and the generator`)
const databases = await embeddedDatabases({ durable: true })
let faults = 0
try {
  if (Number(values.events) > 0) faults += await timeReplay((await databases.create()).url, Number(values.events), print)
  if (Number(values.seconds) > 0) {
    faults += await timeAlerts((await databases.create()).url, { seconds: Number(values.seconds), rate: Number(values.rate), print })
  }
  if (Number(values.sources) > 0) {
    faults += await floodSources((await databases.create()).url, { sources: Number(values.sources), perWindow: 50_000, print })
  }
} finally {
  await databases.close()
}
process.exitCode = faults === 0 ? 0 : 1
