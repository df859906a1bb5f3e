/** One thing that cannot be done or stored must not end every look that follows. */
import { expect, test } from 'vitest'
import { keepPartitions } from '../../db/queries/partitions.ts'
import { inTransaction } from '../../db/queryable.ts'
import { loadRules } from '../../server/watch/language/load.ts'
import { startApp } from '../helpers/app.ts'
import { insertLines } from '../helpers/ledger-lines.ts'
import { Operator } from '../helpers/operator.ts'
import { ADDRESS, MINUTE, useWatched } from '../helpers/watched.ts'

const watched = useWatched()

test('An alert whose response stands outlives retention; the watch goes on and the cheated votes stay out', async () => {
  await watched.votes(70, 300)
  await watched.look()
  const { rows: [alert] } = await watched.server.app.db.query<{ id: string }>(`select alert_id as id from alerts where rule = 'instant-spike'`)
  await new Operator(watched.server).call('POST', `/security/v1/alerts/${alert?.id}/disposition`, { disposition: 'true_positive' })
  await watched.look(3 * 60 * MINUTE)
  watched.server.clock.now += 91 * 1440 * MINUTE
  await inTransaction(watched.server.app.db, (client) => keepPartitions(client, watched.server.clock.now, 90))
  await watched.look()
  expect(await watched.columns()).toEqual({ counted: 0, held: 70, invalidated: 0 })
})

test('A hold that cannot be put back for now does not stop the watch', async () => {
  await watched.votes(70, 300)
  await watched.look()
  await watched.server.app.db.query(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'too slow' using errcode = '57014'; end $$`)
  await watched.server.app.db.query('create trigger refuse before update on votes for each row execute function refuse()')
  await watched.look(3 * 60 * MINUTE)
  for (let n = 0; n < 7; n += 1) await watched.forge('192.0.2.1', n)
  await watched.look()
  expect(await watched.rulesFired()).toContain('failed-auth-address')
  await watched.server.app.db.query('drop trigger refuse on votes')
  await watched.look()
  expect(await watched.columns()).toEqual({ counted: 70, held: 0, invalidated: 0 })
})

const text = (name: string, groupBy: string): string => `
title: A rule
name: ${name}
level: low
tags: [owasp.api8]
triage: Look.
correlation: {type: event_count, rules: [a-line], group-by: [${groupBy}], timespan: 5m, condition: {gte: 1}}
`

const long = (): string => Array.from({ length: 300 }, () => String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000))).join('')

test('A group of long values does not stop the watch', async () => {
  await watched.server.close()
  const line = 'title: A line\nname: a-line\nlogsource: {product: truetally, service: security_events}\ndetection:\n  selection: {eventType: origin_mismatch}\n  condition: selection\n'
  watched.server = await startApp({ rules: loadRules([{ file: 'x.yaml', text: [line, text('short', 'ipAddress'), text('long', 'origin, errorMessage, detail.path, detail.field')].join('---\n') }]) })
  await watched.look()
  await insertLines(watched.server.app.db, watched.server.clock.now, [{
    at: 0, project: watched.server.project.id, eventType: 'origin_mismatch', ipAddress: ADDRESS, origin: long(), errorMessage: long(), detail: { path: long(), field: long() },
  }])
  await watched.look()
  expect(await watched.rulesFired()).toEqual(['long', 'short'])
})
