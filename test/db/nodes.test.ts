/** Two servers on one database: what one changes the other obeys, also after its connections were cut. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listEvents } from '../../db/queries/event-lists.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'
import { withClient } from '../helpers/with-client.ts'

let first: TestApp
let second: TestApp

beforeAll(async () => {
  first = await startApp({ requestsPerMinute: 100_000 })
  second = await startApp({ databaseUrl: first.databaseUrl, requestsPerMinute: 100_000 })
})
afterAll(async () => {
  await second.close()
  await first.close()
})

/** A listener that stopped hearing is given up after eight seconds by itself, and this machine may be busy besides. */
const PATIENCE_MS = 60_000

/** Milliseconds until it is so. */
async function until(condition: () => Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (!(await condition())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error(`still not so after ${PATIENCE_MS} ms`)
    await sleep(10)
  }
  return performance.now() - began
}
const status = async (node: TestApp, project: TestProject, ip: string): Promise<number> => (await new Visitor(node, { project, ip }).call('GET', '/board')).statusCode

async function knownToBoth(): Promise<TestProject> {
  const project = await first.addProject()
  await second.app.projects.reload()
  return project
}
const block = async (project: TestProject, ip: string): Promise<string> =>
  expectJson<{ id: string }>(await new Operator(first, first.operators.moderator, project).call('POST', '/moderation/v1/blocks', {
    project: project.key, kind: 'ip', value: ip, reason: 'a flood', expiresAt: Date.now() + 3_600_000,
  }), 201).id
const admin = () => new Operator(first, first.operators.admin)
/** Ends every session of that kind on this database; returns how many there were. */
async function cut(application: string): Promise<number> {
  return await withClient(first.databaseUrl, async (client) => (await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`, [application])).rowCount ?? 0)
}

describe('a change on one node', () => {
  test('a block and its lifting count on the other', async () => {
    const project = await knownToBoth()
    const id = await block(project, '198.51.100.9')
    process.stdout.write(`a block on the other node: ${(await until(async () => (await status(second, project, '198.51.100.9')) === 403)).toFixed(0)} ms\n`)
    await new Operator(first, first.operators.moderator, project).call('DELETE', `/moderation/v1/blocks/${id}?project=${project.key}`)
    await until(async () => (await status(second, project, '198.51.100.9')) === 200)
    expect(await status(first, project, '198.51.100.9')).toBe(200)
  })

  test('so do a new project, its origins and a rotated secret', async () => {
    const made = expectJson<{ id: string; publicKey: string }>(await admin().call('POST', '/operator/v1/projects', { name: 'New', origins: ['https://shop.example'] }), 201)
    const project: TestProject = { ...first.project, id: Number(made.id), key: made.publicKey }
    await until(async () => (await status(second, project, '198.51.100.9')) === 200)
    await admin().call('PATCH', `/operator/v1/projects/${made.id}`, { origins: ['https://elsewhere.example'] })
    await until(async () => (await status(second, project, '198.51.100.9')) === 403)
    const { kid } = expectJson<{ kid: string }>(await admin().call('POST', `/operator/v1/projects/${made.id}/identity-secrets`, {}), 201)
    await until(async () => second.app.projects.byKey(made.publicKey)?.identitySecrets.some((secret) => secret.kid === kid) === true)
  })

  test('votes and invalidations show on the other’s board', async () => {
    const project = await knownToBoth()
    const [item] = project.items
    const there = new Visitor(second, { project })
    expect(await there.tally(item)).toBe(0)
    for (let n = 0; n < 5; n += 1) await new Visitor(first, { project }).vote(item)
    await until(async () => (await there.tally(item)) === 5)
    await new Operator(first, first.operators.moderator, project).invalidate({ filter: { item } })
    await until(async () => (await there.tally(item)) === 0)
  })

  test('the same voter on both at once is one vote', async () => {
    const project = await knownToBoth()
    const [item] = project.items
    const here = new Visitor(first, { project })
    await here.start()
    const there = new Visitor(second, { project })
    there.session = here.session
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there).vote(item)))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    // Whichever node wrote it, the other learns of it by announcement.
    await until(async () => (await here.tally(item)) === 1 && (await there.tally(item)) === 1)
    expect((await findTallyFaults(first.app.db)).faults).toEqual([])
  })
})

describe('after its connections were cut', () => {
  test('the listener comes back and catches up with what it missed', async () => {
    const project = await knownToBoth()
    await new Visitor(second, { project }).call('GET', '/board')
    expect(await cut('truetally listen')).toBe(2)
    // Nobody listens at this moment.
    await block(project, '198.51.100.77')
    await until(async () => (await status(second, project, '198.51.100.77')) === 403)
    await block(project, '198.51.100.78')
    await until(async () => (await status(second, project, '198.51.100.78')) === 403)
  })

  test('requests go on, and none is answered wrong', async () => {
    const project = await knownToBoth()
    const [item] = project.items
    const visitors = Array.from({ length: 30 }, (_, n) => new Visitor(first, { project, ip: `198.51.${n}.1` }))
    for (const visitor of visitors) await visitor.start()
    const voting = visitors.map(async (visitor, n) => {
      await sleep(n * 3)
      return (await visitor.vote(item)).statusCode
    })
    for (let n = 0; n < 4; n += 1) {
      await cut('truetally')
      await sleep(20)
    }
    const statuses = await Promise.all(voting)
    // Those who were asked to come back do, as often as it takes: a connection may be noticed to be cut only when it is used.
    let asked = visitors.filter((_, n) => statuses[n] === 503)
    await until(async () => {
      const answers = await Promise.all(asked.map(async (visitor) => (await visitor.vote(item)).statusCode))
      statuses.push(...answers)
      asked = asked.filter((_, n) => answers[n] === 503)
      return asked.length === 0
    })
    expect(statuses.filter((code) => code !== 200 && code !== 503)).toEqual([])
    const reader = new Visitor(first, { project })
    await until(async () => (await reader.tally(item)) === 30)
    expect((await findTallyFaults(first.app.db)).faults).toEqual([])
  })

  test('the ledger has counted every event', async () => {
    const project = await knownToBoth()
    const refuse = () => new Visitor(first, { project, origin: 'https://evil.example', ip: '198.51.100.5' }).call('GET', '/board')
    const cutting = (async () => {
      for (let n = 0; n < 25; n += 1) {
        await cut('truetally')
        await sleep(15)
      }
    })()
    for (let n = 0; n < 40; n += 1) {
      await Promise.all(Array.from({ length: 10 }, refuse))
      void first.app.ledger.flush()
      await sleep(10)
    }
    await cutting
    const total = async (): Promise<number> => {
      await first.app.ledger.flush()
      const events = await listEvents(first.app.db, { projectId: project.id }, { sort: 'newest', after: null, limit: 200 })
      return events.reduce((sum, { count }) => sum + count, 0)
    }
    await until(async () => (await total().catch(() => 0)) === 400)
    expect(first.app.ledger.saturation.folded).toBe(0)
  })
})
