/** What the shipped rules cost over a month of the ledger: the measurement of `npm run bench:watch`, read from what it prints. */
import { timeReplay } from '../rule-replay.ts'

export interface RulesAlone {
  rules: number
  lines: number
  seconds: number
  faults: number
}

const SUMMARY = /^(\d+) rules over (\d+) lines: ([\d.]+) s/m

export async function timeRules(databaseUrl: string, lines: number): Promise<RulesAlone> {
  const printed: string[] = []
  const faults = await timeReplay(databaseUrl, lines, (text) => void printed.push(text))
  const [, rules, total, seconds] = SUMMARY.exec(printed.join('\n')) ?? []
  if (rules === undefined) throw new Error(`the replay printed no summary:\n${printed.join('\n')}`)
  return { rules: Number(rules), lines: Number(total), seconds: Number(seconds), faults }
}
