/** Runs compiled rules: which episodes the ledger shows for some groups, or for everybody. */
import type { Episode } from '../../server/watch/alerts/episodes.ts'
import { plainArray, textArray } from '../array-literal.ts'
import type { Queryable } from '../queryable.ts'
import type { CompiledRule } from './compile.ts'
import { type Group, MANY_GROUPS } from './touched.ts'

/** Milliseconds; lines after `from`, up to and with `until`. */
export interface Span {
  from: number
  until: number
}
/** What is usual for a group in the hour that begins then. */
export interface Usual extends Group {
  hour: number
  amount: number
}

interface Row extends Group {
  startsAt: number
  lastAt: number
  value: number
  lines: number
  evidence: string[]
}

/** More groups than this, of lines that no index finds, are not looked for one by one: fifty items took 3.4 s in a flood, and 0.1 s all at once. */
const FEW_GROUPS = 4

/** So many single look-ups are slower than reading the window once, and on a day’s fresh partition the planner cannot know. */
const preferScans = async (db: Queryable, prefer: boolean): Promise<void> =>
  void (await db.query(`select set_config('enable_nestloop', $1, true)`, [prefer ? 'off' : 'on']))

/** Episodes of these groups, or of everybody, with a line in the span for which the condition held. Within a transaction. */
export async function findEpisodes(
  db: Queryable, rule: CompiledRule, groups: readonly Group[] | 'many', span: Span, usual: readonly Usual[],
): Promise<Episode[]> {
  if (groups !== 'many' && groups.length <= (rule.looksUp ? MANY_GROUPS : FEW_GROUPS)) return await findEpisodesOf(db, rule, groups, span, usual)
  await preferScans(db, true)
  const episodes = groups === 'many' ? await findAllEpisodes(db, rule, null, span, usual) : await findEpisodesOf(db, rule, groups, span, usual)
  await preferScans(db, false)
  return episodes
}

async function findEpisodesOf(db: Queryable, rule: CompiledRule, groups: readonly Group[], span: Span, usual: readonly Usual[]): Promise<Episode[]> {
  const { rows } = await db.query<Row>(rule.live.text, [
    span.from, span.until, ...columnsOf(rule, groups), ...usualOf(rule, usual), ...rule.live.literals,
  ])
  return rows.map((row) => episodeOf(rule, row))
}

/** Those of everybody in these projects; null: in all of them. */
export async function findAllEpisodes(db: Queryable, rule: CompiledRule, projects: readonly number[] | null, span: Span, usual: readonly Usual[]): Promise<Episode[]> {
  const { rows } = await db.query<Row>(rule.replay.text, [span.from, span.until, projects, ...usualOf(rule, usual), ...rule.replay.literals])
  return rows.map((row) => episodeOf(rule, row))
}

export interface HourRow extends Group {
  hour: number
  n: number
}

/** How much there was in each hour of the span, of a rule that compares with what is usual. */
export async function readHours(db: Queryable, rule: CompiledRule, projects: readonly number[] | null, span: Span): Promise<HourRow[]> {
  if (rule.hours === undefined) return []
  const { rows } = await db.query<HourRow>(rule.hours.text, [span.from, span.until, projects, ...rule.hours.literals])
  return rows
}

const columnsOf = ({ fields }: CompiledRule, groups: readonly Group[]): string[] => [
  plainArray(groups.map(({ projectId }) => projectId)), ...fields.map((_, index) => textArray(groups.map(({ keys }) => keys[index] ?? null))),
]
const usualOf = (rule: CompiledRule, usual: readonly Usual[]): string[] =>
  rule.baseline ? [...columnsOf(rule, usual), plainArray(usual.map(({ hour }) => hour)), plainArray(usual.map(({ amount }) => amount))] : []

function episodeOf({ fields }: CompiledRule, { projectId, keys, startsAt, lastAt, value, lines, evidence }: Row): Episode {
  const group = Object.fromEntries(fields.map((field, index) => [field, String(keys[index])]))
  return { projectId, group, startsAt, lastAt, value, lines, evidence }
}
