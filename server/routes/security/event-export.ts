/** `GET …/events/export.csv`: what a filter matches as a table for a spreadsheet, as it is read from the database. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Stringifier, stringify } from 'csv-stringify'
import { Type } from 'typebox'
import type { EventRow } from '../../../db/queries/event-columns.ts'
import type { EventFilterRow } from '../../../db/queries/event-filter.ts'
import { listEvents } from '../../../db/queries/event-lists.ts'
import type { Queryable } from '../../../db/queryable.ts'
import { ExportQuery } from '../../contract/security.ts'
import { refusals } from '../refusals.ts'
import { filterRow } from './event-selection.ts'

const MOST_ROWS = 100_000
const PAGE = 1000

const eventExport: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/events/export.csv',
    {
      exposeHeadRoute: false,
      // As much work as a hundred lists.
      config: { rateLimit: { max: 10, timeWindow: 60_000 } },
      schema: {
        tags: ['security'],
        summary: 'Security events as CSV, 100,000 rows at most',
        description: 'Text that a spreadsheet would take for a formula begins with an apostrophe. Times are UTC.',
        querystring: ExportQuery,
        response: {
          200: { description: 'RFC 4180, UTF-8.', content: { 'text/csv': { schema: Type.Unsafe<Readable>(Type.String()) } } },
          ...refusals(400, 401, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { sort = 'newest', ...asked } = request.query
      const filter = filterRow(request, asked)
      await app.ledger.flush()
      // The first page before the answer begins: what is wrong by then is still told as a problem.
      const first = await listEvents(app.db, filter, { sort, after: null, limit: PAGE })
      const table = tableOf(rowsOf(app.db, filter, sort, first, {
        onRead: (rows) => void (request.recordsRead += rows),
        onError: (error) => request.log.error({ err: error }, 'an export broke off'),
      }))
      const day = new Date(app.clock()).toISOString().slice(0, 10)
      return reply.type('text/csv; charset=utf-8').header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="truetally-events-${day}.csv"`).send(table)
    },
  )
}
export default eventExport

const COLUMNS: Readonly<Record<string, (row: EventRow) => string | number>> = {
  id: (row) => row.id,
  time: (row) => new Date(row.occurredAt).toISOString(),
  lastSeen: (row) => new Date(row.lastSeenAt).toISOString(),
  project: (row) => (row.projectId === 0 ? '' : row.projectId),
  eventType: (row) => row.eventType,
  severity: (row) => row.severity,
  count: (row) => row.count,
  isRead: (row) => String(row.isRead),
  endpoint: (row) => row.endpoint,
  origin: (row) => row.origin ?? '',
  ipAddress: (row) => row.ipAddress ?? '',
  fingerprint: (row) => row.fingerprint ?? '',
  endUserId: (row) => row.endUserId ?? '',
  endUserEmail: (row) => row.endUserEmail ?? '',
  errorMessage: (row) => row.errorMessage ?? '',
  note: (row) => row.note ?? '',
  detail: (row) => JSON.stringify(row.detail),
}

/** Nobody asks the database for more than has been taken. Every text is quoted: a lone carriage return is a new row to some spreadsheets, and what follows it a formula. */
function tableOf(rows: AsyncIterable<EventRow>): Stringifier {
  const table = stringify({ header: true, columns: Object.keys(COLUMNS), escape_formulas: true, quoted_string: true, record_delimiter: 'windows' })
  Readable.from(cellsOf(rows)).on('error', (error) => table.destroy(error)).pipe(table)
  return table
}

async function* cellsOf(rows: AsyncIterable<EventRow>): AsyncGenerator<(string | number)[]> {
  for await (const row of rows) yield Object.values(COLUMNS).map((cell) => cell(row))
}

async function* rowsOf(
  db: Queryable, filter: EventFilterRow, sort: 'newest' | 'oldest', first: EventRow[],
  { onRead, onError }: { onRead: (rows: number) => void; onError: (error: unknown) => void },
): AsyncGenerator<EventRow> {
  let page = first
  let given = 0
  while (page.length > 0 && given < MOST_ROWS) {
    const rows = page.slice(0, MOST_ROWS - given)
    onRead(rows.length)
    yield* rows
    given += rows.length
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE || given >= MOST_ROWS) return
    try {
      page = await listEvents(db, filter, { sort, after: last, limit: PAGE })
    } catch (error) {
      onError(error)
      throw error
    }
  }
}
