/**
 * What each type of correlation makes of its streams: the lines with which its condition held, with what was measured then
 * and of how many lines. A window ends with its line and does not include what lies exactly a timespan back.
 */
import type { Condition, Correlation } from '../../server/contract/rule.ts'
import { durationMs } from '../../server/watch/language/duration.ts'
import { type Streams, groupOf, keyNames } from './streams.ts'

/** @returns the name of a stream (project_id, at, seen, id, k0 … kn, value, lines) */
export function correlationSql(streams: Streams, correlation: Correlation, sources: readonly string[]): string {
  const keys = correlation['group-by']?.length ?? 0
  const group = groupOf(keys)
  const context: Context = { streams, correlation, sources, group, columns: `${group}, at, seen, id`, span: durationMs(correlation.timespan) }
  switch (correlation.type) {
    case 'event_count':
    case 'value_sum': return total(context)
    case 'value_count': return distinct(context)
    case 'event_ratio': return ratio(context)
    case 'temporal': return together(context)
    case 'temporal_ordered': return inOrder(context, keys)
    case 'new_terms': return newTerms(context)
  }
}

interface Context {
  streams: Streams
  correlation: Correlation
  sources: readonly string[]
  group: string
  /** Of a line, apart from what is measured. */
  columns: string
  span: number
}

const union = (sources: readonly string[]): string => sources.map((source, part) => `select *, ${part} as part from ${source}`).join(' union all ')
/** Microseconds are PostgreSQL’s: the frame begins just after what lies a timespan back. */
const sliding = (group: string, span: number): string =>
  `(partition by ${group} order by at range between interval '${span * 1000 - 1} microseconds' preceding and current row)`

function total({ streams, correlation, sources, group, columns, span }: Context): string {
  const all = streams.add(union(sources))
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
function distinct({ streams, correlation, sources, group, columns, span }: Context): string {
  const all = streams.add(union(sources))
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
function ratio({ streams, correlation, sources, group, columns, span }: Context): string {
  const all = streams.add(union(sources))
  const summed = streams.add(`
    select ${columns}, sum(n) filter (where part = 0) over w as part_n, sum(n) over w as all_n, count(*) over w as lines
    from ${all} window w as ${sliding(group, span)}`)
  const measured = streams.add(`
    select ${columns}, coalesce(part_n, 0)::float8 / all_n as value, lines from ${summed} where all_n > 0 and all_n >= ${Number(correlation.minimum ?? 0)}`)
  return held(streams, measured, correlation.condition ?? {}, correlation)
}

/** Every rule seen within the timespan, in any order. */
function together({ streams, sources, group, columns, span }: Context): string {
  const all = streams.add(union(sources))
  const last = sources.map((_, part) => `max(at) filter (where part = ${part}) over p as last${part}`).join(', ')
  const seen = streams.add(`
    select ${columns}, ${last}, sum(n) over w as value, count(*) over w as lines from ${all}
    window p as (partition by ${group} order by at), w as ${sliding(group, span)}`)
  return streams.add(`
    select ${columns}, value, lines from ${seen}
    where ${sources.map((_, part) => `last${part} > at - interval '${span} ms'`).join(' and ')}`)
}

/** Every rule seen within the timespan, each after the one before it: of all beginnings the latest counts. */
function inOrder({ streams, sources, columns, group, span }: Context, keys: number): string {
  const [first = '', ...rest] = sources
  const join = ['project_id', ...keyNames(keys)]
  let chain = streams.add(`select ${columns}, at as began, 1::bigint as lines from ${first}`)
  for (const [index, source] of rest.entries()) {
    const both = streams.add(`
      select ${columns}, began, 0 as part from ${chain} union all select ${join.join(', ')}, at, seen, id, null::timestamptz, 1 from ${source}`)
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
