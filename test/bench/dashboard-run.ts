/** Asks a running server everything the dashboard asks it, over loopback, and keeps how long each answer took. */
import type { FastifyInstance } from 'fastify'
import type { Pool } from '../../db/queryable.ts'
import { dashboardCalls, type DashboardCall } from './dashboard-calls.ts'
import { readSubject } from './dashboard-subject.ts'
import { checkAgain } from './dashboard-truth.ts'

export interface Measured {
  call: DashboardCall
  url: string
  bytes: number
  /** In milliseconds, of answers that were read to their end. */
  times: number[]
}
export interface Run {
  measured: Measured[]
  /** What was answered wrong or not at all, in words. */
  faults: string[]
  checked: number
}
interface Options {
  base: string
  /** Of an admin of everything. */
  authorization: string
  repetitions: number
  warmUps: number
  only?: RegExp | undefined
  print?: (line: string) => void
}

/** @param db of the same database; with time for slow statements */
export async function runDashboard(db: Pool, { base, authorization, repetitions, warmUps, only, print = () => undefined }: Options): Promise<Run> {
  const ask = async (url: string): Promise<{ status: number; body: string; ms: number }> => {
    const begun = performance.now()
    const answer = await fetch(base + url, { headers: { authorization } })
    const body = await answer.text()
    return { status: answer.status, body, ms: performance.now() - begun }
  }
  const calls = dashboardCalls(await readSubject(db)).filter((call) => only === undefined || only.test(urlOf(call)))
  const run: Run = { measured: [], faults: [], checked: 0 }
  for (const call of calls) {
    const url = await findPage(call, async (page) => (await ask(page)).body)
    const { status, body } = await ask(url)
    if (status !== 200) {
      run.faults.push(`${url} answers ${status}: ${body.slice(0, 200)}`)
      continue
    }
    run.measured.push({ call, url, bytes: Buffer.byteLength(body), times: [] })
    if (call.check === undefined) continue
    run.checked += 1
    const wrong = await checkAgain(async () => (await ask(url)).body, call.check, db)
    if (wrong !== undefined) run.faults.push(`${url}: ${wrong}`)
  }
  print(`${run.checked} answers counted again out of the ledger, ${run.faults.length} faults`)
  // Each call once, then each again: none has the machine's best minute for itself.
  for (let turn = 0; turn < warmUps + repetitions; turn += 1) {
    for (const entry of run.measured) {
      // Ten of them a minute are answered.
      if (entry.call.bulk === true && turn > 1) continue
      const { status, ms } = await ask(entry.url)
      if (status !== 200) run.faults.push(`${entry.url} answered ${status} in turn ${turn}`)
      else if (turn >= warmUps || entry.call.bulk === true) entry.times.push(ms)
    }
  }
  return run
}

export function urlOf({ path, at = {}, query }: DashboardCall, cursor?: string): string {
  const values = { ...query, ...(cursor === undefined ? {} : { cursor }) }
  const search = new URLSearchParams(Object.entries(values).map(([name, value]): [string, string] => [name, String(value)])).toString()
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? '')) + (search === '' ? '' : `?${search}`)
}

/** The address of the page that `pagesBefore` others come before, or of the last there is. */
async function findPage(call: DashboardCall, ask: (url: string) => Promise<string>): Promise<string> {
  let url = urlOf(call)
  for (let page = 0; page < (call.pagesBefore ?? 0); page += 1) {
    const { nextCursor } = JSON.parse(await ask(url)) as { nextCursor?: string | null }
    if (typeof nextCursor !== 'string') return url
    url = urlOf(call, nextCursor)
  }
  return url
}

/** GETs that are no page of the dashboard, with the reason. */
const NO_PAGE: Record<string, string> = {
  '/api/security/v1/events/stream': 'does not end',
}

/** What the server's own OpenAPI document lists and the calls leave out: paths, and parameters of paths. */
export async function findUnasked(app: FastifyInstance, db: Pool): Promise<string[]> {
  interface Listed { paths: Record<string, { get?: { parameters?: { name: string; in: string }[] } }> }
  const { paths } = (await app.inject('/openapi.json')).json<Listed>()
  const calls = dashboardCalls(await readSubject(db))
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined || !/^\/api\/(?:security|moderation|operator)\//.test(path) || NO_PAGE[path] !== undefined) return []
    const asked = calls.filter((call) => call.path === path)
    if (asked.length === 0) return [path]
    const given = new Set(asked.flatMap(({ query, pagesBefore = 0 }) => [...Object.keys(query), ...(pagesBefore > 0 ? ['cursor'] : [])]))
    return (get.parameters ?? []).filter((parameter) => parameter.in === 'query' && !given.has(parameter.name) && parameter.name !== 'limit').map(({ name }) => `${path}?${name}`)
  })
}
