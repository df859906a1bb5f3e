/**
 * A rule as SQL over the ledger. The ledger is the state: what is asked of last month is asked of this minute, and a restart
 * loses nothing. Compiled once; the same statement runs over the groups that have new lines, or over everything.
 */
import { type CorrelationDocument, type DetectionDocument, EXPECTED_SPIKE, isCorrelation } from '../../server/contract/rule.ts'
import { durationMs } from '../../server/watch/language/duration.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { TABLES } from './columns.ts'
import { Parameters } from './parameters.ts'
import { Streams, groupOf, keyNames, nameIn } from './streams.ts'

export interface Statement {
  text: string
  /** Come after those that whoever runs it gives. */
  literals: readonly unknown[]
}

export interface CompiledRule {
  name: string
  version: string
  document: CorrelationDocument
  /** Names of its group-by. */
  fields: readonly string[]
  /** How long it goes on after the last line for which it held. */
  keepMs: number
  /** It compares with what is usual at this hour. */
  baseline: boolean
  /** It rests on what was there long ago, which is looked up for some groups, but costs all of a history for everybody. */
  recalls: boolean
  /** The lines of a group are found by an index. */
  looksUp: boolean
  /** What it rests on: a new line of one of these is a reason to look at its group (touched.ts). */
  leaves: readonly Leaf[]
  /** $1 from, $2 until, $3 projects, $4 … one array for each field → episodes. With a baseline four more: see `usual`. */
  live: Statement
  /** $1 from, $2 until, $3 projects or null. With a baseline four and more after them. */
  replay: Statement
  /** Only with a baseline: $1 from, $2 until, $3 projects or null → project_id, k0 … kn, hour, n. */
  hours: Statement | undefined
}

/** Of one evaluation: past it the later ones are left out, which look.ts says. */
export const MAX_EPISODES = 50_000
const DEFAULT_KEEP_MS = 15 * 60_000

/** @param dense false: as the test has it that shows that nothing is lost by it (streams.ts) */
export function compileRule(library: RuleLibrary, name: string, dense = true): CompiledRule {
  const { document, version } = library.get(name)
  if (!isCorrelation(document)) throw new RangeError(`${name} is a detection and alerts nobody`)
  const { correlation, scope } = document
  const fields = correlation['group-by'] ?? []
  const installation = scope === 'installation'
  const keepMs = document.keep_firing_for === undefined ? Math.min(durationMs(correlation.timespan), DEFAULT_KEEP_MS) : durationMs(document.keep_firing_for)
  const baseline = correlation.condition?.gt_baseline !== undefined
  const leaves = leavesOf(library, document, fields)
  return {
    name, version, document, fields, keepMs, baseline, leaves, recalls: recallsHistory(library, document),
    looksUp: leaves.every(({ document: { logsource }, keys }) => keys.some((field) => TABLES[logsource.service].indexed.has(field))),
    live: episodesSql(library, document, { keepMs, touched: true, baseline, installation, dense }),
    replay: episodesSql(library, document, { keepMs, touched: false, baseline, installation, dense }),
    hours: baseline ? hoursSql(library, document, installation) : undefined,
  }
}

interface EpisodesOptions {
  keepMs: number
  touched: boolean
  baseline: boolean
  installation: boolean
  dense: boolean
}

function episodesSql(library: RuleLibrary, document: CorrelationDocument, { keepMs, touched, baseline, installation, dense }: EpisodesOptions): Statement {
  const keys = keyNames(document.correlation['group-by']?.length ?? 0)
  const given = 3 + (touched ? keys.length : 0)
  const parameters = new Parameters(given + (baseline ? 3 + keys.length : 0))
  const streams = new Streams({ library, parameters, installation, touched, dense })
  const crossings = streams.crossings(document, { reachMs: 0, old: false, bound: keys.map((_, index) => index) })
  const group = groupOf(keys.length)
  const expressions = [
    ...(touched ? [unnested('touched', ['project_id'], keys, 3)] : []),
    ...(baseline ? [unnested('usual', ['project_id'], keys, given + 1, ['hour', 'amount'])] : []),
    streams.text,
  ]
  return {
    text: `
      with ${expressions.join(',\n')},
      held as (select * from ${crossings} where at > to_timestamp($1::float8 / 1000.0)),
      begun as (
        select *, case when at - max(seen) over (partition by ${group} order by at, id rows between unbounded preceding and 1 preceding)
          <= interval '${keepMs} ms' then 0 else 1 end as begins from held
      ),
      islands as (select *, sum(begins) over (partition by ${group} order by at, id) as island from begun)
      select project_id as "projectId", array[${keys.join(', ')}]::text[] as keys, min(at) as "startsAt", max(seen) as "lastAt",
        max(value)::float8 as value, max(lines)::int as lines, (array_agg(id order by at, id))[1:5] as evidence
      from islands group by ${group}, island order by min(at), ${group} limit ${MAX_EPISODES}`,
    literals: parameters.values,
  }
}

function unnested(name: string, before: readonly string[], keys: readonly string[], first: number, figures: readonly string[] = []): string {
  const columns = [...before, ...keys, ...figures]
  const types = [...before.map(() => 'int'), ...keys.map(() => 'text'), ...figures.map(() => 'float8')]
  const arrays = types.map((type, index) => `$${first + index}::${type}[]`).join(', ')
  const shown = columns.map((column) => (column === 'hour' ? 'to_timestamp(hour / 1000.0) as hour' : column)).join(', ')
  return `${name} as materialized (select ${shown} from unnest(${arrays}) as given (${columns.join(', ')}))`
}

export interface Leaf {
  document: DetectionDocument
  keys: readonly string[]
}

/** The detections a rule rests on, each with what it calls the fields of the group. */
function leavesOf(library: RuleLibrary, document: CorrelationDocument, fields: readonly string[]): Leaf[] {
  return document.correlation.rules.flatMap((name) => {
    const inner = library.get(name).document
    const keys = fields.map((field) => nameIn(document, name, field))
    return isCorrelation(inner) ? leavesOf(library, inner, keys) : [{ document: inner, keys }]
  })
}

function recallsHistory(library: RuleLibrary, { correlation: { type, rules }, unless = [] }: CorrelationDocument): boolean {
  return type === 'new_terms' || [...rules, ...unless].some((name) => {
    const inner = name === EXPECTED_SPIKE ? undefined : library.get(name).document
    return inner !== undefined && isCorrelation(inner) && recallsHistory(library, inner)
  })
}

/** How much there was in each hour. */
function hoursSql(library: RuleLibrary, document: CorrelationDocument, installation: boolean): Statement {
  const { correlation } = document
  const fields = correlation['group-by'] ?? []
  const parameters = new Parameters(3)
  const streams = new Streams({ library, parameters, installation, touched: false, dense: true })
  const sources = correlation.rules.map((rule) => streams.of(rule, {
    keys: fields.map((field) => nameIn(document, rule, field)), bound: [], sum: correlation.type === 'value_sum', reachMs: 0, old: false,
    value: correlation.condition?.field === undefined ? undefined : nameIn(document, rule, correlation.condition.field),
  }))
  const keys = keyNames(fields.length)
  return {
    text: `
      with ${streams.text},
      every as (${sources.map((source) => `select * from ${source}`).join(' union all ')})
      select project_id as "projectId", array[${keys.join(', ')}]::text[] as keys, date_trunc('hour', at, 'UTC') as hour, sum(n)::float8 as n
      from every where at > to_timestamp($1::float8 / 1000.0) group by ${groupOf(keys.length)}, 3`,
    literals: parameters.values,
  }
}
