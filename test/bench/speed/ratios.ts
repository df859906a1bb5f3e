/** The figures that mean something on any machine: one thing over another of the same round, and of all rounds the median. */
import type { Figures } from './measure.ts'
import { medianOf } from './percentiles.ts'

/** Of one round, by case. */
export type Round = ReadonlyMap<string, Figures>

interface Definition {
  of: string
  over: string
  target: number
  /** Less is better. */
  atMost?: boolean
  by(figures: Figures): number
}

const rate = ({ perSecond }: Figures): number => perSecond
const cpu = ({ nodeUs, postgresUs }: Figures): number => nodeUs + postgresUs

export const RATIOS = {
  protectedVsBare128: { of: 'ours128', over: 'bare128', target: 2.5, by: rate },
  protectedVsBare16: { of: 'ours16', over: 'bare16', target: 1.2, by: rate },
  hotVsSpread: { of: 'hot', over: 'ours128', target: 0.9, by: rate },
  protectedVsNoDatabase: { of: 'ours128', over: 'schema', target: 0.6, by: rate },
  boardVsHello: { of: 'board', over: 'hello', target: 1, by: rate },
  notModifiedVsHello: { of: 'board304', over: 'hello', target: 1.3, by: rate },
  tenMillionVsEmpty: { of: 'largest', over: 'ours128', target: 0.9, by: rate },
  cpuVsBare: { of: 'ours128', over: 'bare128', target: 0.4, atMost: true, by: cpu },
} as const satisfies Record<string, Definition>

export type RatioName = keyof typeof RATIOS
export const RATIO_NAMES = Object.keys(RATIOS) as RatioName[]

export interface Ratio {
  median: number
  rounds: number[]
  target: number
  /** Whether the target is a most, not a least. */
  atMost: boolean
  reached: boolean
}

/** Of the rounds that have both; ratios of which no round has are left out. */
export function ratiosOf(rounds: readonly Round[]): Partial<Record<RatioName, Ratio>> {
  const entries = RATIO_NAMES.flatMap((name): [RatioName, Ratio][] => {
    const { of, over, target, by, atMost = false }: Definition = RATIOS[name]
    const values = rounds.flatMap((round) => {
      const [upper, lower] = [round.get(of), round.get(over)]
      return upper === undefined || lower === undefined ? [] : [by(upper) / by(lower)]
    }).filter((value) => Number.isFinite(value))
    if (values.length === 0) return []
    const median = medianOf(values)
    return [[name, { median, rounds: values, target, atMost, reached: atMost ? median <= target : median >= target }]]
  })
  return Object.fromEntries(entries)
}
