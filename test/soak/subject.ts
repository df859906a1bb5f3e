/** What is soaked: the built command in a process of its own, a project on its database, and the mill that makes votes for it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createProject, newPublicKey } from '../../db/create-project.ts'
import { insertItem } from '../../db/queries/items.ts'
import { loadProjects } from '../../db/queries/projects.ts'
import { inTransaction } from '../../db/queryable.ts'
import { deriveKeys } from '../../server/tokens/keys.ts'
import { open, sealContext } from '../../server/tokens/vault.ts'
import type { Mill } from '../helpers/ballot-mill.ts'
import { type Command, run, runToEnd } from '../helpers/command.ts'
import { freePort } from '../helpers/free-port.ts'
import { type Cluster, startCluster } from './cluster.ts'

/** A browser’s work at the shipped 16 bits takes 66 ms; checking it costs the server one hash at any difficulty. */
export const DIFFICULTY = 4
export const ORIGIN = 'https://shop.example'
const POLICY = `version: soak-1
challenge: { difficulty: ${DIFFICULTY}, suspectDifficulty: ${DIFFICULTY + 1}, stepUpDifficulty: ${DIFFICULTY + 2} }
`

export interface Subject {
  cluster: Cluster
  /** Its `now` is for the caller to set. */
  mill: Omit<Mill, 'now'>
  items: readonly number[]
  /** What the customer’s backend signs user tokens with. */
  identity: { kid: string; secret: string }
  adminToken: string
  port: number
  /** Starts `truetally start` on the port; resolves when it is ready. Throws with its output where it is not. */
  start(environment?: Record<string, string>): Promise<Command>
  close(): Promise<void>
}

export async function prepareSubject(options: { items: number }): Promise<Subject> {
  const cluster = await startCluster()
  const directory = mkdtempSync(join(tmpdir(), 'truetally-soak-policy-'))
  const servers: Command[] = []
  const close = async (): Promise<void> => {
    for (const server of servers) server.kill('SIGKILL')
    await Promise.all(servers.map(({ ended }) => ended))
    await cluster.close()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const policy = join(directory, 'policy.yaml')
    writeFileSync(policy, POLICY)
    const secret = randomBytes(32).toString('base64')
    const adminToken = `soak-${randomBytes(16).toString('hex')}`
    // The same for every start: that is how the clients find a server that came back. Nobody else is given it meanwhile.
    const port = await freePort()
    const settings = {
      DATABASE_URL: cluster.url, TRUETALLY_SECRET: secret, TRUETALLY_ADMIN_TOKEN: adminToken, HOST: '127.0.0.1', PORT: String(port),
      TRUSTED_PROXIES: '1', GATE_POLICY: policy, GATE_MODE: 'enforce', LOG_LEVEL: 'error',
    }
    // By the command that will run on it.
    const migrated = await runToEnd(['migrate'], settings, 60_000)
    if (migrated.code !== 0) throw new Error(`the database could not be prepared:\n${migrated.out}\n${migrated.err}`)
    const start = async (environment: Record<string, string> = {}): Promise<Command> => {
      const server = run(['start'], { ...settings, ...environment })
      servers.push(server)
      await awaitReady(server)
      return server
    }
    return { cluster, adminToken, port, start, close, ...(await makeProject(cluster, secret, options.items)) }
  } catch (error) {
    await close()
    throw error
  }
}

async function makeProject(cluster: Cluster, secret: string, count: number): Promise<Pick<Subject, 'mill' | 'items' | 'identity'>> {
  const keyring = deriveKeys(secret)
  const publicKey = newPublicKey()
  return await inTransaction(cluster.pool, async (client) => {
    const { id, secret: identity } = await createProject(client, keyring.vault, {
      publicKey, name: 'Soak', origins: [ORIGIN], mode: 'open', fingerprint: 'on', dedup: 'hold',
    })
    const items: number[] = []
    for (let n = 0; n < count; n += 1) items.push(await insertItem(client, id, { title: `Item ${n}`, description: '', status: 'open', position: n }))
    const sealed = (await loadProjects(client, Date.now())).projects.find((project) => project.id === id)?.sealedPepper
    if (sealed === undefined) throw new Error('the project that was just made is not there')
    const pepper = open(keyring.vault, sealed, sealContext.pepper(publicKey))
    return {
      items, identity: { kid: identity.kid, secret: identity.text },
      mill: { keyring, project: { id, publicKey, pepper }, origin: ORIGIN, difficulty: DIFFICULTY },
    }
  })
}

async function awaitReady(server: Command): Promise<void> {
  let ended: number | NodeJS.Signals | undefined
  void server.ended.then((code) => (ended = code))
  for (const deadline = Date.now() + 60_000; !server.output.out.includes('Ctrl-C stops it'); await sleep(10)) {
    if (ended === undefined && Date.now() < deadline) continue
    server.kill('SIGKILL')
    throw new Error(`the server did not start (${ended ?? 'in time'}):\n${server.output.out}\n${server.output.err}`)
  }
}
