/**
 * `npm run soak`: what the server owes its voters when things die under it, and what it weighs after a long hour of load. Real processes
 * on this machine: a PostgreSQL of its own on disk with default durability, the built server, and browsers that do not give up.
 *
 *   --only kill,memory  which of the two parts (default: both)
 *   --rounds N          how often something is killed (default 20)
 *   --minutes N         how long the server is kept under full load (default 10)
 *   --kills K,K         of node, postgres, both, postmaster, backend, freeze, in turn (default: all but freeze)
 *   --connections N     of the voters (default 64)
 *   --node-options O    NODE_OPTIONS of the server whose memory is measured (default: none)
 *   --malloc M          how glibc gives memory to it: `dockerfile`, by the settings there, or `glibc`, as it does without them (default: dockerfile)
 *
 * Ends with 1 where an acknowledged vote was lost, one was counted twice, a tally was no recount, a voter got an answer nobody may get,
 * or the memory plainly leaks. A figure of memory above its target is printed, and no failure.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { KILLS, type Kill, isFaultless, runKillRounds, sumUp } from './kill-rounds.ts'
import { isLeak, soakMemory } from './memory.ts'
import { DIFFICULTY, type Subject, prepareSubject } from './subject.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'kill,memory' }, rounds: { type: 'string', default: '20' }, minutes: { type: 'string', default: '10' },
    kills: { type: 'string', default: KILLS.filter((kill) => kill !== 'freeze').join(',') }, connections: { type: 'string', default: '64' }, 'node-options': { type: 'string', default: '' },
    malloc: { type: 'string', default: 'dockerfile' },
  },
})
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const parts = values.only.split(',')
const kinds = values.kills.split(',').filter((kill): kill is Kill => KILLS.some((known) => known === kill))
const [rounds, minutes, connections] = [values.rounds, values.minutes, values.connections].map(Number) as [number, number, number]
if (parts.some((part) => part !== 'kill' && part !== 'memory') || kinds.length !== values.kills.split(',').length
  || !['dockerfile', 'glibc'].includes(values.malloc) || !(rounds > 0 && minutes > 0 && connections > 0)) {
  print('--only kill,memory  --rounds N  --minutes N  --kills node,postgres,both,postmaster,backend,freeze  --connections N  --node-options O  --malloc dockerfile|glibc')
  process.exit(2)
}

const root = fileURLToPath(new URL('../../', import.meta.url))
execFileSync(process.execPath, ['server/build.mjs'], { cwd: root, stdio: 'inherit' })
print(`${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}, Node ${process.version}, shared by server, PostgreSQL and voters`)
print(`The shipped policy, enforced, with work of ${DIFFICULTY} bits instead of 16: the voters share the machine; to check it costs one hash at either.`)

/** Both processes and the directory go, however this ends. */
let subject: Subject | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void (subject?.close() ?? Promise.resolve()).finally(() => process.exit(130)))
}
let failed = false
try {
  if (parts.includes('kill')) {
    print('')
    subject = await prepareSubject({ items: 20 })
    const result = await runKillRounds(subject, {
      kills: Array.from({ length: rounds }, (_, round) => kinds[round % kinds.length] as Kill), connections, loadMs: [800, 3000], outageMs: [500, 3000], print,
    })
    print(sumUp(result))
    failed ||= !isFaultless(result)
    await subject.close()
  }
  if (parts.includes('memory')) {
    print('')
    subject = await prepareSubject({ items: 20 })
    const result = await soakMemory(subject, { seconds: minutes * 60, voters: connections, environment: environmentOf(values['node-options'], values.malloc), print })
    failed ||= isLeak(result) || result.faults > 0 || result.lost > 0 || result.stored !== result.acknowledged
    await subject.close()
  }
} catch (error) {
  await subject?.close()
  throw error
}
process.exitCode = failed ? 1 : 0

function environmentOf(nodeOptions: string, malloc: string): Record<string, string> {
  const [, line] = /^ENV (MALLOC_.+)$/m.exec(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')) ?? []
  if (line === undefined) throw new Error('the Dockerfile does not say how malloc is to work any more')
  const settings = line.split(' ').map((setting) => setting.split('=') as [string, string])
  return { ...(malloc === 'dockerfile' ? Object.fromEntries(settings) : {}), ...(nodeOptions === '' ? {} : { NODE_OPTIONS: nodeOptions }) }
}
