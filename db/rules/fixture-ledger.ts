/** A ledger made of a fixture’s lines, for as long as one transaction: temporary tables that stand before the real ones. */
import { inTransaction, type Pool, type Queryable } from '../queryable.ts'
import type { Service } from '../../server/contract/rule.ts'
import { DEFAULT_SEVERITY } from '../../server/ledger/event.ts'
import { networkOf } from '../../server/gate/network.ts'
import type { ExpectedSpike } from '../../server/watch/language/fixture.ts'
import { type FixtureLine, uuidOf } from '../../server/watch/language/fixture-lines.ts'

export interface FixtureLedger {
  lines: readonly FixtureLine[]
  expectedSpikes: readonly ExpectedSpike[]
}

/** All that rules read and write. Temporary tables are found first; what they stand before is never touched. */
const TABLES = ['security_events', 'decisions', 'votes', 'traffic', 'expected_spikes', 'alerts'] as const

type Row = Record<string, unknown>

/** Ends a transaction on purpose, with what came of it. */
class Outcome<T> extends Error {
  readonly result: T

  constructor(result: T) {
    super('rolled back on purpose')
    this.result = result
  }
}

/** Runs `work` over that ledger and no other. Nothing is stored: the transaction is rolled back. */
export async function withLedger<T>(pool: Pool, ledger: FixtureLedger, work: (client: Queryable) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(pool, async (client): Promise<never> => {
      for (const table of TABLES) {
        await client.query(`create temp table ${table} (like public.${table} including defaults including indexes) on commit drop`)
      }
      for (const [table, rows] of rowsOf(ledger)) {
        const [first] = rows
        if (first === undefined) continue
        const columns = Object.keys(first).map((column) => `"${column}"`).join(', ')
        await client.query(
          `insert into pg_temp.${table} (${columns}) select ${columns} from json_populate_recordset(null::pg_temp.${table}, $1)`, [JSON.stringify(rows)],
        )
        // Without figures about them, joins of a few thousand lines go through all pairs.
        await client.query(`analyze pg_temp.${table}`)
      }
      throw new Outcome(await work(client))
    })
  } catch (error) {
    if (error instanceof Outcome) return error.result as T
    throw error
  }
}

function rowsOf({ lines, expectedSpikes }: FixtureLedger): Map<(typeof TABLES)[number], Row[]> {
  const rows = new Map<(typeof TABLES)[number], Row[]>(TABLES.map((table) => [table, []]))
  for (const [index, line] of lines.entries()) rows.get(line.service)?.push(ROWS[line.service](line, uuidOf(`line ${index}`)))
  for (const [index, { projectId, from, to, itemId }] of expectedSpikes.entries()) {
    rows.get('expected_spikes')?.push({
      project_id: projectId, spike_id: index + 1, item_id: itemId ?? null, starts_at: instant(from), ends_at: instant(to), reason: 'announced', actor: 'fixture',
      created_at: instant(from),
    })
  }
  return rows
}

const instant = (ms: number): string => new Date(ms).toISOString()
const STATE_CODES: Readonly<Record<string, string>> = { counted: 'c', held: 'h', invalidated: 'i' }
/** A line that says nothing of it came from here. */
const ADDRESS = '192.0.2.1'

/** What a line does not say is what an ordinary one would have. */
const ROWS: Readonly<Record<Service, (line: FixtureLine, id: string) => Row>> = {
  security_events: ({ at, projectId, fields, detail }, id) => ({
    project_id: projectId, occurred_at: instant(at), event_id: id, event_type: fields['eventType'],
    severity: fields['severity'] ?? DEFAULT_SEVERITY[fields['eventType'] as keyof typeof DEFAULT_SEVERITY], endpoint: fields['endpoint'] ?? 'PUT vote',
    origin: fields['origin'] ?? null, ip_address: fields['ipAddress'] ?? null, fingerprint: fields['fingerprint'] ?? null,
    error_message: fields['errorMessage'] ?? null, end_user_email: fields['endUserEmail'] ?? null, end_user_id: fields['endUserId'] ?? null,
    detail, count: fields['count'] ?? 1, last_seen_at: instant(at), is_read: false, recorded_at: instant(at),
  }),
  decisions: ({ at, projectId, fields }, id) => {
    const address = String(fields['ipAddress'] ?? ADDRESS)
    return {
      project_id: projectId, decided_at: instant(at), decision_id: id, item_id: fields['itemId'] ?? 1, voter: fields['voter'],
      tier: fields['tier'] === 'verified' ? 'v' : 'd', value: String(fields['value'] ?? 1), state: STATE_CODES[String(fields['state'] ?? 'counted')],
      score: fields['score'] ?? 0, action: fields['action'] ?? 'allow', would_have: fields['wouldHave'] ?? null, policy: fields['policy'] ?? 'fixture',
      breakdown: { found: ((fields['detectors'] ?? []) as string[]).map((detector) => ({ detector })) },
      ip_address: address, network: networkOf(address), fingerprint: fields['fingerprint'] ?? null, device: fields['device'] ?? null,
      user_agent: fields['userAgent'] ?? null, origin: fields['origin'] ?? 'https://shop.example', end_user: fields['endUser'] ?? null,
      core: fields['core'] ?? null, asn: fields['asn'] ?? null, hosting: fields['hosting'] ?? null, country: fields['country'] ?? null,
      held_for: fields['heldFor'] ?? null, cohort_id: fields['cohortId'] ?? null, newcomer: fields['newcomer'] ?? null, recorded_at: instant(at),
    }
  },
  votes: ({ at, projectId, fields }) => ({
    project_id: projectId, item_id: fields['itemId'] ?? 1, voter: fields['voter'], cast_at: instant(at), tier: fields['tier'] === 'verified' ? 'v' : 'd',
    state: STATE_CODES[String(fields['state'] ?? 'counted')], value: String(fields['value'] ?? 1),
  }),
  traffic: ({ at, projectId, fields }, id) => ({
    project_id: projectId, occurred_at: instant(at), node: id, endpoint: fields['endpoint'] ?? 'GET board', status: fields['status'] ?? 2,
    actor: fields['actor'] ?? '', ip_address: fields['ipAddress'] ?? null, requests: fields['requests'] ?? 1, records: fields['records'] ?? 0,
    duration_ms: fields['durationMs'] ?? 0, recorded_at: instant(at),
  }),
}
