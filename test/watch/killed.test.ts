/** Two servers on one database, killed without warning in the middle of what they do: no alert, response or message is lost or doubled. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pool, createPool } from '../../db/queryable.ts'
import { hashToken } from '../../server/plugins/operators.ts'
import { MASTER_SECRET } from '../helpers/app.ts'
import { type Command, buildWhenMissing, run } from '../helpers/command.ts'
import { type TestDatabase, createDatabase } from '../helpers/database.ts'
import { insertLines } from '../helpers/ledger-lines.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

const ROUNDS = 4
const CROSSES_AT = 6
const TOKEN = 'an-operator-token-that-only-this-test-uses'

let database: TestDatabase
let pool: Pool
let receiver: HttpReceiver
let servers: Command[] = []

beforeAll(async () => {
  buildWhenMissing()
  database = await createDatabase()
  pool = createPool(database.url, { onError: () => undefined })
  receiver = await receiveHttp()
  await pool.query(`insert into operator_tokens (name, role, token_hash) values ('test', 'admin', $1)`, [hashToken(TOKEN)])
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await Promise.all(servers.map(({ ended }) => ended))
  await receiver.close()
  await pool.end()
  await database.drop()
})

async function start(): Promise<Command & { api: string }> {
  const server = run(['start'], {
    DATABASE_URL: database.url, TRUETALLY_SECRET: MASTER_SECRET, TRUETALLY_ADMIN_TOKEN: TOKEN, PORT: '0', GATE_MODE: 'enforce', LOG_LEVEL: 'error',
  })
  servers.push(server)
  for (const deadline = Date.now() + 60_000; !server.output.out.includes('Ctrl-C stops it'); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`the server did not start:\n${server.output.out}\n${server.output.err}`)
  }
  return { ...server, api: /http:\/\/localhost:\d+/.exec(server.output.out)?.[0] ?? '' }
}
async function kill(): Promise<void> {
  for (const server of servers) server.kill('SIGKILL')
  await Promise.all(servers.map(({ ended }) => ended))
  servers = []
}

const attacker = (n: number): string => `203.0.113.${n}`

test('kill -9 of both, again and again', async () => {
  const { api } = await start()
  const made = await fetch(`${api}/api/operator/v1/channels`, {
    method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'hook', kind: 'webhook', settings: { url: receiver.url, secret: `whsec_${Buffer.alloc(32, 3).toString('base64')}` }, severities: ['high', 'critical'],
      rules: ['failed-auth-address'], groupWaitMs: 0, groupIntervalMs: 1000, allowPrivate: true,
    }),
  })
  expect([made.status, made.status === 201 ? '' : await made.text()]).toEqual([201, ''])

  let attackers = 0
  const attack = async (): Promise<void> => {
    attackers += 1
    // Somebody votes as a verified user: so many forgers are no customer with a wrong secret.
    await insertLines(pool, Date.now(), [{ service: 'decisions', at: 0, tier: 'v', ipAddress: '192.0.2.1' }, ...Array.from({ length: CROSSES_AT }, (_, n) => ({
      at: n, eventType: 'jwt_validation_failed', severity: 'high', ipAddress: attacker(attackers), detail: { reason: 'signature', user: `u${n}` },
    }))])
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await Promise.all([start(), start()])
    // Somewhere within the looks, the sends and the waits between them.
    const until = Date.now() + 700 + ((round * 379) % 1100)
    while (Date.now() < until) {
      await attack()
      await sleep(90)
    }
    await kill()
    await attack()
  }
  await Promise.all([start(), start()])
  /** Whom nobody has been told of: a group is told of at most once a second. */
  const untold = async (): Promise<number> => {
    const { rows: [row] } = await pool.query<{ n: number }>(
      `select (select count(*)::int from notifications where sent_at is null) + $1 - (
         select count(distinct alert_id)::int from alert_timeline t join alerts a using (project_id, alert_id)
         where a.rule = 'failed-auth-address' and t.kind = 'notified' and t.detail ->> 'what' = 'new') as n`, [attackers])
    return row?.n ?? -1
  }
  await expect.poll(untold, { timeout: 240_000, interval: 200 }).toBe(0)
  // What would be doubled has time to be.
  await sleep(1500)
  await kill()

  const { rows: alerts } = await pool.query<{ ip: string; id: string }>(`select group_by ->> 'ipAddress' as ip, alert_id as id from alerts where rule = 'failed-auth-address'`)
  const expected = Array.from({ length: attackers }, (_, n) => attacker(n + 1)).toSorted()
  expect(alerts.map(({ ip }) => ip).toSorted()).toEqual(expected)
  const count = async (text: string): Promise<string[]> => (await pool.query<{ ip: string }>(text)).rows.map(({ ip }) => ip).toSorted()
  expect(await count(`select a.group_by ->> 'ipAddress' as ip from alert_timeline t join alerts a using (project_id, alert_id) where a.rule = 'failed-auth-address' and t.kind = 'firing'`)).toEqual(expected)
  expect(await count(`select target as ip from responses where rule = 'failed-auth-address' and action = 'block' and mode = 'enforce'`)).toEqual(expected)
  expect(await count(`select matches as ip from blocks where actor = 'rule:failed-auth-address'`)).toEqual(expected)

  // What a sender was killed with in its hand may arrive twice, under the same id: whoever receives it knows it by that.
  const messages = new Map(receiver.received.map(({ headers, body }) => [String(headers['webhook-id']), body]))
  for (const { headers, body } of receiver.received) expect(createHash('sha256').update(body).digest('hex')).toBe(createHash('sha256').update(messages.get(String(headers['webhook-id'])) ?? '').digest('hex'))
  const told = [...messages.values()].flatMap((body) => {
    const { data } = JSON.parse(body) as { data: { alerts: { id: string; state: string }[] } }
    return data.alerts.filter(({ state }) => state === 'firing').map(({ id }) => id)
  })
  const again = receiver.received.length - messages.size
  console.log(`${attackers} attackers, ${2 * ROUNDS - 1} servers killed: ${alerts.length} alerts, ${messages.size} messages, ${again} of them received again`)
  // A message shows what goes on as well as what is new, twenty at most, and counts the others.
  const more = [...messages.values()].reduce((sum, body) => sum + (JSON.parse(body) as { data: { more: number } }).data.more, 0)
  expect(new Set(told).size + more).toBeGreaterThanOrEqual(alerts.length)
  const { rows: [notified] } = await pool.query<{ n: number }>(
    `select count(*)::int as n from alert_timeline t join alerts a using (project_id, alert_id) where a.rule = 'failed-auth-address' and t.kind = 'notified' and t.detail ->> 'what' = 'new'`)
  expect(notified?.n).toBe(alerts.length)
}, 480_000)
