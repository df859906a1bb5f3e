import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'

let server: TestApp
let viewer: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
})
afterAll(() => server.close())

test('the export is a file with every row of the filter, over all pages, in order', async () => {
  await server.app.db.query(
    `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at, error_message, detail)
     select $1, date_trunc('second', now()) - n * interval '1 second', gen_random_uuid(), 'origin_mismatch', case when n % 2 = 0 then 'low' else 'high' end, '/x', now(), 'row ' || n, '{"a": 1}'
     from generate_series(1, 5000) n`, [server.project.id])
  const answer = await viewer.call('GET', `/security/v1/events/export.csv?project=${server.project.key}&severity=low&sort=oldest`)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="truetally-events-\d{4}-\d\d-\d\d\.csv"$/)
  const lines = answer.body.trimEnd().split('\r\n')
  expect(lines[0]?.replaceAll('"', '')).toBe('id,time,lastSeen,project,eventType,severity,count,isRead,endpoint,origin,ipAddress,fingerprint,endUserId,endUserEmail,errorMessage,note,detail')
  expect(lines.slice(1).map((line) => Number(/row (\d+)/.exec(line)?.[1]))).toEqual(Array.from({ length: 2500 }, (_, n) => 5000 - 2 * n))
  expect(lines[1]).toMatch(/^"[0-9a-f-]{36}","\d{4}-\d\d-\d\dT[\d:.]+Z",.*,"origin_mismatch","low",1,"false","\/x","","","","","","row 5000","","\{""a"":1\}"$/)
})

test('it counts as records read, so that the rule about those who read too much hears of it', async () => {
  await server.app.traffic.flush()
  const { rows } = await server.app.db.query<{ records: number }>(`select sum(records)::int as records from traffic where endpoint like '%export.csv'`)
  expect(rows[0]?.records).toBeGreaterThanOrEqual(2500)
})

test('a table without rows has its header, and a filter that is none is a problem', async () => {
  expect((await viewer.call('GET', '/security/v1/events/export.csv?origin=https://nobody.example')).body).toMatch(/^"id","time",[^\n]*"detail"\r\n$/)
  expectProblem(await viewer.call('GET', '/security/v1/events/export.csv?limit=5'), 400, 'invalid_request')
  const other = await server.addProject()
  const elsewhere = new Operator(server, await server.operatorToken('viewer', other.id))
  expectProblem(await elsewhere.call('GET', `/security/v1/events/export.csv?project=${server.project.key}`), 404, 'unknown_project')
  expect((await elsewhere.call('GET', '/security/v1/events/export.csv')).body.trimEnd().split('\r\n')).toHaveLength(1)
})
