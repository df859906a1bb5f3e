/**
 * Which groups of which rules have new lines. One statement for each part of the ledger, whatever the number of rules: the new
 * lines are read once, and every rule picks its own from them (asked one by one, fifty rules took 50 ms of each look).
 */
import { createHash } from 'node:crypto'
import type { Service } from '../../server/contract/rule.ts'
import type { Queryable } from '../queryable.ts'
import { TABLES, columnOf } from './columns.ts'
import type { CompiledRule } from './compile.ts'
import { detectionSql } from './detection.ts'
import { Parameters } from './parameters.ts'

export interface Group {
  projectId: number
  keys: string[]
}

export type Touched = Map<number, Group[]>

export interface TouchedStatement {
  name: string
  text: string
  literals: readonly unknown[]
}

/** Of one rule: more groups than this are not all looked at in one look, which look.ts says. */
export const MAX_GROUPS = 20_000

/**
 * `places`: only these rules of them.
 * $1 recorded until, $2 dated after, $3 for each rule what was recorded after → place of the rule, project, values of the group.
 */
export function compileTouched(rules: readonly CompiledRule[], places: readonly number[] = [...rules.keys()]): TouchedStatement[] {
  return (Object.keys(TABLES) as Service[]).flatMap((service) => {
    const table = TABLES[service]
    const parameters = new Parameters(3)
    const branches = places.flatMap((place) => (rules[place]?.leaves ?? [])
      .filter((leaf) => leaf.document.logsource.service === service)
      .map(({ document: detection, keys }) => {
        const columns = keys.map((field) => columnOf(service, field))
        const conditions = [detectionSql(detection, parameters), ...columns.map(({ sql }) => `(${sql}) is not null`)]
        return `(select distinct ${place}::int as rule, ${rules[place]?.document.scope === 'installation' ? '0' : 'e.project_id'} as "projectId",
            array[${columns.map(({ key }) => key).join(', ')}]::text[] as keys
          from fresh e where ${table.recorded} > to_timestamp(($3::float8[])[${place + 1}] / 1000.0) and ${conditions.join(' and ')}
          limit ${MAX_GROUPS})`
      }))
    if (branches.length === 0) return []
    const text = `
      with fresh as materialized (
        select * from ${table.name} e
        where ${table.recorded} > to_timestamp((select min(p) from unnest($3::float8[]) as p) / 1000.0)
          and ${table.recorded} <= to_timestamp($1::float8 / 1000.0) and ${table.at} > to_timestamp($2::float8 / 1000.0)
      )
      ${branches.join('\n      union all\n      ')}`
    return [{ name: `touched-${hashOf(text)}`, text, literals: parameters.values }]
  })
}

/**
 * @param after for each rule, in the order in which they were compiled, what was recorded after then is new; `until`: nothing is
 * @param dated lines of older dates are not new whenever they were recorded: this spares the partitions of other days
 * @returns groups by the place of their rule; as many as MAX_GROUPS: there may be more
 */
export async function findTouched(
  db: Queryable, statements: readonly TouchedStatement[], { after, until, dated }: { after: readonly number[]; until: number; dated: number },
): Promise<Touched> {
  const found = new Map<number, Map<string, Group>>()
  for (const { name, text, literals } of statements) {
    const { rows } = await db.query<Group & { rule: number }>({ name, text, values: [until, dated, after, ...literals] })
    for (const { rule, projectId, keys } of rows) {
      let groups = found.get(rule)
      if (groups === undefined) found.set(rule, (groups = new Map()))
      // Two parts of the ledger can tell of the same group.
      groups.set(JSON.stringify([projectId, keys]), { projectId, keys })
    }
  }
  return new Map([...found].map(([rule, groups]) => [rule, [...groups.values()]]))
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
