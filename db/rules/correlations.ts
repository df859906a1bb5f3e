/**
 * What each type of correlation makes of its streams: the lines with which its condition held, with what was measured then
 * and of how many lines. A window ends with its line and does not include what lies exactly a timespan back.
 */
import type { Condition, Correlation } from '../../server/contract/rule.ts'
import { durationMs } from '../../server/watch/language/duration.ts'
import { type Streams, type Thinning, groupOf, keyNames } from './streams.ts'

/**
 * @param reachMs lines for which the condition held so many milliseconds before `$1` and earlier are not asked for; undefined: all are
 * @param thinned the source has lines only of groups that can get there
 * @returns the name of a stream (project_id, at, seen, id, k0 … kn, value, lines)
 */
export function correlationSql(
  streams: Streams, correlation: Correlation, sources: readonly string[], reachMs: number | undefined, thinned: boolean,
): string {
  const keys = correlation['group-by']?.length ?? 0
  const group = groupOf(keys)
  const context: Context = {
    streams, correlation, sources, group, reachMs, thinned, columns: `${group}, at, seen, id`, span: durationMs(correlation.timespan),
  }
  switch (correlation.type) {
    case 'event_count':
    case 'value_sum': return total(context)
    case 'value_count': return distinct(context)
    case 'event_ratio': return ratio(context)
    case 'temporal': return together(context)
    case 'temporal_ordered': return inOrder(context)
    case 'new_terms': return newTerms(context)
  }
}

interface Context {
  streams: Streams
  correlation: Correlation
  sources: readonly string[]
  group: string
  reachMs: number | undefined
  thinned: boolean
  /** Of a line, apart from what is measured. */
  columns: string
  span: number
}

const union = (sources: readonly string[]): string => sources.map((source, part) => `select *, ${part} as part from ${source}`).join(' union all ')

/**
 * Lines of groups that can possibly get there, by a count without an order: windows over everybody’s, each of them sorted, took eight
 * times as long in a flood of votes of which no group had ten (measured). `necessary`: what all lines of such a group fulfil together.
 *
 * By a hash of the groups and not by a join: of lines that have just come the planner expects one, and would go through all of them for
 * each group. A bare `in` it makes a join of.
 */
function dense({ streams, group, thinned, reachMs }: Context, all: string, necessary: string | undefined): string {
  // Groups that are listed have new lines.
  if (!streams.dense || thinned || (streams.touched && necessary === undefined)) return all
  const having = joined(necessary, reachMs, 'at')
  if (having === undefined) return all
  return streams.add(`
    select * from ${all} where ((${group}) in (select ${group} from ${all} group by ${group} having ${having})) is true`)
}

function joined(necessary: string | undefined, reachMs: number | undefined, at: string): string | undefined {
  const recent = reachMs === undefined ? undefined : `max(${at}) > to_timestamp(($1::float8 - ${reachMs}) / 1000.0)`
  const having = [necessary, recent].filter((condition) => condition !== undefined)
  return having.length === 0 ? undefined : having.join(' and ')
}

/**
 * The same of a rule that rests on one detection, when everybody is asked about: such groups are counted in the table itself, in its own
 * types. In a flood of strangers there are none, and that is all.
 */
export function thinningOf(correlation: Correlation, reachMs: number | undefined): Thinning | undefined {
  if (!['event_count', 'value_count', 'value_sum'].includes(correlation.type)) return undefined
  return { having: ({ total: sum, v, at }) => joined(necessaryOf(correlation, sum, v), reachMs, at) }
}

/** What the lines of a group for which the condition can hold fulfil together: `sum` of their amounts, `v` the value of each. */
function necessaryOf(correlation: Correlation, sum: string, v: string): string | undefined {
  const enough = correlation.type === 'event_ratio' ? correlation.minimum : least(correlation)
  if (enough === undefined) return undefined
  switch (correlation.type) {
    case 'event_count':
    case 'event_ratio': return `${sum} >= ${Number(enough)}`
    // Those who come back have many lines with one value.
    case 'value_count': return `count(${v}) >= ${enough}${enough > 1 ? ` and min(${v}) < max(${v})` : ''}`
    // A sum of figures may be of negative ones, and the others count nothing.
    default: return undefined
  }
}

/** The least whole number for which the condition can hold; undefined: it says none. */
function least({ condition: { gt, gte, eq, gt_baseline: usual } = {}, minimum = 0 }: Correlation): number | undefined {
  const over = [gt, usual === undefined ? undefined : minimum].flatMap((bound) => (bound === undefined ? [] : [Math.floor(bound) + 1]))
  const from = [gte, eq].flatMap((bound) => (bound === undefined ? [] : [Math.ceil(bound)]))
  return over.length + from.length === 0 ? undefined : Math.max(...over, ...from)
}

/** Lines of every rule, of groups that have lines of all of them. Where the first has none at all the others are not even read. */
function complete(context: Context): string {
  const { streams, sources, group } = context
  const parts = sources.map((source, part) => {
    const other = sources[part === 0 ? 1 : 0]
    if (!streams.dense) return `select *, ${part} as part from ${source}`
    const among = other === undefined ? 'true' : `((${group}) in (select ${group} from ${other})) is true`
    return `select *, ${part} as part from ${source} where ${part === 0 ? '' : `exists (select from ${sources[0]}) and `}${among}`
  })
  return dense(context, streams.add(parts.join(' union all ')), sources.map((_, part) => `bool_or(part = ${part})`).join(' and '))
}
/** Microseconds are PostgreSQL’s: the frame begins just after what lies a timespan back. */
const sliding = (group: string, span: number): string =>
  `(partition by ${group} order by at range between interval '${span * 1000 - 1} microseconds' preceding and current row)`

function total(context: Context): string {
  const { streams, correlation, sources, group, columns, span } = context
  const all = dense(context, streams.add(union(sources)), necessaryOf(correlation, 'sum(n)', 'v'))
  const measured = (): string => {
    if (correlation.window === 'tumbling') {
      const step = `date_bin(interval '${span} ms', at, to_timestamp(0))`
      return `select ${columns}, sum(n) over w as value, count(*) over w as lines from ${all}
        window w as (partition by ${group}, ${step} order by at)`
    }
    if (correlation.window === 'session') {
      const begun = streams.add(`
        select *, case when at - lag(seen) over (partition by ${group} order by at, id) < interval '${span} ms' then 0 else 1 end as begins from ${all}`)
      const sessions = streams.add(`select *, sum(begins) over (partition by ${group} order by at, id) as session from ${begun}`)
      return `select ${columns}, sum(n) over w as value, count(*) over w as lines from ${sessions}
        window w as (partition by ${group}, session order by at)`
    }
    return `select ${columns}, sum(n) over w as value, count(*) over w as lines from ${all} window w as ${sliding(group, span)}`
  }
  return held(streams, streams.add(measured()), correlation.condition ?? {}, correlation)
}

/**
 * Different values in a sliding window. A value enters with a line that has none of its kind within the timespan before it,
 * and leaves a timespan after a line that has none after it: two sorts for any number of lines.
 */
function distinct(context: Context): string {
  const { streams, correlation, sources, group, columns, span } = context
  const all = dense(context, streams.add(union(sources)), necessaryOf(correlation, 'sum(n)', 'v'))
  const marked = streams.add(`
    select *, lag(at) over w as before, lead(at) over w as after from ${all} where v is not null
    window w as (partition by ${group}, v order by at, id)`)
  const steps = streams.add(`
    select ${columns}, case when before is null or before <= at - interval '${span} ms' then 1 else 0 end as step from ${marked}
    union all
    select ${group}, at + interval '${span} ms', null, null, -1 from ${marked} where after is null or after >= at + interval '${span} ms'`)
  // At one and the same instant what leaves goes before what comes, and whoever comes then sees all who do.
  const counted = streams.add(`select *, sum(step) over (partition by ${group} order by at, (id is not null)) as value from ${steps}`)
  const measured = streams.add(`select ${columns}, value, value as lines from ${counted} where id is not null`)
  return held(streams, measured, correlation.condition ?? {}, correlation)
}

/** Of the first rule’s lines, what share they are of all of them. */
function ratio(context: Context): string {
  const { streams, correlation, sources, group, columns, span } = context
  const all = dense(context, streams.add(union(sources)), necessaryOf(correlation, 'sum(n)', 'v'))
  const summed = streams.add(`
    select ${columns}, sum(n) filter (where part = 0) over w as part_n, sum(n) over w as all_n, count(*) over w as lines
    from ${all} window w as ${sliding(group, span)}`)
  const measured = streams.add(`
    select ${columns}, coalesce(part_n, 0)::float8 / all_n as value, lines from ${summed} where all_n > 0 and all_n >= ${Number(correlation.minimum ?? 0)}`)
  return held(streams, measured, correlation.condition ?? {}, correlation)
}

/** Every rule seen within the timespan, in any order. */
function together(context: Context): string {
  const { streams, sources, group, columns, span } = context
  const all = complete(context)
  const last = sources.map((_, part) => `max(at) filter (where part = ${part}) over p as last${part}`).join(', ')
  const seen = streams.add(`
    select ${columns}, ${last}, sum(n) over w as value, count(*) over w as lines from ${all}
    window p as (partition by ${group} order by at), w as ${sliding(group, span)}`)
  return streams.add(`
    select ${columns}, value, lines from ${seen}
    where ${sources.map((_, part) => `last${part} > at - interval '${span} ms'`).join(' and ')}`)
}

/** Every rule seen within the timespan, each after the one before it: of all beginnings the latest counts. */
function inOrder(context: Context): string {
  const { streams, sources, columns, group, span } = context
  const all = complete(context)
  let chain = streams.add(`select ${columns}, at as began, 1::bigint as lines from ${all} where part = 0`)
  for (const index of sources.slice(1).keys()) {
    const both = streams.add(`
      select ${columns}, began, 0 as part from ${chain} union all select ${columns}, null::timestamptz, 1 from ${all} where part = ${index + 1}`)
    const next = streams.add(`
      select ${columns}, part,
        max(began) over (partition by ${group} order by at range between unbounded preceding and interval '1 microsecond' preceding) as began
      from ${both}`)
    chain = streams.add(`select ${columns}, began, ${index + 2}::bigint as lines from ${next} where part = 1 and began > at - interval '${span} ms'`)
  }
  return streams.add(`select ${columns}, lines::float8 as value, lines from ${chain}`)
}

/** A value that the group has not had within the history, where the group itself is known for long enough. */
function newTerms({ streams, correlation, sources, columns, group }: Context): string {
  const history = durationMs(correlation.history ?? correlation.timespan)
  const after = correlation.after === undefined ? 0 : durationMs(correlation.after)
  const marked = streams.add(`
    select *, lag(at) over (partition by ${group}, v order by at, id) as before, count(*) over (
      partition by ${group} order by at
      range between interval '${history * 1000 - 1} microseconds' preceding and interval '${Math.max(1, after * 1000)} microseconds' preceding) as known
    from ${sources[0]} where v is not null`)
  return streams.add(`
    select ${columns}, 1::float8 as value, 1::bigint as lines from ${marked}
    where (before is null or before <= at - interval '${history} ms') and known > 0`)
}

const COMPARISONS = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=' } as const

/** Where the rule compares with what is usual, `usual` holds that for each group and hour; without it nothing is too much. */
function held(streams: Streams, measured: string, condition: Condition, { minimum = 0, 'group-by': fields = [] }: Correlation): string {
  const bounds = (Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[]).flatMap((name) => {
    const bound = condition[name]
    return bound === undefined ? [] : [`m.value ${COMPARISONS[name]} ${Number(bound)}`]
  })
  if (condition.gt_baseline === undefined) return streams.add(`select m.* from ${measured} m where ${bounds.join(' and ')}`)
  const same = ['u.project_id = m.project_id', ...keyNames(fields.length).map((key) => `u.${key} = m.${key}`), `u.hour = date_trunc('hour', m.at, 'UTC')`]
  return streams.add(`
    select m.* from ${measured} m join usual u on ${same.join(' and ')}
    where m.value > ${Number(minimum)} and m.value > u.amount * ${Number(condition.gt_baseline)}${bounds.map((bound) => ` and ${bound}`).join('')}`)
}
