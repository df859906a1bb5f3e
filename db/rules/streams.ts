/**
 * From rules to streams: common table expressions of lines with one shape each, (project_id, at, seen, n, id, k0 … kn, v).
 * A detection’s stream is the lines it matches; a correlation’s, the lines for which its condition held.
 */
import { type Correlation, type CorrelationDocument, type DetectionDocument, EXPECTED_SPIKE, isCorrelation } from '../../server/contract/rule.ts'
import { durationMs } from '../../server/watch/language/duration.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { ONE, TABLES, columnOf } from './columns.ts'
import { correlationSql, thinningOf } from './correlations.ts'
import { detectionSql } from './detection.ts'
import type { Parameters } from './parameters.ts'

/** What a stream is asked for. */
export interface Wanted {
  /** What the rule itself calls the fields of the group. */
  keys: readonly string[]
  /** For each of them the key of the touched groups that it is; undefined: none, all its values are wanted. */
  bound: readonly (number | undefined)[]
  /** The field whose values are counted, added up, or new. */
  value: string | undefined
  /** It is added up: a number, in `n`. */
  sum?: boolean
  /** Lines from so many milliseconds before `$1` on, up to `$2`. */
  reachMs: number
  /** Of a detection: only lines of groups that all together fulfil this. */
  thinning?: Thinning | undefined
  /** What a correlation finds still further back, where its own lines show it, is of use as well. */
  old: boolean
}

export interface Thinning {
  /** undefined: all of them do. */
  having: (line: { total: string; v: string; at: string }) => string | undefined
}

export const keyNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`)
/** `project_id, k0, k1`: what a group is. */
export const groupOf = (keys: number): string => ['project_id', ...keyNames(keys)].join(', ')
/** What a rule calls a field that another one groups by. */
export const nameIn = ({ correlation: { aliases } }: CorrelationDocument, rule: string, field: string): string => aliases?.[field]?.[rule] ?? field

export interface StreamsOptions {
  library: RuleLibrary
  parameters: Parameters
  /** Lines of all projects are taken together. */
  installation: boolean
  /** Only lines of the groups in the expression `touched`. Otherwise those of the projects in `$3`, or of all. */
  touched: boolean
  /** Groups that cannot possibly get there are left out before anything is sorted. It changes how long it takes, and nothing else. */
  dense: boolean
}

export class Streams {
  readonly #options: StreamsOptions
  readonly #ctes: string[] = []

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Everything added so far, for a `with`. */
  get text(): string {
    return this.#ctes.join(',\n')
  }

  get dense(): boolean {
    return this.#options.dense
  }

  get touched(): boolean {
    return this.#options.touched
  }

  /** @returns its name */
  add(select: string): string {
    const name = `s${this.#ctes.length}`
    this.#ctes.push(`${name} as (${select})`)
    return name
  }

  /** The stream of any rule. */
  of(rule: string, wanted: Wanted): string {
    const { document } = this.#options.library.get(rule)
    return isCorrelation(document) ? this.#ofCorrelation(document, wanted) : this.#ofDetection(document, wanted)
  }

  #ofDetection(document: DetectionDocument, wanted: Wanted): string {
    return this.add(this.#linesOf(document, wanted))
  }

  /** @param among the groups, in place of those that are touched; where it names a row of the query around it, this is not for a `with` */
  #linesOf(document: DetectionDocument, { keys, bound, value, sum = false, thinning, reachMs }: Wanted, among?: string): string {
    const { parameters, installation, touched } = this.#options
    const { service } = document.logsource
    const table = TABLES[service]
    const columns = keys.map((field) => columnOf(service, field))
    const valueColumn = value === undefined ? undefined : columnOf(service, value)
    // A figure of traffic is itself the sum over its requests; an event’s counts once for each event.
    const amount = valueColumn === undefined || !sum ? table.weight : `(${valueColumn.sql})::numeric(24, 3)${service === 'traffic' ? '' : ` * ${table.weight}`}`
    const keyed = columns.flatMap(({ equals }, index) => (bound[index] === undefined ? [] : [{ key: `k${bound[index]}`, equals }]))
    const join = [...(installation ? [] : ['e.project_id = t.project_id']), ...keyed.map(({ key, equals }) => equals(`t.${key}`))]
    // Of groups that differ only in what is not asked for here, one: or each of their lines would come several times.
    const groups = among ?? `(select distinct ${['project_id', ...keyed.map(({ key }) => key)].join(', ')} from touched)`
    const conditions = [
      `${table.at} > to_timestamp(($1::float8 - ${reachMs}) / 1000.0)`,
      `${table.at} <= to_timestamp($2::float8 / 1000.0)`,
      detectionSql(document, parameters),
      ...[...columns, ...(valueColumn === undefined ? [] : [valueColumn])].map(({ sql }) => `(${sql}) is not null`),
      ...(touched ? [] : [projectsSql(installation)]),
    ]
    const project = installation ? '0' : 'e.project_id'
    const from = `${table.name} e${touched ? ` join ${groups} t on ${join.length === 0 ? 'true' : join.join(' and ')}` : ''}`
    const having = thinning?.having({ total: amount === ONE ? 'count(*)' : `sum(${amount})`, v: valueColumn?.key ?? 'null', at: table.at })
    if (having !== undefined) {
      const raw = [project, ...columns.map((column) => column.raw.sql)]
      const dense = this.add(`
      select ${raw.map((sql, index) => `${sql} as g${index}`).join(', ')} from ${from} where ${conditions.join('\n        and ')}
      group by ${raw.map((_, index) => index + 1).join(', ')} having ${having}`)
      // Not a bare `in`: see correlations.ts.
      conditions.push(`exists (select from ${dense})`, `((${raw.join(', ')}) in (select * from ${dense})) is true`)
    }
    return `
      select ${project} as project_id, ${table.at} as at, ${table.seen} as seen, ${amount} as n, ${table.id} as id,
        ${columns.map(({ key }, index) => `${key} as k${index}, `).join('')}${valueColumn === undefined ? 'null::text' : valueColumn.key} as v
      from ${from}
      where ${conditions.join('\n        and ')}`
  }

  /** It may be grouped more finely than whoever refers to it; what is left over can be the value that is counted. */
  #ofCorrelation(document: CorrelationDocument, { keys, bound, value, reachMs, old }: Wanted): string {
    const own = document.correlation['group-by'] ?? []
    const crossing = this.crossings(document, { reachMs, old, bound: own.map((field) => (keys.includes(field) ? bound[keys.indexOf(field)] : undefined)) })
    const place = (field: string): string => (own.includes(field) ? `k${own.indexOf(field)}` : 'project_id::text')
    return this.add(`
      select project_id, at, seen, 1::bigint as n, id, ${keys.map((field, index) => `${place(field)} as k${index}, `).join('')}
        ${value === undefined ? 'null::text' : place(value)} as v
      from ${crossing}`)
  }

  /** The lines with which the correlation’s condition held: (project_id, at, seen, id, k0 … kn, value, lines). */
  crossings(document: CorrelationDocument, { reachMs, old, bound }: Pick<Wanted, 'reachMs' | 'old' | 'bound'>): string {
    const { correlation, unless = [] } = document
    const own = correlation['group-by'] ?? []
    const span = durationMs(correlation.timespan)
    const wanted = (rule: string): Wanted => ({
      keys: own.map((field) => nameIn(document, rule, field)),
      bound,
      value: correlation.condition?.field === undefined ? undefined : nameIn(document, rule, correlation.condition.field),
      sum: correlation.type === 'value_sum',
      reachMs: reachMs + (correlation.type === 'new_terms' ? durationMs(correlation.history ?? correlation.timespan) : span),
      // A session goes on however long ago it began.
      old: old || correlation.window === 'session',
    })
    const { library, touched, dense } = this.#options
    const [only = '', ...others] = correlation.rules
    const since = old ? undefined : reachMs
    const isSingle = others.length === 0 && !isCorrelation(library.get(only).document)
    const thinning = dense && !touched && isSingle ? thinningOf(correlation, since) : undefined
    const crossing = correlation.type === 'new_terms' && touched
      ? this.#newTerms(correlation, wanted(correlation.rules[0] ?? ''), reachMs)
      : correlationSql(this, correlation, correlation.rules.map((rule) => this.of(rule, { ...wanted(rule), thinning })), since, thinning !== undefined)
    if (unless.length === 0) return crossing
    const conditions = unless.map((name) => {
      if (name === EXPECTED_SPIKE) return this.#unexpected(own)
      // What began long ago may have been seen until just now.
      const { keys, bound: known, ...rest } = { ...wanted(name), value: undefined, sum: false, old: true }
      // A rule that is grouped more coarsely speaks for all that is finer.
      const { document: other } = this.#options.library.get(name)
      const shared = keys.flatMap((field, index) => (isCorrelation(other) && !hasField(other, field) ? [] : [index]))
      const stream = this.of(name, { ...rest, keys: shared.map((index) => String(keys[index])), bound: shared.map((index) => known[index]) })
      const same = ['u.project_id = c.project_id', ...shared.map((index, place) => `u.k${place} = c.k${index}`)].join(' and ')
      return `not exists (select 1 from ${stream} u where ${same} and u.at <= c.at and u.seen > c.at - interval '${span} ms')`
    })
    return this.add(`select c.* from ${crossing} c where ${conditions.join(' and ')}`)
  }

  /**
   * The same as correlations.ts finds by sorting a whole history, for the few values of the last moments: the first line of each, and
   * one look into the past, which ends with the first line that is found there.
   *
   * The past is that of this line’s group, and is asked for by nothing else. By way of the list of touched groups, the planner went
   * through that list for each line wherever a history reached back into the day before, which is another partition: just after
   * midnight six thousand groups took more than the eight seconds that a rule has, and 0.4 on the rest of the day (measured).
   */
  #newTerms({ rules: [rule = ''], history = '1d', after }: Correlation, wanted: Wanted, reachMs: number): string {
    const keys = keyNames(wanted.keys.length)
    const recent = this.of(rule, { ...wanted, reachMs })
    const same = ['p.project_id = r.project_id', ...keys.map((key) => `p.${key} = r.${key}`)].join(' and ')
    const marked = this.add(`select *, lag(at) over (partition by ${groupOf(keys.length)}, v order by at, id) as before from ${recent} where v is not null`)
    const first = this.add(`select * from ${marked} where before is null or before <= at - interval '${durationMs(history)} ms'`)
    const { document } = this.#options.library.get(rule)
    const own = `(select ${['project_id', ...keys].map((key) => `r.${key}`).join(', ')})`
    const lookBack = (): string => (isCorrelation(document) ? this.of(rule, wanted) : `(${this.#linesOf(document, { ...wanted, bound: [...keys.keys()] }, own)})`)
    const [past, earlier] = [lookBack(), lookBack()]
    const olderBy = after === undefined ? 0 : durationMs(after)
    return this.add(`
      select ${groupOf(keys.length)}, at, seen, id, 1::float8 as value, 1::bigint as lines from ${first} r
      left join lateral (
        select true as found from ${past} p where ${same} and p.v = r.v and p.at < r.at and p.at > r.at - interval '${durationMs(history)} ms' limit 1
      ) known on true
      left join lateral (
        select true as found from ${earlier} p
        where ${same} and p.at < r.at and p.at <= r.at - interval '${olderBy} ms' and p.at > r.at - interval '${durationMs(history)} ms' limit 1
      ) old on true
      where known.found is null and old.found`)
  }

  #unexpected(own: readonly string[]): string {
    const { installation } = this.#options
    const item = own.indexOf('itemId')
    return `not exists (
        select 1 from expected_spikes x
        where ${installation ? 'true' : 'x.project_id = c.project_id'}${item < 0 ? '' : ` and (x.item_id is null or x.item_id::text = c.k${item})`}
          and c.at >= x.starts_at and c.at < least(x.ended_at, x.ends_at))`
  }
}

const hasField = ({ correlation }: CorrelationDocument, field: string): boolean => field === 'projectId' || (correlation['group-by'] ?? []).includes(field)

/** Where an installation’s lines are taken together, a list of projects would cut into the sum: they are all or nothing. */
const projectsSql = (installation: boolean): string => (installation ? '$3::int[] is null' : '($3::int[] is null or e.project_id = any($3::int[]))')
