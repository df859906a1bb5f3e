/** What the server weighs under full load, from the first second on: flat is what has to come out. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startCrowd } from './crowd.ts'
import { type ServerFigures, askMetrics, residentOf, workedBy } from './process-figures.ts'
import type { Subject } from './subject.ts'
import { NoAnswer, Wire } from './wire.ts'

/** MiB of resident memory under full load. */
export const TARGET_MIB = 150
/** Growth that is still called flat, and growth that is plainly a leak. */
const FLAT = 0.05
const LEAK = 0.25
const METRICS_EVERY_S = 10
const LINE_EVERY_S = 15

export interface MemoryOptions {
  seconds: number
  voters: number
  /** Of the server, besides its own: of glibc’s malloc, NODE_OPTIONS. */
  environment?: Readonly<Record<string, string>>
  print(line: string): void
}

export interface MemoryResult {
  /** MiB, one for each second. */
  resident: number[]
  max: number
  /** Means over minutes 3 to 5 and over the last three; of a shorter run, over the same shares of it. */
  early: number
  late: number
  /** Votes answered 200, the attackers’ among them, which are held; and votes that stand in the database. The same, or one was lost or counted twice. */
  acknowledged: number
  stored: number
  /** Acknowledged and not there. */
  lost: number
  /** Answers that nobody may get. */
  faults: number
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
export const growthOf = ({ early, late }: Pick<MemoryResult, 'early' | 'late'>): number => late / early - 1

/** From the third minute to the last one. Nothing can be said of less than five minutes. */
export function isLeak({ resident }: Pick<MemoryResult, 'resident'>): boolean {
  return resident.length >= 300 && mean(resident.slice(-60)) / mean(resident.slice(180, 240)) - 1 > LEAK
}

export async function soakMemory(subject: Subject, { seconds, voters, environment = {}, print }: MemoryOptions): Promise<MemoryResult> {
  const server = await subject.start({ ...environment })
  const wire = new Wire(subject.port)
  const { pid } = server
  const resident: number[] = []
  let figures = await figuresOf(wire, subject.adminToken)
  print(`memory: ${seconds} s of full load, ${voters} voters in a closed loop${Object.entries(environment).map(([name, value]) => `, ${name}=${value}`).join('')}; ${show(residentOf(pid), figures)} before it`)
  const crowd = startCrowd(subject, { voters })
  const began = performance.now()
  let line = { at: 0, worked: workedBy(pid), voted: 0, requests: 0 }
  for (let second = 1; second <= seconds; second += 1) {
    await sleep(Math.max(0, began + second * 1000 - performance.now()))
    resident.push(residentOf(pid))
    if (second % METRICS_EVERY_S === 0) figures = (await figuresOf(wire, subject.adminToken)) ?? figures
    if (second % LINE_EVERY_S !== 0 && second !== seconds) continue
    const now = { at: (performance.now() - began) / 1000, worked: workedBy(pid), voted: crowd.voted, requests: crowd.requests }
    const rate = (key: 'voted' | 'requests' | 'worked'): number => (now[key] - line[key]) / (now.at - line.at)
    print(`${String(second).padStart(5)} s  ${show(resident.at(-1) ?? Number.NaN, figures)} · ${Math.round(rate('voted'))} votes/s of ${Math.round(rate('requests'))} requests/s`
      + ` · CPU ${Math.round(rate('worked') * 100)} %`)
    line = now
  }
  await crowd.end()
  figures = (await figuresOf(wire, subject.adminToken)) ?? figures
  wire.close()

  const { rows } = await subject.cluster.pool.query<{ key: string }>(
    `select item_id || ':' || voter as key from votes where project_id = $1 and value = '1' and superseded_by is null`, [subject.mill.project.id])
  const stored = new Set(rows.map(({ key }) => key))
  const result: MemoryResult = {
    resident, max: Math.max(...resident), ...spansOf(resident), acknowledged: crowd.acknowledged.size, stored: stored.size,
    lost: [...crowd.acknowledged].filter((key) => !stored.has(key)).length, faults: [...crowd.faults.values()].reduce((sum, count) => sum + count, 0),
  }
  print('')
  for (const text of report(result, figures, crowd.answers, crowd.faults)) print(text)
  server.kill('SIGKILL')
  await server.ended
  return result
}

async function figuresOf(wire: Wire, token: string): Promise<ServerFigures | null> {
  try {
    return await askMetrics(wire, token)
  } catch (error) {
    if (error instanceof NoAnswer) return null
    throw error
  }
}

const show = (resident: number, figures: ServerFigures | null): string => `RSS ${resident.toFixed(0)} MiB`
  + (figures === null ? '' : ` (heap ${figures.heapUsed.toFixed(0)} of ${figures.heapTotal.toFixed(0)}, external ${figures.external.toFixed(0)})`)

/** Minutes 3 to 5 and the last three; a run of less than eight minutes is cut in the same proportions as ten. */
function spansOf(resident: readonly number[]): { early: number; late: number } {
  const minute = resident.length >= 480 ? 60 : resident.length / 10
  return { early: mean(resident.slice(3 * minute, 5 * minute)), late: mean(resident.slice(-3 * minute)) }
}

function report(
  result: MemoryResult, figures: ServerFigures | null, answers: ReadonlyMap<string, number>, faults: ReadonlyMap<string, number>,
): string[] {
  const growth = growthOf(result)
  const grew = `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`
  const verdict = growth < FLAT ? 'flat' : isLeak(result) ? 'a LEAK' : 'not flat'
  return [
    `memory: at most ${result.max.toFixed(0)} MiB (target ${TARGET_MIB}: ${result.max <= TARGET_MIB ? 'met' : 'MISSED'}); `
    + `minutes 3 to 5 ${result.early.toFixed(0)} MiB, last three ${result.late.toFixed(0)} MiB: ${grew}, ${verdict}${result.resident.length < 480 ? ' (a short run: minutes are tenths of it)' : ''}`,
    `votes: ${result.acknowledged} acknowledged, ${result.stored} stored, ${result.lost} lost`,
    `answers: ${[...answers].toSorted().map(([kind, count]) => `${kind} × ${count}`).join(', ')}`,
    `remembered at the end: ${(figures?.memories ?? []).map(({ name, holds, forgot }) => `${name} ${holds}${forgot === undefined || forgot === 0 ? '' : ` (forgot ${forgot})`}`).join(', ')}`,
    ...[...faults].slice(0, 10).map(([what, count]) => `! ${count} × ${what}`),
  ]
}
