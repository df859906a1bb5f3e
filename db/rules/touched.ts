/**
 * Which groups of which rules have new lines. One statement for each part of the ledger, whatever the number of rules: the new
 * lines are read once, and every rule picks its own from them (asked one by one, fifty rules took 50 ms of each look).
 *
 * Of a line only what tells groups apart is kept, in the types of the table, and which detections it matches, each asked once: whole
 * rows and arrays of text were 40 µs of a vote in a flood (measured).
 */
import { createHash } from 'node:crypto'
import type { Service } from '../../server/contract/rule.ts'
import type { Queryable } from '../queryable.ts'
import { TABLES, columnOf } from './columns.ts'
import type { CompiledRule, Leaf } from './compile.ts'
import { detectionSql } from './detection.ts'
import { Parameters } from './parameters.ts'

export interface Group {
  projectId: number
  keys: string[]
}

/** By the place of the rule. `many`: more than MANY_GROUPS of a rule that can be asked about everybody instead. */
export type Touched = Map<number, Group[] | 'many'>

export interface TouchedStatement {
  name: string
  text: string
  literals: readonly unknown[]
  branches: readonly Branch[]
}

/** What rules that rest on the same lines in the same groups share. */
interface Branch {
  /** Places of the rules. */
  rules: number[]
  leaf: Leaf
  installation: boolean
  listed: boolean
}

/** Of one rule: for so many groups a list is no longer worth its way to and fro. */
export const MANY_GROUPS = 1000
/** Of a rule that has to be asked about a list: more groups than this are not all looked at in one look, which look.ts says. */
export const MAX_GROUPS = 20_000

/**
 * `places`: only these rules of them.
 * $1 recorded until, $2 dated after, $3 for each branch what was recorded after → its groups, and when the newest line of each was
 * recorded; where they are too many, one of them.
 */
export function compileTouched(rules: readonly CompiledRule[], places: readonly number[] = [...rules.keys()]): TouchedStatement[] {
  return (Object.keys(TABLES) as Service[]).flatMap((service) => {
    const table = TABLES[service]
    const branches = branchesOf(service, rules, places)
    if (branches.length === 0) return []
    const parameters = new Parameters(3)
    const columns = new Map<string, string>()
    const columnFor = (sql: string): string => {
      const known = columns.get(sql)
      if (known !== undefined) return known
      const name = `c${columns.size}`
      columns.set(sql, name)
      return name
    }
    const width = Math.max(...branches.map(({ leaf }) => leaf.keys.length))
    const selects = branches.map(({ leaf, installation, listed }, index) => {
      const raws = leaf.keys.map((field) => columnOf(service, field).raw)
      const groups = raws.map(({ sql }) => columnFor(sql))
      const shown = Array.from({ length: width }, (_, place) => `${raws[place]?.key(`g${place}`) ?? 'null::text'} as k${place}`)
      const matches = [columnFor(detectionSql(leaf.document, parameters)), ...groups.map((name) => `${name} is not null`)].join(' and ')
      const limit = listed ? MAX_GROUPS : MANY_GROUPS + 1
      const by = [installation ? '0' : 'project_id', ...groups]
      return `(select ${[`${index} as branch`, 'project_id as "projectId"', 'newest', 'total', ...shown].join(', ')} from (
          select *, (count(*) over ())::int as total, row_number() over () as nth from (
            select ${by.join(', ')}, (extract(epoch from max(recorded)) * 1000)::float8 as newest from fresh
            where ${matches} and recorded > to_timestamp(($3::float8[])[${index + 1}] / 1000.0) group by ${by.map((_, place) => place + 1).join(', ')} limit ${limit}
          ) few (${['project_id', ...groups.map((_, place) => `g${place}`), 'newest'].join(', ')})
        ) counted${listed ? '' : ` where total <= ${MANY_GROUPS} or nth = 1`})`
    })
    // Kept apart from the scan (offset 0), or every partition makes all of this ready by itself, also where nothing is new.
    const text = `
      with fresh as materialized (
        select ${['e.project_id', `${table.recorded} as recorded`, ...[...columns].map(([sql, name]) => `${sql} as ${name}`)].join(', ')} from (
          select * from ${table.name} e
          where ${table.recorded} > to_timestamp((select min(p) from unnest($3::float8[]) as p) / 1000.0)
            and ${table.recorded} <= to_timestamp($1::float8 / 1000.0) and ${table.at} > to_timestamp($2::float8 / 1000.0)
          offset 0
        ) e
      )
      ${selects.join('\n      union all\n      ')}`
    return [{ name: `touched-${hashOf(text)}`, text, literals: parameters.values, branches }]
  })
}

function branchesOf(service: Service, rules: readonly CompiledRule[], places: readonly number[]): Branch[] {
  const branches = new Map<string, Branch>()
  for (const place of places) {
    const rule = rules[place]
    for (const leaf of rule?.leaves ?? []) {
      if (leaf.document.logsource.service !== service) continue
      const installation = rule?.document.scope === 'installation'
      const listed = rule?.recalls === true
      const id = JSON.stringify([leaf.document.name, leaf.keys, installation, listed])
      const branch = branches.get(id)
      if (branch === undefined) branches.set(id, { rules: [place], leaf, installation, listed })
      else if (!branch.rules.includes(place)) branch.rules.push(place)
    }
  }
  return [...branches.values()]
}

type Row = { branch: number; projectId: number; newest: number; total: number } & Record<`k${number}`, string>

/**
 * @param after for each rule, in the order in which they were compiled, what was recorded after then is new; `until`: nothing is
 * @param dated lines of older dates are not new whenever they were recorded: this spares the partitions of other days
 * @returns groups by the place of their rule; as many as MAX_GROUPS: there may be more
 */
export async function findTouched(
  db: Queryable, statements: readonly TouchedStatement[], { after, until, dated }: { after: readonly number[]; until: number; dated: number },
): Promise<Touched> {
  // Several detections, and two parts of the ledger, can tell of the same group.
  const found = new Map<number, Map<string, Group>>()
  const many = new Set<number>()
  const from = (rule: number): number => after[rule] ?? until
  for (const { name, text, literals, branches } of statements) {
    const begins = branches.map(({ rules }) => Math.min(...rules.map(from)))
    const { rows } = await db.query<Row>({ name, text, values: [until, dated, begins, ...literals] })
    for (const row of rows) {
      const branch = branches[row.branch]
      if (branch === undefined) continue
      if (!branch.listed && row.total > MANY_GROUPS) {
        for (const rule of branch.rules) if (from(rule) < until) many.add(rule)
        continue
      }
      const keys = branch.leaf.keys.map((_, place) => row[`k${place}`] ?? '')
      // No text of PostgreSQL’s has NUL in it.
      const id = `${row.projectId}\0${keys.join('\0')}`
      for (const rule of branch.rules) {
        if (row.newest <= from(rule)) continue
        let groups = found.get(rule)
        if (groups === undefined) found.set(rule, (groups = new Map()))
        if (!groups.has(id)) groups.set(id, { projectId: row.projectId, keys })
      }
    }
  }
  const touched: Touched = new Map()
  for (const [rule, groups] of found) if (!many.has(rule)) touched.set(rule, [...groups.values()])
  for (const rule of many) touched.set(rule, 'many')
  return touched
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
